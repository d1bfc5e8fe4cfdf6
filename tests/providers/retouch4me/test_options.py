"""What people choose, and which tasks it becomes."""

from typing import Any

import pytest

from imaging.providers.retouch4me.client import Client
from imaging.providers.retouch4me.options import BOXES, RetouchOptions, tasks_of
from imaging.providers.retouch4me.wire import PLUGINS, dump_payload

OPERATION = Client().operation("retouch")


def chosen(**options: Any) -> dict[str, Any]:
    form = RetouchOptions({**OPERATION.defaults(), **options})
    assert form.is_valid(), form.errors
    return form.cleaned_data


def refusal(**options: Any) -> str:
    form = RetouchOptions({**OPERATION.defaults(), **options})
    assert not form.is_valid()
    return str(form.errors)


def named(**options: Any) -> list[str]:
    return [task["Plugin"] for task in tasks_of(chosen(**options))]


def test_every_documented_plugin_can_be_chosen_with_every_parameter() -> None:
    assert [box.plugin for box in BOXES] == list(PLUGINS)
    for box in BOXES:
        assert {one.key for one in box.sliders} == set(box.rules.ranges)


def test_all_of_them_together_are_a_payload_in_the_recommended_order() -> None:
    everything = {box.key: True for box in BOXES}
    assert named(**everything) == list(PLUGINS)
    dump_payload(tasks_of(chosen(**everything)))


def test_another_order_counts_but_faces_are_found_first() -> None:
    wanted = {"portrait_volumes": True, "face_detection": True}
    order = "portrait_volumes dodge_burn face_detection"
    assert named(order=order, **wanted) == [
        "Face Detection",
        "Portrait Volumes",
        "Dodge Burn",
        "Heal",
    ]


def test_strengths_go_where_the_tables_have_them() -> None:
    values = {"white_teeth": True, "white_teeth_brighten": 0.3, "person": 2}
    task = next(one for one in tasks_of(chosen(**values)) if "White" in one["Plugin"])
    wanted = {"Plugin": "White Teeth", "Scale": 2, "Alpha1": 1, "Alpha2": 0.3}
    assert task == wanted


def test_the_size_of_dirt_is_not_that_of_the_person() -> None:
    values = {"clean_backdrop": True, "clean_backdrop_dirt": 3, "person": 1}
    tasks = {one["Plugin"]: one for one in tasks_of(chosen(**values))}
    assert tasks["Clean Backdrop"]["Scale"] == 3
    assert tasks["Clean Backdrop"]["Automask"] is True
    assert tasks["Heal"]["Scale"] == 1


def test_named_parameters_have_the_documented_names() -> None:
    values = {"face_lifting": True, "color_correction": True, "crop": True}
    tasks = {one["Plugin"]: one for one in tasks_of(chosen(**values))}
    assert tasks["Face Lifting"] == {
        "Plugin": "Face Lifting",
        "face_lifting_version": 3,
        "Face Lifting": 0.5,
        "Face Masculinity": 0,
        "Double Chin Correction": 0,
        "Face Lifting Depth": 0,
    }
    assert tasks["Color Correction"]["User Params"] == {
        "AI": {"Color Correction Mode": "Exposure only"},
        "Basic": {"Enable Basic": True},
    }
    assert tasks["Crop"]["User Params"] == {"AutoStraightenMode": "AI"}


def test_layers_are_asked_of_every_task_or_of_none() -> None:
    further = '[{"Plugin": "Tomorrow", "Layer": 0, "Alpha1": 7}]'
    layered = tasks_of(chosen(result="layers", further=further))
    assert [task["Layer"] for task in layered] == [1, 1, 1]
    flat = tasks_of(chosen(further=further.replace("0", "1", 1)))
    assert not any("Layer" in task for task in flat)
    assert flat[-1] == {"Plugin": "Tomorrow", "Alpha1": 7}


@pytest.mark.parametrize("key", ["face_lifting", "color_correction", "crop"])
def test_what_gives_no_layer_is_refused_where_layers_are_wanted(key: str) -> None:
    assert "gives no layer" in refusal(result="layers", **{key: True})


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"heal": False, "dodge_burn": False}, "at least one kind"),
        ({"heal_strength": 1.2}, "less than or equal to 1"),
        ({"order": "heal nonsense"}, "no plugin nonsense"),
        ({"further": "{"}, "no list of tasks"),
        ({"further": '{"Plugin": "Heal"}'}, "write it as"),
        ({"further": '["Heal"]'}, "write it as"),
        ({"further": '[{"Plugin": "Heal", "Alpha1": 3}]'}, "from 0 to 1"),
        ({"further": '[{"Alpha1": 1}]'}, "names no plugin"),
        ({"further": "[" * 3000}, "no list of tasks"),
    ],
)
def test_what_makes_no_sense_is_said(options: dict[str, Any], why: str) -> None:
    assert why in refusal(**options)


def test_fields_of_a_plugin_are_shown_behind_its_box() -> None:
    for group in RetouchOptions().groups():
        lead = group[0].name
        assert all(one.name.startswith(f"{lead}_") for one in group[1:])
    leads = [group[0].name for group in RetouchOptions().groups()]
    assert leads == [
        *("result", "person"),
        *(box.key for box in BOXES),
        *("further", "order"),
    ]
