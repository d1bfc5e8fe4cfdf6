"""What was chosen for a task, as people read it."""

from typing import Any

import pytest

from imaging.models import Task


def shown(**options: Any) -> Task:
    return Task(provider="kokoon", operation="upscale", options=options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"category": "retro"}, [("Content", "old material")]),
        ({"scale": 3}, [("Enlarge", "3 ×")]),
        ({"width": None, "denoise": False}, []),
        ({"denoise": True}, [("Remove noise", "yes")]),
        # One that is ticked to begin with is worth a word when it is not.
        ({"use_sr": False}, [("Super-resolution", "no")]),
        ({"gone": 1}, []),
        ({"scale": 0}, [("Enlarge", 0)]),
    ],
)
def test_what_was_chosen_is_said_and_nothing_else(
    options: dict[str, Any], said: list[tuple[str, str]]
) -> None:
    assert shown(**options).options_shown == said


def test_in_brief_a_box_is_named() -> None:
    task = shown(category="retro", denoise=True, add_noise=False)
    assert task.options_brief == ["old material", "Remove noise"]


def test_what_belongs_to_a_box_is_said_only_when_it_is_ticked() -> None:
    options = {"heal": True, "heal_strength": 0.5, "dust": False, "dust_strength": 1}
    task = Task(provider="retouch4me", operation="retouch", options=options)
    said = dict(task.options_shown)
    assert list(said.values()) == ["yes", 0.5], said
