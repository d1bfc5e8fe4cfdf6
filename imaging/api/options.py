"""The options of an operation as JSON Schema, from the form that checks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms

from imaging.providers.base import OptionsForm

# The first that fits: a field for fractions is a kind of field for whole numbers.
TYPES: tuple[tuple[type[forms.Field], str], ...] = (
    (forms.BooleanField, "boolean"),
    (forms.FloatField, "number"),
    (forms.DecimalField, "number"),
    (forms.IntegerField, "integer"),
    (forms.JSONField, "object"),
)
BOUNDS = {
    "min_value": "minimum",
    "max_value": "maximum",
    "min_length": "minLength",
    "max_length": "maxLength",
}


def schema_of(form: OptionsForm) -> dict[str, Any]:
    """Return the schema of what this form takes; everything in it may be left out."""
    return {
        "type": "object",
        "properties": {name: field_schema(one) for name, one in form.fields.items()},
        "additionalProperties": False,
    }


def field_schema(field: forms.Field) -> dict[str, Any]:
    """Return the schema of one option, with what it starts with."""
    said = {"title": field.label, "description": field.help_text}
    told = {name: str(one) for name, one in said.items() if one}
    if isinstance(field, forms.ChoiceField):
        told |= choice_schema(field)
    else:
        told["type"] = type_of(field)
        bounds = {name: getattr(field, one, None) for one, name in BOUNDS.items()}
        told |= {name: one for name, one in bounds.items() if one is not None}
    default = field.initial() if callable(field.initial) else field.initial
    return told if default is None else told | {"default": default}


def choice_schema(field: forms.ChoiceField) -> dict[str, Any]:
    """Return what may be chosen, and beside it how that is called."""
    labels = {value: str(label) for value, label in flat(field.choices)}
    numbers = all(isinstance(one, int) for one in labels)
    return {
        "type": "integer" if numbers else "string",
        "enum": list(labels),
        "x-labels": {str(value): label for value, label in labels.items()},
    }


def flat(choices: Any) -> Iterator[tuple[Any, Any]]:
    """Yield value and label of each choice, those in groups, too."""
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield value, label


def type_of(field: forms.Field) -> str:
    return next((said for kind, said in TYPES if isinstance(field, kind)), "string")
