"""Haut.AI's dictionaries, as far as they are served: image types and applications."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from imaging.providers.haut import wire

SIDES = {number: side for side, number in wire.SIDES.items()}
LIGHTS = {wire.REGULAR_LIGHT: "regular"}
SELFIE_ID = 1
FRONT_ID = wire.SIDES["front"]

TECH_NAME = "face_skin_metrics_2.0"
NAME = "Face Skin Metrics 2.0"
DESCRIPTION = "Scores of what the camera sees on one face, with masks; no diagnosis."
# What it measures, in this order.
ALGORITHMS = {
    "redness": "Redness",
    "pigmentation": "Pigmentation",
    "texture": "Texture",
    "pores": "Pores",
    "lines": "Lines",
    "under_eye_darkness": "Under-eye darkness",
    "shine": "Shine",
    "tone": "Tone",
}


def named(number: int, tech_name: str) -> dict[str, Any]:
    return {
        "id": number,
        "name": tech_name.replace("_", " ").capitalize(),
        "tech_name": tech_name,
    }


def side(number: int) -> dict[str, Any]:
    return named(number, SIDES[number])


def light(number: int) -> dict[str, Any]:
    return named(number, LIGHTS[number])


def image_type() -> dict[str, Any]:
    """Return the one type there is, with its sides and lights."""
    return {
        **named(SELFIE_ID, wire.SELFIE),
        "sides": [side(number) for number in SIDES],
        "lights": [light(number) for number in LIGHTS],
    }


def flat(name: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of a dictionary as the copies that stand beside it."""
    return {f"{name}_name": value["name"], f"{name}_tech_name": value["tech_name"]}


def application_id() -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:darkroom:haut:{TECH_NAME}"))


def algorithm_number(family: str) -> int:
    """Return the number of an algorithm; 0 for one that another provider runs."""
    return [*ALGORITHMS].index(family) + 1 if family in ALGORITHMS else 0


def application(since: datetime) -> dict[str, Any]:
    """Return the one application that computes here; it came with the company."""
    return {
        "id": application_id(),
        "name": NAME,
        "tech_name": TECH_NAME,
        "author_id": None,
        "creation_time": wire.dump_time(since),
        "image_type": image_type(),
        "algorithms_versions": [
            {
                "id": algorithm_number(key),
                "name": name,
                "tech_name": key,
                "html_description": "",
            }
            for key, name in ALGORITHMS.items()
        ],
        "description": DESCRIPTION,
        "preview": None,
        "promote_image_url": None,
        "is_enabled": True,
        "algorithms_flags": None,
    }
