"""Haut.AI's words on the wire: bodies sent, bodies read; `paths` has the addresses.

Follows its pages "API for Images", "API for Login", "API for Datasets", "API for
Subjects" and "Metrics and Submetrics". What is unknown is left alone, and what is
optional may be absent; a ValueError means that what cannot be done without is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

HOME = "https://saas.haut.ai"

SIDES = {"front": 1, "right": 2, "left": 3}
REGULAR_LIGHT = 1
SELFIE = "selfie"
MIN_SIDE = 256
MAX_BYTES = 31_457_280
PAGE_SIZE = 100
MAX_NAME = 512

ORIGINAL = "original"
FACE_METRICS_3 = "face_skin_metrics_3"
STORAGE_CODE = re.compile(rb"<Code>\s*(\w+)\s*</Code>")


def dump_login(username: str, password: str) -> dict[str, Any]:
    return {"username": username, "password": password}


def dump_refresh(token: str) -> dict[str, Any]:
    return {"refresh_token": token}


def dump_private_token(name: str, until: datetime) -> dict[str, Any]:
    return {"name": name, "expiration_time": dump_time(until)}


def dump_dataset(name: str, image_type_id: int | None) -> dict[str, Any]:
    kind = {} if image_type_id is None else {"image_type_id": image_type_id}
    return {"name": name[:MAX_NAME], **kind}


def dump_attach(dataset_id: str) -> dict[str, Any]:
    return {"dataset_id": dataset_id}


def dump_subject(name: str) -> dict[str, Any]:
    """Nothing but the name is required, so nothing else is told."""
    return {"name": name[:MAX_NAME]}


def dump_image(name: str, side: str, batch_id: str = "") -> dict[str, Any]:
    joined = {"batch_id": batch_id} if batch_id else {}
    return {**joined, "side_id": SIDES[side], "light_id": REGULAR_LIGHT, "name": name}


def dump_upload_v3(names: Mapping[str, str]) -> dict[str, Any]:
    return {side: names[side] for side in SIDES if side in names}


def dump_time(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def read_time(text: str) -> datetime:
    """Read ISO 8601, or the form with a space and no zone, which is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Tokens:
    """What a login or a renewal gives; the latter names no company."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    company: str = ""


def read_tokens(body: Any) -> Tokens:
    said = _object(body)
    access = said.get("access_token") or said.get("token_access")
    return Tokens(
        _text(access, "access_token"),
        str(said.get("refresh_token") or ""),
        str(said.get("company_id") or ""),
    )


def read_company(body: Any) -> str:
    """Return the company that a profile names, wherever it does; or nothing."""
    said = _object(body)
    inner = said.get("user")
    for one in (said, inner if isinstance(inner, dict) else {}):
        named = one.get("company_id") or _object(one.get("company") or {}).get("id")
        if named:
            return str(named)
    return ""


def read_page(body: Any) -> tuple[list[dict[str, Any]], str]:
    """Return the rows of a list and the address of its next page; or a bare list."""
    rows, following = body, ""
    if isinstance(body, dict):
        rows, following = body.get("results"), str(body.get("next") or "")
    if not isinstance(rows, list):
        raise ValueError("this is no list")
    kept = [one for one in rows if isinstance(one, dict)]
    for one in kept:
        for name in ("id", "image_batch_id"):
            if one.get(name):
                _id(one[name], name)
    return kept, following


def read_id(body: Any) -> str:
    return _id(_object(body).get("id"), "id")


@dataclass(frozen=True)
class Upload:
    """Where the bytes go, and with exactly which headers; a permission, so no repr."""

    url: str = field(repr=False)
    method: str = "PUT"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_upload(body: Any) -> Upload:
    said = _object(body)
    headers = _object(said.get("headers") or {})
    # The address says which host it is.
    sent = {k: str(v) for k, v in headers.items() if k.lower() != "host"}
    method = str(said.get("method") or "PUT").upper()
    return Upload(_text(said.get("url"), "upload_url"), method, sent)


def read_signed_upload(body: Any) -> dict[str, Any]:
    """Return the image's `id`, its `batch`, and the `upload` as it came, checked."""
    said = _object(body)
    read_upload(said.get("upload_url"))
    return {
        "id": read_id(said),
        "batch": _id(said.get("image_batch_id"), "image_batch_id"),
        "upload": said["upload_url"],
    }


@dataclass(frozen=True)
class Auxiliary:
    """A picture that an application has made of an image; `url` lives for an hour."""

    id: str
    key: str
    name: str
    url: str = field(repr=False)
    application: str = ""


def read_auxiliary(body: Any) -> Auxiliary:
    said = _object(body)
    kind = _object(said.get("aux_image_type") or {})
    urls = _object(said.get("urls") or {})
    url = urls.get(ORIGINAL) or next((one for one in urls.values() if one), "")
    key = str(kind.get("tech_name") or kind.get("name") or "")
    return Auxiliary(
        id=_text(said.get("id"), "id"),
        key=key,
        name=str(kind.get("name") or key),
        url=str(url),
        application=str(said.get("application_name") or ""),
    )


def read_results(body: Any) -> list[dict[str, Any]]:
    """Return what each algorithm has said, its values untouched; [] until computed."""
    return read_page(body)[0]


def read_results_v3(body: Any) -> tuple[bool, dict[str, Any]]:
    """Return whether all is calculated, and all that was said."""
    said = _object(_object(body).get(FACE_METRICS_3) or {})
    return bool(said.get("all_algorithms_calculated")), said


@dataclass(frozen=True)
class Complaint:
    """One error of an answer: the vendor's code and words, and the field it means."""

    code: str
    detail: str = ""
    attr: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


def read_complaints(body: bytes) -> list[Complaint]:
    """Return the errors in an answer; none when it is another page than theirs."""
    try:
        rows = _object(json.loads(body)).get("errors")
    except ValueError:
        return []
    return [
        Complaint(
            str(one.get("code") or ""),
            str(one.get("detail") or ""),
            str(one.get("attr") or ""),
            one["extra"] if isinstance(one.get("extra"), dict) else {},
        )
        for one in (rows if isinstance(rows, list) else [])
        if isinstance(one, dict)
    ]


def read_storage_code(body: bytes) -> str:
    """Return the code of an error of the object storage, which speaks XML."""
    found = STORAGE_CODE.search(body[:4096])
    return found[1].decode() if found else ""


def missing_applications(complaints: Sequence[Complaint]) -> list[str]:
    """Return the applications that have to be attached first."""
    for one in complaints:
        if one.code == "missing_dependencies":
            names = one.extra.get("missing_application_tech_names")
            return [str(name) for name in names] if isinstance(names, list) else []
    return []


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("this is no object")
    return value


def _id(value: Any, name: str) -> str:
    """Return an id, which can be part of an address and leads nowhere else there."""
    text = _text(value, name)
    if not re.fullmatch(r"[\w-]{1,128}", text, re.ASCII):
        raise ValueError(f"its {name} is none")
    return text


def _text(value: Any, name: str) -> str:
    if not value or not isinstance(value, str | int):
        raise ValueError(f"it names no {name}")
    return str(value)
