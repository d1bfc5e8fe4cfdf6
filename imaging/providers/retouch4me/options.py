"""What people choose: plugins with their strengths, in order, one picture or layers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.providers.plugins import LAYERS, PERSON, PluginOptions, slider
from imaging.providers.retouch4me import wire

DIRT = (
    (0, _("automatic")),
    (1, _("coarse")),
    (2, _("medium")),
    (3, _("fine")),
)
COLOURS = (
    ("Exposure only", _("exposure only")),
    ("Exposure & WB", _("exposure and white balance")),
    ("Full", _("all")),
)


@dataclass(frozen=True)
class Slider:
    """One parameter of a plugin as a field: its own name, its key on the wire."""

    name: str
    key: str
    label: Any
    initial: float


@dataclass(frozen=True)
class Box:
    """One plugin as people see it."""

    plugin: str
    label: Any
    help: Any = ""
    chosen: bool = False
    sliders: tuple[Slider, ...] = ()

    @property
    def key(self) -> str:
        return self.plugin.lower().replace(" ", "_")

    @property
    def rules(self) -> wire.Plugin:
        return wire.PLUGINS[self.plugin]


STRENGTH, SENSITIVITY = _("strength"), _("sensitivity")


def strength(label: Any = STRENGTH) -> Slider:
    return Slider("strength", "Alpha1", label, 1)


BOXES: tuple[Box, ...] = (
    Box("Face Detection", _("Find faces"), _("Tells of them; changes nothing.")),
    Box(
        "Skin Mask",
        _("Mask of the skin"),
        _("A layer to help with further work."),
        sliders=(strength(SENSITIVITY),),
    ),
    Box("Clean Backdrop", _("Clean the backdrop"), sliders=(strength(),)),
    Box(
        "Heal",
        _("Heal blemishes"),
        chosen=True,
        sliders=(strength(SENSITIVITY),),
    ),
    Box("Fabric", _("Smooth clothes"), sliders=(strength(),)),
    Box("Dust", _("Remove dust"), sliders=(strength(),)),
    Box("Eye Vessels", _("Clear the white of the eyes"), sliders=(strength(),)),
    Box("Eye Brilliance", _("Make eyes shine"), sliders=(strength(),)),
    Box(
        "White Teeth",
        _("Whiten teeth"),
        sliders=(strength(), Slider("brighten", "Alpha2", _("brighten"), 0)),
    ),
    Box("Mattifier", _("Take the shine off the skin"), sliders=(strength(),)),
    Box(
        "Dodge Burn",
        _("Even out light and shade"),
        chosen=True,
        sliders=(strength(), Slider("warmth", "Alpha2", _("warmth"), 0)),
    ),
    Box(
        "Skin Tone",
        _("Even out the skin's tone"),
        sliders=(strength(), Slider("smoothing", "Alpha2", _("smoothing"), 0)),
    ),
    Box("Portrait Volumes", _("Give the face depth"), sliders=(strength(),)),
    Box(
        "Face Lifting",
        _("Lift the face"),
        sliders=(
            Slider("strength", "Face Lifting", _("strength"), 0.5),
            Slider("masculinity", "Face Masculinity", _("masculinity"), 0),
            Slider("chin", "Double Chin Correction", _("double chin"), 0),
            Slider("depth", "Face Lifting Depth", _("depth"), 0),
        ),
    ),
    Box(
        "Glasses Anti Glare",
        _("Take the glare off glasses"),
        sliders=(Slider("strength", "Glasses Glare Removal", _("strength"), 1),),
    ),
    Box("Color Correction", _("Correct colours")),
    Box("Crop", _("Straighten and crop")),
)
BY_KEY = {box.key: box for box in BOXES}
# Fields of plugins that are no sliders.
MORE = ("clean_backdrop_automask", "color_correction_mode")


def fields_of(box: Box) -> dict[str, forms.Field]:
    """Return a box for a plugin, and a field for each of its parameters."""
    fields: dict[str, forms.Field] = {
        box.key: forms.BooleanField(
            label=box.label, help_text=box.help, initial=box.chosen, required=False
        )
    }
    for one in box.sliders:
        label = format_lazy("{}: {}", box.label, one.label)
        most = box.rules.ranges[one.key]
        fields[f"{box.key}_{one.name}"] = slider(label, most, one.initial)
    if box.rules.of_dirt:
        label = format_lazy("{}: {}", box.label, _("size of the dirt"))
        fields[f"{box.key}_dirt"] = choice(label, DIRT, int)
    return fields


def choice(label: Any, choices: Any, coerce: Any = str, **more: Any) -> forms.Field:
    first = choices[0][0]
    return forms.TypedChoiceField(
        label=label, choices=choices, coerce=coerce, initial=first, **more
    )


class RetouchOptions(PluginOptions):
    plugins = BY_KEY
    person = choice(
        _("Person"), PERSON, int, help_text=_("How much of somebody is seen.")
    )
    color_correction_mode = choice(_("Correct colours: what"), COLOURS)
    clean_backdrop_automask = forms.BooleanField(
        label=_("Clean the backdrop: protect the person"), initial=True, required=False
    )
    further = forms.CharField(
        label=_("Further tasks"),
        max_length=4_000,
        required=False,
        initial="",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_(
            "For plugins that are not named here: a list in JSON, as in Retouch4me's "
            "documentation. They come last."
        ),
    )

    def clean_further(self) -> str:
        text = str(self.cleaned_data["further"]).strip()
        try:
            for task in further(text):
                wire.check_task(task)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(
                _t("This is no list of tasks: %(why)s") % {"why": error}
            ) from error
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        boxes = [box for box in BOXES if cleaned.get(box.key)]
        if not boxes and not cleaned.get("further"):
            raise forms.ValidationError(_t("Choose at least one kind of retouching."))
        whole = [box for box in boxes if not box.rules.layered]
        if cleaned.get("result") == LAYERS and whole:
            names = ", ".join(str(box.label) for box in whole)
            raise forms.ValidationError(
                _t(
                    "%(names)s: this gives no layer that could be laid on the picture. "
                    "Leave it out, or choose one picture as the result."
                )
                % {"names": names}
            )
        return cleaned


def _order_fields() -> None:
    """Put each plugin's fields behind its box."""
    for box in BOXES:
        RetouchOptions.base_fields.update(fields_of(box))
    order = ["result", "person"]
    for box in BOXES:
        order += [*fields_of(box), *(n for n in MORE if n.startswith(f"{box.key}_"))]
    RetouchOptions.field_order = [*order, "further", "order"]


