"""The wire against the literal words of Retouch4me's pages."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from imaging.providers.retouch4me import wire
from tests.providers.vendor import golden

# The two examples of task.html and the PDF, to the byte.
LAYERED = (
    '{"mode":"professional","tasks":[{"Plugin":"Heal","Scale":0,"Layer":1,"Alpha1":1},'
    '{"Plugin":"Dodge Burn","Scale":0,"Layer":1,"Alpha1":1,"Alpha2":0},'
    '{"Plugin":"Portrait Volumes","Scale":0,"Layer":1,"Alpha1":0.5}]}'
)
FLAT = (
    '{"mode":"professional","tasks":[{"Plugin":"Heal","Scale":0,"Alpha1":0.8},'
    '{"Plugin":"Eye Vessels","Scale":0,"Alpha1":0.35}]}'
)


def body(name: str) -> Any:
    return json.loads(golden(f"retouch4me/{name}.http").partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("example", [LAYERED, FLAT])
def test_the_published_payloads_are_written_as_they_stand(example: str) -> None:
    written = wire.dump_payload(json.loads(example)["tasks"])
    assert json.loads(written) == json.loads(example)


@pytest.mark.parametrize(
    ("task", "why"),
    [
        ({"Plugin": "Heal", "Alpha1": 1.01}, "Heal: Alpha1 goes from 0 to 1"),
        ({"Plugin": "Dodge Burn", "Alpha2": 1.5}, "Alpha2 goes from 0 to 1"),
        ({"Plugin": "Skin Tone", "Alpha1": -0.1}, "Alpha1 goes from 0 to 2"),
        ({"Plugin": "Face Lifting", "Face Lifting": 2}, "from 0 to 1"),
        ({"Plugin": "Heal", "Alpha1": "all"}, "from 0 to 1"),
        ({"Plugin": "Heal", "Scale": 4}, "Scale is 0, 1, 2 or 3"),
        ({"Alpha1": 1}, "names no plugin"),
    ],
)
def test_what_the_tables_forbid_is_not_sent(task: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        wire.dump_payload([task])


def test_a_payload_needs_a_task() -> None:
    with pytest.raises(ValueError, match="no task"):
        wire.dump_payload([])


def test_a_plugin_that_is_not_known_is_let_by() -> None:
    wire.dump_payload([{"Plugin": "Tomorrow", "Alpha1": 7}])


def test_the_answer_to_start() -> None:
    started = wire.read_started(body("started"))
    assert (started.id, started.quota) == ("s0me-very-l0ng-1d", 999)


@pytest.mark.parametrize("id", [None, "", 7, "../other", "a/b", "a?b", "ä" * 201])
def test_an_id_that_could_lead_elsewhere_is_none(id: Any) -> None:
    with pytest.raises(ValueError, match="no id"):
        wire.read_started({"status": 200, "id": id})


@pytest.mark.parametrize(
    ("name", "state", "progress", "completed"),
    [
        ("waiting", "waiting", 0, False),
        ("active", "active", 5, False),
        ("uploading", "active", 100, False),
        ("completed", "completed", 100, True),
    ],
)
def test_completed_is_the_end_and_not_a_progress_of_100(
    name: str, state: str, progress: int, completed: bool
) -> None:
    status = wire.read_status(body(name))
    assert (status.state, status.progress) == (state, progress)
    assert (status.completed, status.failed) == (completed, False)
    assert status.expires == datetime(2026, 3, 18, 21, 58, 47, 836_000, tzinfo=UTC)


def test_a_failure_has_its_reason() -> None:
    status = wire.read_status(body("failed"))
    assert (status.failed, status.reason) == (True, "Cannot decode image")


def test_the_number_in_the_body_counts_before_that_of_http() -> None:
    assert wire.read_code(200, body("limit-reached")) == 461
    assert wire.read_code(460, {}) == 460
    assert wire.read_code(404, {"status": "error"}) == 404
    assert wire.read_code(500, {"status": True}) == 500


def test_limits_are_read_and_garbage_says_nothing() -> None:
    assert wire.read_limits(body("limits")) == {
        "formats": ["png", "jpg", "jpeg"],
        "max_bytes": 100 * 1024 * 1024,
        "max_pixels": 250e6,
    }
    for said in ([], {"image": 7}, {"image": {"maxMegapixels": "all"}}, None):
        assert wire.read_limits(said) == {}


def test_the_balance_of_both_generations() -> None:
    assert wire.read_balance(body("balance")) == 5
    assert wire.read_balance(body("balance-before")) == 5
    assert wire.read_balance({"status": 200}) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("index=0&blendmode=softLight&name=Portrait Volumes.png", (0, "softLight")),
        ("index=12&blendmode=normal&name=Heal.png", (12, "normal")),
        ("blendmode=darken&name=Mattifier.PNG", (5, "darken")),
        ("name=a=b&index=x.png", (5, "")),
        ("plain.png", (5, "")),
    ],
)
def test_a_layers_name_says_where_and_how_it_lies(
    name: str, said: tuple[int, str]
) -> None:
    read = wire.read_layer_name(name, 5)
    assert read
    assert (read.index, read.mode) == said
    assert read.plugin


def test_what_is_no_layer_has_no_layers_name() -> None:
    assert wire.read_layer_name("result.json", 0) is None
    assert wire.read_layer_name("index=0&name=Heal", 0) is None
