"""What a payload asks for, in the words of this house and of the vendor's own form.

retouch4.me/docs/cloud_retouching_api/en/task.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from imaging import providers
from imaging.api.callers import NotAllowed
from imaging.api.serving import Wanted, order_of
from imaging.models import Order, Refusal, Team
from imaging.outgoing.reply import read_json
from imaging.providers.plugins import FLAT, LAYERS
from imaging.providers.retouch4me import wire
from imaging.providers.retouch4me.options import BOXES, Box

DOOR, RETOUCH = "retouch4me", "retouch"
BY_PLUGIN = {box.plugin: box for box in BOXES}
# What a parameter is where a task does not say; it is 0 for all others.
UNSAID = {"Alpha1": 1.0, "Glasses Glare Removal": 1.0}
NEEDED = {"Face Lifting"}
COLOURS = dict(zip(wire.COLOUR_MODES, ("exposure", "balance", "full"), strict=True))
PEOPLE = {True: "protect", False: "ignore"}
ABSENT = object()


@dataclass(frozen=True)
class Work:
    """The tasks of a payload: by plugin, each with its options, and which give layers.

    `archive` says whether the result is one, of those layers.
    """

    options: Mapping[str, Mapping[str, Any]]
    layers: tuple[str, ...]
    person: int = 0
    archive: bool = False
    jpeg: bool = False

    @property
    def plugins(self) -> list[str]:
        return list(self.options)

    @property
    def own(self) -> dict[str, Any]:
        """Return the options as the vendor's own form has them."""
        chosen: dict[str, Any] = {box.key: False for box in BOXES}
        for one in self.options.values():
            chosen |= one
        chosen["order"] = " ".join(BY_PLUGIN[name].key for name in self.plugins)
        chosen["result"] = LAYERS if self.archive else FLAT
        return {**chosen, "person": self.person}

    @property
    def wanted(self) -> Wanted:
        """Return the options by the provider that will do it."""
        others = self.own
        if mode := others.get("color_correction_mode"):
            others["color_correction_mode"] = COLOURS[mode]
        if (protect := others.get("clean_backdrop_automask")) is not None:
            others["clean_backdrop_people"] = PEOPLE[protect]
        if self.jpeg:
            others["format"] = "jpeg"
        return {DOOR: self.own, "": others}


def invalid(why: str) -> NotAllowed:
    return NotAllowed(462, "bad_task", f"Invalid task: {why}")


def order_for(team: Team, work: Work) -> Order:
    """Return the order that is made of it. Raises NotAllowed for what cannot be done.

    Nothing that was asked for is left out in silence.
    """
    check_plugins(team, work)
    try:
        order = order_of(team, DOOR, RETOUCH, work.wanted)
    except Refusal as refusal:
        raise invalid(refusal.message) from refusal
    if order.provider.key != DOOR:
        asked = work.wanted[""]
        for plugin, options in work.options.items():
            for name in options:
                if name != "clean_backdrop_automask" and not done(order, name, asked):
                    raise invalid(f"plugin '{plugin}' cannot be run here as asked")
        if not done(order, "result", asked):
            raise invalid("layers cannot be had here")
    return order


def check_plugins(team: Team, work: Work) -> None:
    """Raise NotAllowed for a plugin that whoever does the team's work does not have."""
    try:
        doing = providers.operation(team.served_by.get(DOOR, "local"), RETOUCH)
    except KeyError:
        raise invalid("nothing is retouched here") from None
    for plugin in work.plugins:
        if BY_PLUGIN[plugin].key not in doing.form.base_fields:
            raise invalid(f"plugin '{plugin}' cannot be run here")


def done(order: Order, name: str, asked: Mapping[str, Any]) -> bool:
    """Say whether an order has an option as it was asked for."""
    field = order.operation.form.base_fields.get(name)
    if field is None:
        return False
    try:
        return bool(field.clean(asked[name]) == order.options.get(name, ABSENT))
    except ValidationError:
        return False


