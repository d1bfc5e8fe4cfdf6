"""Retouch4me's wire: routes, payloads and answers, as its pages document them.

retouch4.me/docs/cloud_retouching_api/en: index, task, webhooks, layers_archive, and the
*Media Processing Server Documentation*. Standard library only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

HOME = "https://retoucher.hz.labs.retouch4.me"
BASE = "/api/v1"
START = f"{BASE}/retoucher/start"
LIMITS = f"{BASE}/info/limits"
BALANCE = f"{BASE}/balance"
OLD_BALANCE = "/api/retouch/v1/balance"
TOKEN = "X-Retouch-Token"  # noqa: S105  # nosec B105
MODE = "professional"
REPORT = "result.json"
NO_FILE, TOKEN_ISSUE = "No file uploaded", "Token issue"
TOKEN_OVER = "The token is invalid or expired"  # noqa: S105  # nosec B105
LIMIT_REACHED, NO_RESULT = "Processing limit reached", "File not found"
MAX_ATTEMPTS = 3
# The parameters of a plugin, each with its largest value.
Ranges = dict[str, float]
MEGABYTE = 1 << 20
# What is documented of pictures, as `info/limits` has it.
FORMATS, MAX_MEGABYTES, MAX_MEGAPIXELS = ("png", "jpg", "jpeg"), 100, 250


@dataclass(frozen=True)
class Plugin:
    """One plugin: its parameters and what else goes with it.

    `ranges` are the largest values (the least is 0), `also` is always sent. What has
    no `layered` result can only be asked for as a part of one picture.
    """

    ranges: Ranges = field(default_factory=dict)
    also: Mapping[str, Any] = field(default_factory=dict)
    layered: bool = True
    # It takes `Scale` as the size of dirt, not of the person.
    of_dirt: bool = False


# By name, in the recommended order; face detection has to be the first.
PLUGINS: dict[str, Plugin] = {
    "Face Detection": Plugin(),
    "Skin Mask": Plugin({"Alpha1": 2}),
    "Clean Backdrop": Plugin({"Alpha1": 1}, of_dirt=True),
    "Heal": Plugin({"Alpha1": 1}),
    "Fabric": Plugin({"Alpha1": 2}),
    "Dust": Plugin({"Alpha1": 2}, of_dirt=True),
    "Eye Vessels": Plugin({"Alpha1": 1}),
    "Eye Brilliance": Plugin({"Alpha1": 2}),
    "White Teeth": Plugin({"Alpha1": 1, "Alpha2": 1}),
    "Mattifier": Plugin({"Alpha1": 1}),
    "Dodge Burn": Plugin({"Alpha1": 2, "Alpha2": 1}),
    "Skin Tone": Plugin({"Alpha1": 2, "Alpha2": 2}),
    "Portrait Volumes": Plugin({"Alpha1": 2}),
    "Face Lifting": Plugin(
        {
            "Face Lifting": 1,
            "Face Masculinity": 1,
            "Double Chin Correction": 1,
            "Face Lifting Depth": 1,
        },
        {"face_lifting_version": 3},
        layered=False,
    ),
    "Glasses Anti Glare": Plugin({"Glasses Glare Removal": 1}, {"LayoutMode": "full"}),
    "Color Correction": Plugin(layered=False),
    "Crop": Plugin(layered=False),
}
COLOUR_MODES = ("Exposure only", "Exposure & WB", "Full")


def dump_payload(tasks: Sequence[Mapping[str, Any]]) -> str:
    """Return the field `payload`. Raises ValueError for what the tables forbid."""
    if not tasks:
        raise ValueError("There is no task.")
    for task in tasks:
        check_task(task)
    return json.dumps({"mode": MODE, "tasks": list(tasks)})


def check_task(task: Mapping[str, Any]) -> None:
    """Raise ValueError for a value out of its plugin's range; others are let by."""
    name = task.get("Plugin")
    if not isinstance(name, str) or not name:
        raise ValueError("A task names no plugin.")
    for key, most in PLUGINS.get(name, Plugin()).ranges.items():
        value = task.get(key, 0)
        if not isinstance(value, int | float) or not 0 <= value <= most:
            raise ValueError(f"{name}: {key} goes from 0 to {most:g}.")
    if task.get("Scale", 0) not in (0, 1, 2, 3):
        raise ValueError(f"{name}: Scale is 0, 1, 2 or 3.")


def dump_colour(mode: str) -> dict[str, Any]:
    """Return `User Params` of Color Correction."""
    ai = {"Color Correction Mode": mode}
    return {"User Params": {"AI": ai, "Basic": {"Enable Basic": True}}}


def dump_crop() -> dict[str, Any]:
    """Return `User Params` of Crop: straightened as it finds best."""
    return {"User Params": {"AutoStraightenMode": "AI"}}


def status_path(id: str) -> str:
    return f"{BASE}/retoucher/status/{id}"


def file_path(id: str) -> str:
    return f"{BASE}/retoucher/getFile/{id}"


def read_code(http_status: int, said: Any) -> int:
    """Return what counts: the number `status` in the body, else that of HTTP."""
    inner = said.get("status") if isinstance(said, dict) else None
    return (
        inner if isinstance(inner, int) and not isinstance(inner, bool) else http_status
    )


