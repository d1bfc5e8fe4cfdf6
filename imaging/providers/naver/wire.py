"""What goes over the wire to Naver Cloud Media Intelligence, and its signature.

Pages "Get search asset upload status", "Issue search asset presigned URL", "Request
asset search", "Get asset search result", "Get workspace list" and "API Gateway".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

HOME = "https://maiu.apigw.ntruss.com"
PRESIGN = "/api/v1/query-assets/uploads/presigned-url"
COMPLETE = "/api/v1/query-assets/uploads/complete"
WORKSPACES = "/api/v1/workspaces"

MAX_BYTES = 5 * 1024 * 1024
MIN_SIDE = 224
FORMATS = ("jpeg", "png", "webp", "heic")
PAGE_SIZE = 100
# How long an upload address lives, and how far the clocks may be apart, in seconds.
ADDRESS_SECONDS = 900
CLOCK_SECONDS = 300
# Calls that are allowed, and in how many seconds.
PRESIGN_CALLS = (50, 1.0)
COMPLETE_CALLS = (1_000, 60.0)
SEARCH_CALLS = (1_000, 60.0)

FORBIDDEN_IN_TEXT = re.compile("[;|`]")
ABSENT, TOO_LARGE = "FILE_NOT_EXIST", "OVER_SIZE_LIMIT"
TOO_SMALL = "RESOLUTION_NOT_SUPPORT"


def sign(method: str, target: str, stamp: str, access: str, secret: str) -> str:
    """Return the API Gateway signature v2 of a request.

    `target` is path and query exactly as sent, `stamp` milliseconds since 1970.
    """
    message = f"{method} {target}\n{stamp}\n{access}"
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def dump_headers(
    method: str, target: str, milliseconds: int, access: str, secret: str
) -> dict[str, str]:
    """Return the headers that every call of the API bears."""
    stamp = str(milliseconds)
    return {
        "x-ncp-apigw-timestamp": stamp,
        "x-ncp-iam-access-key": access,
        "x-ncp-apigw-signature-v2": sign(method, target, stamp, access, secret),
    }


def search_path(workspace: str) -> str:
    return f"{workspace_path(workspace)}/assets/search"


def workspace_path(workspace: str) -> str:
    return f"{WORKSPACES}/{quote(workspace, safe='')}"


def workspaces_target(page: int = 1) -> str:
    return f"{WORKSPACES}?pageNum={page}&pageSize={PAGE_SIZE}"


def hits_target(workspace: str, search: str, page: int = 1) -> str:
    name = quote(search, safe="")
    return f"{search_path(workspace)}/{name}?pageSize={PAGE_SIZE}&pageNum={page}"


def dump_presign(file_name: str) -> dict[str, str]:
    return {"assetType": "IMAGE", "assetFileName": file_name}


def dump_complete(key: str) -> dict[str, str]:
    return {"assetKey": key}


@dataclass(frozen=True)
class Filter:
    """Which of some values must all, may any, and may not be there."""

    must: Sequence[Any] = ()
    any: Sequence[Any] = ()
    none: Sequence[Any] = ()

    def dump(self) -> dict[str, list[Any]]:
        named = {"must": self.must, "any": self.any, "not": self.none}
        return {name: list(values) for name, values in named.items() if values}


@dataclass(frozen=True)
class Query:
    """What is searched for: like the image of a key, or by a text; just one of them.

    The names inside `option` and `limits` are not documented: sent as they are given.
    """

    image: str = ""
    text: str = ""
    persons: Filter = Filter()
    dialogue: Filter = Filter()
    option: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        """Return the body of the request. Raises ValueError for what is refused."""
        if bool(self.image) == bool(self.text):
            raise ValueError("Search by an image or by a text, one of the two.")
        said = self.dialogue
        for text in (self.text, *said.must, *said.any, *said.none):
            if FORBIDDEN_IN_TEXT.search(text):
                raise ValueError("A text holds a semicolon, vertical bar or backtick.")
        query = {
            "imageQuery": self.image,
            "textQuery": self.text,
            "personQuery": self.persons.dump(),
            "dialogQuery": self.dialogue.dump(),
        }
        body = {
            "query": {name: value for name, value in query.items() if value},
            "queryOption": dict(self.option),
            "filter": dict(self.limits),
        }
        return {name: value for name, value in body.items() if value}


def read_result(body: Any) -> dict[str, Any]:
    """Return what an answer is about. Raises ValueError for another shape."""
    if not isinstance(body, dict) or not isinstance(body.get("result"), dict):
        raise ValueError("the answer has no result")
    return dict(body["result"])


def read_code(body: Any) -> str:
    """Return the code of an envelope; that of success is "0"."""
    return str(body.get("code", "")) if isinstance(body, dict) else ""


@dataclass(frozen=True)
class Address:
    """Where one file may be put, once, and the key it will have."""

    key: str
    url: str
    seconds: float


def read_address(result: Mapping[str, Any]) -> Address:
    """Read what an upload address was issued as. Raises ValueError."""
    return Address(
        _text(result, "assetFileKey"),
        _text(result, "presignedUploadUrl"),
        _seconds(result.get("expirationSeconds")),
    )


def _seconds(value: Any) -> float:
    known = isinstance(value, int | float) and 0 < value <= ADDRESS_SECONDS
    return float(value) if known else float(ADDRESS_SECONDS)


@dataclass(frozen=True)
class Status:
    """What became of an upload; `key` is that of the JPG where a HEIC was sent."""

    completed: bool
    key: str
    reason: str = ""


def read_status(result: Mapping[str, Any]) -> Status:
    """Read what became of an upload. Raises ValueError."""
    status = _text(result, "uploadStatus")
    if status not in {"COMPLETED", "FAILED"}:
        raise ValueError(f"the upload status {status[:40]!r} is unknown")
    done = status == "COMPLETED"
    key = _text(result, "assetKey") if done else str(result.get("assetKey") or "")
    return Status(done, key, str(result.get("uploadMessage") or ""))


def read_search_id(result: Mapping[str, Any]) -> str:
    """Read the id of a search that was begun. Raises ValueError."""
    return _text(result, "searchId")


@dataclass(frozen=True)
class Hits:
    """One page of what a search has found so far; `entries` as they came."""

    status: str
    total: int = 0
    pages: int = 1
    entries: Sequence[dict[str, Any]] = ()


def read_hits(result: Mapping[str, Any]) -> Hits:
    """Read the state of a search, and its page once it is completed. ValueError."""
    status = _text(result, "status")
    if status not in {"RUNNING", "COMPLETED", "FAILED"}:
        raise ValueError(f"the status {status[:40]!r} of the search is unknown")
    entries = result.get("results") or []
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise ValueError("the results are no list")
    total, pages = result.get("totalCount"), result.get("totalPage")
    return Hits(
        status,
        total if isinstance(total, int) else len(entries),
        pages if isinstance(pages, int) else 1,
        entries,
    )


def read_workspaces(result: Mapping[str, Any]) -> list[str]:
    """Read the names of the workspaces on a page. Raises ValueError."""
    content = result.get("content")
    if not isinstance(content, list):
        raise ValueError("the list of workspaces has no content")
    return [str(e["workspaceName"]) for e in content if "workspaceName" in e]


def read_error(body: bytes) -> tuple[str, str]:
    """Return code and message of a refusal; empty where it does not tell.

    The service and the gateway put them in different places, and either may answer
    with plain text, a page or nothing at all.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(said, dict):
        return "", ""
    for place in (said.get("error"), said.get("responseError"), said):
        if isinstance(place, dict) and (
            code := place.get("errorCode", place.get("code"))
        ):
            words = [place.get("message"), place.get("details")]
            return str(code), " ".join(str(one) for one in words if one)[:300]
    return "", ""


def read_store_error(body: bytes) -> str:
    """Return the code with which the object store refuses, in its XML."""
    found = re.search(rb"<Code>\s*([A-Za-z0-9]{1,60})\s*</Code>", body[:4_096])
    return found[1].decode() if found else ""


def _text(result: Mapping[str, Any], name: str) -> str:
    value = result.get(name)
    if not isinstance(value, str) or not value or len(value) > 4_096:
        raise ValueError(f"{name} is missing")
    return value
