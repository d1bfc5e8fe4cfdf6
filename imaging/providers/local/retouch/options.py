"""What people choose: the plugins, their parameters, one picture or layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.providers.local.operation import FileOptions
from imaging.providers.local.retouch.plugin import Choice, Plugin, Slider
from imaging.providers.local.retouch.plugins import BY_KEY, PLUGINS
from imaging.providers.plugins import PERSON, PluginOptions, slider


def fields_of(plugin: type[Plugin]) -> dict[str, forms.Field]:
    """Return a box for a plugin, and a field for each of its parameters."""
    fields: dict[str, forms.Field] = {
        plugin.key: forms.BooleanField(
            label=plugin.label,
            help_text=plugin.help,
            initial=plugin.chosen,
            required=False,
        )
    }
    for parameter in plugin.parameters:
        label = format_lazy("{}: {}", plugin.label, parameter.label)
        fields[f"{plugin.key}_{parameter.name}"] = field_of(parameter, label)
    return fields


def field_of(parameter: Slider | Choice, label: Any) -> forms.Field:
    if isinstance(parameter, Choice):
        return forms.ChoiceField(
            label=label, choices=parameter.choices, initial=parameter.initial
        )
    return slider(label, parameter.most, parameter.initial)


class RetouchOptions(PluginOptions, FileOptions):
    plugins = BY_KEY
    person = forms.TypedChoiceField(
        label=_("Person"),
        choices=PERSON,
        coerce=int,
        initial=0,
        help_text=_("How much of somebody is seen: tells how small a face may be."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.get(plugin.key) for plugin in PLUGINS):
            raise forms.ValidationError(_t("Choose at least one kind of retouching."))
        return cleaned


_FIELDS = {name: one for plugin in PLUGINS for name, one in fields_of(plugin).items()}
RetouchOptions.base_fields.update(_FIELDS)
RetouchOptions.field_order = ("result", "person", *_FIELDS, "format", "quality")


def chosen(options: Mapping[str, Any]) -> list[Plugin]:
    """Return the plugins that were chosen, with their values, in their order."""
    first = str(options.get("order", "")).split()
    keys = dict.fromkeys([*first, *BY_KEY])
    return [made(BY_KEY[key], options) for key in keys if options.get(key)]


def made(plugin: type[Plugin], options: Mapping[str, Any]) -> Plugin:
    """Make one plugin with its values."""
    return plugin(
        {
            parameter.name: given
            for parameter in plugin.parameters
            if (given := options.get(f"{plugin.key}_{parameter.name}")) is not None
        }
    )