@dataclass(frozen=True)
class Started:
    """A job that was taken; `quota` is what is left of the day's."""

    id: str
    quota: int | None


def read_started(said: Mapping[str, Any]) -> Started:
    """Read the answer to `start`. Raises ValueError without an id to ask for."""
    id = said.get("id")
    if not isinstance(id, str) or not re.fullmatch(r"[\w.~-]{1,200}", id):
        raise ValueError("no id")
    quota = said.get("retouchQuota")
    return Started(id, quota if isinstance(quota, int) else None)


@dataclass(frozen=True)
class Status:
    """How a job stands; states that are not known count as on the way."""

    state: str
    progress: int | None
    reason: str
    expires: datetime | None

    @property
    def completed(self) -> bool:
        """Say whether the file is there; a progress of 100 does not say so."""
        return self.state == "completed"

    @property
    def failed(self) -> bool:
        return self.state == "failed"


def read_status(said: Mapping[str, Any]) -> Status:
    """Read the answer to `status`. Raises ValueError without a state."""
    state, progress = said.get("state"), said.get("progress")
    if not isinstance(state, str):
        raise ValueError("no state")
    number = _number(progress)
    percent = None if number is None else min(max(int(number), 0), 100)
    return Status(state, percent, read_text(said.get("reason")), read_time(said))


def read_time(said: Mapping[str, Any]) -> datetime | None:
    """Read `expireDate`, an instant in UTC."""
    try:
        at = datetime.fromisoformat(str(said.get("expireDate")))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def read_text(value: Any) -> str:
    """Return what a vendor says in words: one line, not too long."""
    return " ".join(str(value).split())[:300] if isinstance(value, str) else ""


def read_limits(said: Any) -> dict[str, Any]:
    """Read `info/limits`: formats, bytes and pixels; what is missing is left out."""
    image = said.get("image") if isinstance(said, dict) else None
    if not isinstance(image, dict):
        return {}
    found: dict[str, Any] = {}
    if isinstance(formats := image.get("formats"), list):
        found["formats"] = [str(one).lower() for one in formats]
    if (megabytes := _number(image.get("maxFileSizeInMB")) or 0) > 0:
        found["max_bytes"] = int(megabytes * MEGABYTE)
    if (megapixels := _number(image.get("maxMegapixels")) or 0) > 0:
        found["max_pixels"] = megapixels * 1e6
    return found


def _number(value: Any) -> float | None:
    """Return a number; None for anything else, true and false among it."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if number else None


def read_balance(said: Any) -> float | None:
    """Read the credits that are left; None where the answer does not say."""
    remaining = said.get("remaining") if isinstance(said, dict) else None
    left = remaining.get(MODE) if isinstance(remaining, dict) else None
    return None if (number := _number(left)) is None else float(number)


@dataclass(frozen=True)
class LayerName:
    """What the name of an archive's entry says of a layer."""

    index: int
    mode: str
    plugin: str


def read_layer_name(name: str, fallback: int) -> LayerName | None:
    """Read `index=0&blendmode=softLight&name=Portrait Volumes.png`; None for others.

    Keys may be missing; without an index a layer comes at `fallback`.
    """
    stem, dot, suffix = name.rpartition(".")
    if not dot or suffix.lower() != "png":
        return None
    pairs = [pair.partition("=") for pair in stem.split("&")]
    said = {key: value for key, sign, value in pairs if sign}
    index = said.get("index", "")
    number = int(index) if re.fullmatch("[0-9]{1,6}", index) else fallback
    plugin = "".join(c for c in said.get("name", "") if c.isprintable())
    return LayerName(number, said.get("blendmode", "")[:40], (plugin or stem)[:60])


def dump_error(status: int, message: str) -> dict[str, Any]:
    return {"status": status, "message": message}


def dump_started(id: str, quota: int) -> dict[str, Any]:
    return {"status": 200, "id": id, "retouchQuota": quota}


def dump_status(
    *,
    state: str,
    progress: int,
    reason: str,
    attempt: int,
    step: str,
    plugin: str,
    expires: datetime,
) -> dict[str, Any]:
    return {
        "status": 200,
        "state": state,
        "progress": progress,
        "reason": reason,
        "attempt": attempt,
        "currentStep": step,
        "maxAttempts": MAX_ATTEMPTS,
        "pluginName": plugin,
        "expireDate": dump_time(expires),
    }


def dump_time(at: datetime) -> str:
    """Return an instant in UTC, to the millisecond."""
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def dump_limits() -> dict[str, Any]:
    image = {
        "formats": list(FORMATS),
        "maxFileSizeInMB": MAX_MEGABYTES,
        "maxMegapixels": MAX_MEGAPIXELS,
    }
    return {"image": image, "archive": {"formats": ["zip"]}}


def dump_layer_name(name: LayerName) -> str:
    return f"index={name.index}&blendmode={name.mode}&name={name.plugin}.png"


def dump_report(plugins: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return `result.json`."""
    return {"jsonVersion": "1", "plugins": list(plugins)}
