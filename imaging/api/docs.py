"""The page on which people read what programs can call; made from the document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

Schema = Mapping[str, Any]
CHIPS = {"GET": "ok", "HEAD": "ok", "DELETE": "bad"}


@dataclass(frozen=True)
class Kind:
    """What a value is, in words, and the shape that says more, if one does."""

    words: str
    shape: str = ""


@dataclass(frozen=True)
class Value:
    """One value that is sent or answered."""

    name: str
    kind: Kind
    required: bool = False
    text: SafeString = SafeString("")


@dataclass(frozen=True)
class Answer:
    status: str
    text: str
    kind: Kind


@dataclass(frozen=True)
class Described:
    """One operation, as it is read."""

    id: str
    method: str
    path: str
    summary: str
    text: SafeString
    sent: list[Value]
    answers: list[Answer]

    @property
    def chip(self) -> str:
        """Name the colour of its method: it reads, deletes, or changes something."""
        return CHIPS.get(self.method, "run")


class Docs(DocsBase):
    """Our own page: what comes with the library needs scripts that are not ours."""

    def render_page(
        self, request: HttpRequest, api: NinjaAPI, **kwargs: Any
    ) -> HttpResponse:
        document = api.get_openapi_schema(path_params=kwargs)
        context = {
            "text": prose(document["info"]["description"]),
            "rooms": rooms(document),
            "shapes": shapes(document),
            "document": self.get_openapi_url(api, kwargs),
        }
        return render(request, "api/page.html", context)


def rooms(document: Schema) -> dict[str, list[Described]]:
    """Return the operations by the room they belong to, as the document has them."""
    found: dict[str, list[Described]] = {}
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            room = (said.get("tags") or ["Other"])[0]
            found.setdefault(room, []).append(described(method, path, said))
    return found


def described(method: str, path: str, said: Schema) -> Described:
    answers = [
        Answer(status, one["description"], kind_of(content(one)))
        for status, one in said["responses"].items()
    ]
    sent = [*parameters(said), *body(said)]
    text = prose(said.get("description", ""))
    return Described(
        said["operationId"], method.upper(), path, said["summary"], text, sent, answers
    )


def parameters(said: Schema) -> Iterator[Value]:
    for one in said["parameters"]:
        where = "" if one["in"] == "query" else f" in the {one['in']}"
        kind = kind_of(one["schema"])
        kind = Kind(kind.words + where, kind.shape)
        yield Value(
            one["name"], kind, one["required"], prose(describing(one["schema"]))
        )


def body(said: Schema) -> Iterator[Value]:
    """Yield what the body is: its fields, or the shape that has them."""
    schema = content(said.get("requestBody", {}))
    if "properties" in schema:
        yield from values(schema)
    elif schema:
        yield Value("body", kind_of(schema), bool(said["requestBody"]["required"]))


def content(said: Schema) -> Schema:
    """Return the schema of a body, whatever its type."""
    for one in said.get("content", {}).values():
        return dict(one["schema"])
    return {}


def shapes(document: Schema) -> dict[str, tuple[SafeString, list[Value]]]:
    """Return what every shape has in it, by name."""
    known = sorted(document["components"]["schemas"].items())
    return {
        name: (prose(schema.get("description", "")), list(values(schema)))
        for name, schema in known
    }


def values(schema: Schema) -> Iterator[Value]:
    required = schema.get("required", [])
    for name, one in schema.get("properties", {}).items():
        yield Value(name, kind_of(one), name in required, prose(describing(one)))
    if "enum" in schema:
        yield Value("", kind_of(schema))


def describing(schema: Schema) -> str:
    """Return what is said of a value, and what it is where none is given."""
    first, text = schema.get("default"), schema.get("description", "")
    known = first not in (None, "", {}, [])
    return f"{text} Else `{first}`.".strip() if known else text


def kind_of(schema: Schema) -> Kind:
    """Say what a value is: "list of ImageOut", "string (uuid) or null"."""
    if ref := schema.get("$ref"):
        name = ref.rpartition("/")[2]
        return Kind(name, name)
    if several := schema.get("anyOf") or schema.get("allOf"):
        kinds = [kind_of(one) for one in several]
        shape = next((one.shape for one in kinds if one.shape), "")
        return Kind(" or ".join(one.words for one in kinds), shape)
    if "enum" in schema:
        return Kind(" · ".join(map(str, schema["enum"])))
    if schema.get("type") == "array":
        inner = kind_of(schema.get("items", {}))
        return Kind(f"list of {inner.words}", inner.shape)
    form = f" ({schema['format']})" if "format" in schema else ""
    return Kind(f"{schema.get('type', '')}{form}")


def prose(text: str) -> SafeString:
    """Return text as paragraphs, with `code` and **strong** words in it."""
    safe = str(escape(text.strip()))
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    safe = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", safe)
    parts = [f"<p>{one}</p>" for one in re.split(r"\n\s*\n", safe) if one]
    # Escaped above; what was put in are tags of our own.
    return mark_safe("".join(parts))  # noqa: S308  # nosec B308 B703
