"""The form: defaults that work, the documented ranges, plugins in their order."""

from typing import Any

import pytest

from imaging.models import Order, Refusal, Team
from imaging.providers.local.retouch.options import RetouchOptions, chosen
from imaging.providers.local.retouch.plugin import Slider
from imaging.providers.local.retouch.plugins import PLUGINS

# The vocabulary's names and the ranges of Alpha1 and Alpha2.
RANGES = {
    "Skin Mask": [2],
    "Clean Backdrop": [1],
    "Heal": [1],
    "Fabric": [2],
    "Dust": [2],
    "Eye Vessels": [1],
    "Eye Brilliance": [2],
    "White Teeth": [1, 1],
    "Mattifier": [1],
    "Dodge Burn": [2, 1],
    "Skin Tone": [2, 2],
    "Portrait Volumes": [2],
    "Face Detection": [],
    "Color Correction": [1],
    "Crop": [1],
}


def order(**options: Any) -> dict[str, Any]:
    return Order.of(Team(), "local", "retouch", options).options


def test_the_vocabulary_and_its_ranges_are_the_documented_ones() -> None:
    found = {
        plugin.name: [p.most for p in plugin.parameters if isinstance(p, Slider)]
        for plugin in PLUGINS
    }
    assert found == RANGES


def test_without_a_choice_heal_and_dodge_and_burn_are_done() -> None:
    assert [plugin.key for plugin in chosen(order())] == ["heal", "dodge_burn"]


def test_the_recommended_order_is_kept() -> None:
    every = {plugin.key: True for plugin in PLUGINS}
    keys = [plugin.key for plugin in chosen(order(**every))]
    assert keys == [plugin.key for plugin in PLUGINS]


def test_an_order_that_was_asked_for_comes_first() -> None:
    options = order(dust=True, skin_tone=True, order="skin_tone dust heal dust")
    keys = [plugin.key for plugin in chosen(options)]
    assert keys == ["skin_tone", "dust", "heal", "dodge_burn"]


def test_every_value_reaches_its_plugin() -> None:
    options = order(
        dodge_burn_strength=1.35, dodge_burn_warmth=0.2, dust=True, dust_dirt="3"
    )
    by_key = {plugin.key: plugin.values for plugin in chosen(options)}
    assert by_key["dodge_burn"] == {"strength": 1.35, "warmth": 0.2}
    assert by_key["dust"] == {"strength": 1, "dirt": "3"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"heal_strength": 1.01}, "heal_strength"),
        ({"dodge_burn_strength": -0.1}, "dodge_burn_strength"),
        ({"crop_ratio": "7:5"}, "crop_ratio"),
        ({"order": "heal shine"}, "There is no plugin shine"),
        ({"heal": False, "dodge_burn": False}, "Choose at least one kind"),
        ({"face_lifting": True}, "has no option face_lifting"),
    ],
)
def test_what_cannot_be_done_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        order(**options)


def test_the_form_has_a_box_and_a_slider_for_each() -> None:
    html = RetouchOptions().as_div()
    assert html.count('type="checkbox"') == len(PLUGINS)
    sliders = sum(map(len, RANGES.values()))
    assert html.count('type="range"') == sliders
    assert html.count("checked") == 3


def test_what_belongs_to_a_plugin_is_shown_with_its_box() -> None:
    groups = [[field.name for field in group] for group in RetouchOptions().groups()]
    assert ["heal", "heal_strength"] in groups
    assert ["dodge_burn", "dodge_burn_strength", "dodge_burn_warmth"] in groups
    assert ["person"] in groups
