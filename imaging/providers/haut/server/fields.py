"""Reading the fields of a body: what is missing or wrong is said by its name."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from imaging.providers.haut import wire
from imaging.providers.haut.server.door import Invalid

MOST_META = 65_536


def read_text(body: Mapping[str, Any], name: str, *, most: int = wire.MAX_NAME) -> str:
    """Return a text that must be there."""
    if name not in body:
        raise Invalid("required", "This field is required.", name)
    if body[name] is None:
        raise Invalid("null", "This field may not be null.", name)
    if not isinstance(body[name], str):
        raise Invalid("invalid", "Not a valid string.", name)
    text: str = body[name].strip()
    if not text:
        raise Invalid("blank", "This field may not be blank.", name)
    if len(text) > most:
        said = f"Ensure this field has no more than {most} characters."
        raise Invalid("max_length", said, name)
    return text


def read_text_or_none(
    body: Mapping[str, Any], name: str, *, most: int = wire.MAX_NAME
) -> str | None:
    return None if body.get(name) is None else read_text(body, name, most=most)


def read_int(body: Mapping[str, Any], name: str, *, most: int = 2**31) -> int | None:
    """Return a whole number from 1 on, or None."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Invalid("invalid", "A valid integer is required.", name)
    if value > most:
        said = f"Ensure this value is less than or equal to {most}."
        raise Invalid("max_value", said, name)
    return value


def read_bool(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise Invalid("invalid", "Must be a valid boolean.", name)
    return value


def read_id(body: Mapping[str, Any], name: str) -> str | None:
    """Return an id as it is written here, or None."""
    value = body.get(name)
    if value is None:
        return None
    try:
        return str(uuid.UUID(value if isinstance(value, str) else ""))
    except ValueError:
        raise Invalid("invalid", "Must be a valid UUID.", name) from None


def read_moment(body: Mapping[str, Any], name: str) -> datetime:
    """Return a moment that must be there."""
    text = read_text(body, name, most=64)
    try:
        moment = wire.read_time(text)
        # One that its own zone puts before the first or after the last year.
        wire.dump_time(moment)
    except (ValueError, OverflowError):
        said = "Datetime has wrong format. Use ISO 8601."
        raise Invalid("invalid", said, name) from None
    return moment


def read_any(body: Mapping[str, Any], name: str) -> Any:
    """Return whatever was sent, within bounds."""
    value = body.get(name)
    if len(json.dumps(value)) > MOST_META:
        said = f"Ensure this field has no more than {MOST_META} characters."
        raise Invalid("max_length", said, name)
    return value