_order_fields()


def further(text: str) -> list[dict[str, Any]]:
    """Read tasks that were written down as JSON. Raises ValueError."""
    found = json.loads(text) if text else []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError(_t("write it as [{…}, {…}]"))
    return found


def tasks_of(options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tasks of a payload: what was chosen, in its order."""
    first = str(options.get("order", "")).split()
    # Finding faces has to come first, whatever the order.
    keys = [*dict.fromkeys(["face_detection", *first, *BY_KEY])]
    tasks = [task_of(BY_KEY[key], options) for key in keys if options.get(key)]
    tasks += further(str(options.get("further", "")))
    if options["result"] == LAYERS:
        return [{**task, "Layer": 1} for task in tasks]
    return [{key: one[key] for key in one if key != "Layer"} for one in tasks]


def task_of(box: Box, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return one plugin's task with its values."""
    task: dict[str, Any] = {"Plugin": box.plugin, **box.rules.also}
    if box.rules.of_dirt:
        task["Scale"] = int(options[f"{box.key}_dirt"])
    elif "Alpha1" in box.rules.ranges:
        task["Scale"] = int(options["person"])
    for one in box.sliders:
        task[one.key] = options[f"{box.key}_{one.name}"]
    if box.plugin == "Clean Backdrop":
        task["Automask"] = bool(options["clean_backdrop_automask"])
    if box.plugin == "Color Correction":
        task |= wire.dump_colour(str(options["color_correction_mode"]))
    if box.plugin == "Crop":
        task |= wire.dump_crop()
    return task