def read_payload(text: str) -> Work:
    """Read the field `payload`. Raises NotAllowed."""
    try:
        said = read_json(text.encode())
    except (ValueError, RecursionError):
        raise NotAllowed(400, "bad_request", "The payload is no JSON.") from None
    if not isinstance(said, dict) or said.get("mode") != wire.MODE:
        raise invalid(f"mode is not '{wire.MODE}'")
    tasks = said.get("tasks")
    if not isinstance(tasks, list) or not tasks:
        raise invalid("there are no tasks")
    names = [plugin_of(task) for task in tasks]
    if len(set(names)) < len(names):
        raise invalid("a plugin is named twice")
    if "Face Detection" in names[1:]:
        raise invalid("Face Detection must be the first task")
    layers = [name for name, task in zip(names, tasks, strict=True) if layer_of(task)]
    form = read_form(said, layers)
    return Work(
        {name: options_of(name, task) for name, task in zip(names, tasks, strict=True)},
        # An archive that was asked for by name is of all of them.
        tuple(layers if layers or form != "zip" else names),
        person=person_of(tasks),
        archive=form == "zip",
        jpeg=said.get("outputFormat") == "jpeg",
    )


def read_form(said: Mapping[str, Any], layers: list[str]) -> str:
    """Return `zip` or `jpeg`, of which the latter is any one picture."""
    form = said.get("outputFormat")
    if form not in (None, "", "jpeg", "zip"):
        raise invalid("outputFormat is jpeg or zip")
    return form or ("zip" if layers else "jpeg")


def plugin_of(task: Any) -> str:
    name = task.get("Plugin") if isinstance(task, dict) else None
    if not isinstance(name, str):
        raise invalid("a task names no plugin")
    if name not in BY_PLUGIN:
        raise invalid(f"unknown plugin '{name[:60]}'")
    return name


def layer_of(task: Mapping[str, Any]) -> bool:
    if (layer := task.get("Layer", 0)) not in (0, 1):
        raise invalid(f"{task['Plugin']}: Layer is 0 or 1")
    return bool(layer)


def person_of(tasks: list[dict[str, Any]]) -> int:
    """Return how much of somebody is seen; 0 where the tasks do not agree."""
    scales = {
        scale_of(task)
        for task in tasks
        if "Alpha1" in (rules := BY_PLUGIN[task["Plugin"]].rules).ranges
        and not rules.of_dirt
    }
    said = scales - {0}
    return said.pop() if len(said) == 1 else 0


def scale_of(task: Mapping[str, Any]) -> int:
    scale = task.get("Scale", 0)
    if scale not in (0, 1, 2, 3):
        raise invalid(f"{task['Plugin']}: Scale is 0, 1, 2 or 3")
    return int(scale)


def options_of(plugin: str, task: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of one task, as the vendor's own form names them."""
    box, scale = BY_PLUGIN[plugin], scale_of(task)
    options: dict[str, Any] = {box.key: True}
    for one in box.sliders:
        options[f"{box.key}_{one.name}"] = number_of(box, task, one.key)
    if box.rules.of_dirt:
        options[f"{box.key}_dirt"] = scale
    if plugin == "Clean Backdrop":
        options["clean_backdrop_automask"] = automask_of(task)
    if plugin == "Color Correction":
        options["color_correction_mode"] = colour_of(task)
    if plugin == "Crop" and params(task).get("AutoStraightenMode", "AI") != "AI":
        raise invalid("Crop: AutoStraightenMode can only be AI here")
    if task.get("LayoutMode", "full") != "full":
        raise invalid(f"{plugin}: LayoutMode can only be full here")
    return options


def number_of(box: Box, task: Mapping[str, Any], key: str) -> float:
    value, most = task.get(key, UNSAID.get(key, 0.0)), box.rules.ranges[key]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= most or (key in NEEDED and key not in task):
        raise invalid(f"{box.plugin}: {key} goes from 0 to {most:g}")
    return float(value)


def params(task: Mapping[str, Any]) -> Mapping[str, Any]:
    said = task.get("User Params")
    return said if isinstance(said, dict) else {}


def automask_of(task: Mapping[str, Any]) -> bool:
    if not isinstance(said := task.get("Automask", True), bool):
        raise invalid("Clean Backdrop: Automask is true or false")
    return said


def colour_of(task: Mapping[str, Any]) -> str:
    ai = params(task).get("AI")
    mode = ai.get("Color Correction Mode") if isinstance(ai, dict) else None
    if mode is None:
        return wire.COLOUR_MODES[0]
    if not isinstance(mode, str) or mode not in COLOURS:
        raise invalid(f"Color Correction: the mode is {', '.join(COLOURS)}")
    return mode
