"""The options of operations as JSON Schema: they take what the forms take."""

from typing import Any

import pytest
from django import forms

from imaging import providers
from imaging.api.options import schema_of
from imaging.providers.base import Operation, OptionsForm

OPERATIONS = [
    pytest.param(one, id=f"{provider.key}-{one.key}")
    for provider in providers.providers()
    for one in provider.operations
]

TYPES = {"string": str, "integer": int, "number": int | float, "boolean": bool}


class Some(OptionsForm):
    """One field of each kind."""

    mode = forms.ChoiceField(
        label="Mode",
        choices=[("a", "first"), ("Group", [("b", "second")])],
        initial="a",
        help_text="Which.",
    )
    level = forms.TypedChoiceField(choices=[(1, "low"), (2, "high")], coerce=int)
    sharp = forms.BooleanField(initial=True, required=False)
    amount = forms.FloatField(min_value=0, max_value=1.5, initial=0.5)
    side = forms.IntegerField(min_value=64, required=False)
    words = forms.CharField(max_length=20, initial=lambda: "x")
    filter = forms.JSONField(required=False)


def test_each_kind_of_field_is_described() -> None:
    told = schema_of(Some())
    assert told["additionalProperties"] is False
    fields: dict[str, dict[str, Any]] = told["properties"]
    assert fields["mode"] == {
        "title": "Mode",
        "description": "Which.",
        "type": "string",
        "enum": ["a", "b"],
        "x-labels": {"a": "first", "b": "second"},
        "default": "a",
    }
    assert (fields["level"]["type"], fields["level"]["enum"]) == ("integer", [1, 2])
    assert fields["sharp"] == {"type": "boolean", "default": True}
    bounds = {"minimum": 0, "maximum": 1.5, "default": 0.5}
    assert fields["amount"] == {"type": "number", **bounds}
    assert fields["side"] == {"type": "integer", "minimum": 64}
    assert fields["words"] == {"type": "string", "maxLength": 20, "default": "x"}
    assert fields["filter"] == {"type": "object"}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_an_operation_starts_with_fits_its_own_schema(
    operation: Operation,
) -> None:
    told = schema_of(operation.form())["properties"]
    first = {name: one["default"] for name, one in told.items() if "default" in one}
    for name, one in first.items():
        assert one in told[name].get("enum", [one])
        assert isinstance(one, TYPES[told[name]["type"]]), name
        if "minimum" in told[name]:
            assert told[name]["minimum"] <= one <= told[name]["maximum"]
    assert operation.form(operation.defaults() | first).is_valid()
