"""What programs send to Naver's calls, read and checked; ValueError for the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from imaging.providers.naver import wire

EXTENSIONS = {".jpg", ".jpeg", ".png", ".webp", ".heic"}
NAME_LENGTH = 255
KEY_LENGTH = 1_024
TEXT_LENGTH = 1_000
KEY = re.compile(r"images/([0-9a-f]{32})/([^/]+)")
WORKSPACE = re.compile("[a-z0-9-]{3,63}")
CONTROLS = re.compile("[\x00-\x1f\x7f]")


def text(
    body: Mapping[str, Any], name: str, longest: int, *, required: bool = True
) -> str:
    """Return a text that can be kept: of real characters, without controls."""
    said = body.get(name)
    if said is None and not required:
        return ""
    if not isinstance(said, str) or len(said) > longest or CONTROLS.search(said):
        raise ValueError(f"{name} is no text of at most {longest} characters.")
    if required and not said:
        raise ValueError(f"{name} is empty.")
    # Half of a pair, which JSON can say; UnicodeEncodeError is a ValueError.
    said.encode()
    return said


def read_presign(body: Mapping[str, Any]) -> str:
    """Return the file name for which an address is asked."""
    if body.get("assetType") != "IMAGE":
        raise ValueError("assetType is not IMAGE.")
    name = text(body, "assetFileName", NAME_LENGTH)
    if "/" in name or PurePosixPath(name).suffix.lower() not in EXTENSIONS:
        raise ValueError("assetFileName has no extension that is taken.")
    return name


@dataclass(frozen=True)
class Key:
    """The name of an uploaded image: ours in the middle, the program's at the end."""

    id: UUID
    name: str

    def __str__(self) -> str:
        return f"images/{self.id.hex}/{self.name}"


def jpg_name(name: str) -> str:
    """Return the name of the JPG that is made of a HEIC of this name."""
    path = PurePosixPath(name)
    return name if path.suffix.lower() in {".jpg", ".jpeg"} else f"{path.stem}.jpg"


def read_key(said: str) -> Key | None:
    """Return the key of an image, None for what is none of ours."""
    found = KEY.fullmatch(said)
    return Key(UUID(found[1]), found[2]) if found else None


def read_complete(body: Mapping[str, Any]) -> str:
    return text(body, "assetKey", KEY_LENGTH)


@dataclass(frozen=True)
class Workspace:
    name: str
    bucket: str


def read_workspace(body: Mapping[str, Any]) -> Workspace:
    """Return the workspace that is to be made."""
    name = text(body, "workspaceName", 63)
    if not WORKSPACE.fullmatch(name):
        raise ValueError("workspaceName has other characters.")
    return Workspace(name, text(body, "bucketName", 255, required=False))


@dataclass(frozen=True)
class Query:
    """What is searched for, one of the two, and whether only certain people count."""

    text: str
    key: str
    by_person: bool


def read_query(body: Mapping[str, Any]) -> Query:
    """Return what is searched for; `queryOption` and `filter` are not looked at."""
    said = mapping(body, "query")
    words = text(said, "textQuery", TEXT_LENGTH, required=False)
    key = text(said, "imageQuery", KEY_LENGTH, required=False)
    if bool(words.strip()) == bool(key):
        raise ValueError("Search by an image or by a text, one of the two.")
    persons = lists(said, "personQuery", int)
    dialogue = lists(said, "dialogQuery", str)
    if any(map(wire.FORBIDDEN_IN_TEXT.search, (words, *chain(*dialogue)))):
        raise ValueError("A text holds a semicolon, vertical bar or backtick.")
    must, some, _none = persons
    return Query(words, key, bool(must or some))


def lists(body: Mapping[str, Any], name: str, kind: type) -> list[list[Any]]:
    """Return what of one kind must, may and may not be there."""
    given = mapping(body, name) if body.get(name) is not None else {}
    found = []
    for one in ("must", "any", "not"):
        said = given.get(one) or []
        good = isinstance(said, Sequence) and all(type(each) is kind for each in said)
        if not good or isinstance(said, str):
            raise ValueError(f"{name}.{one} is no list of {kind.__name__}.")
        found.append(list(said))
    return found


def mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    said = body.get(name)
    if not isinstance(said, dict):
        raise ValueError(f"{name} is no object.")
    return said
