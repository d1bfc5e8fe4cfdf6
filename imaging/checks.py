"""What must hold before anything starts: each address answered once, no way in rounds.

`manage.py check` and every other command say what does not, and how to mend it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver

from imaging import providers
from imaging.failures import ProviderError
from imaging.outgoing.address import read_url
from imaging.targets import leads_here

CONVERTER = re.compile(r"<(?:(\w+):)?\w+>")
# A value that a converter takes; whatever else it is, it takes a word.
ID = "0f0e0d0c-0b0a-4900-8807-060504030201"
VALUES = {"int": "7", "uuid": ID, "uuidstr": ID}
Room = URLPattern | URLResolver


@register(Tags.urls)
def answered_once(**_how: Any) -> list[CheckMessage]:
    """Refuse two rooms that answer the same address: only the first would be asked."""
    found: list[CheckMessage] = []
    # What stands alone there is meant to take what the rooms leave.
    rooms = [one for one in get_resolver().url_patterns if hasattr(one, "url_patterns")]
    for one, other in combinations(rooms, 2):
        if path := common(one, other):
            words = f"Both {name_of(one)} and {name_of(other)} answer /{path}."
            hint = (
                "Only the first is ever asked. Give one of them another address, or "
                "take the provider's folder out of PROVIDERS_PATH."
            )
            found.append(Error(words, hint, id="imaging.E001"))
    return found


@register()
def no_rounds(**_how: Any) -> list[CheckMessage]:
    """Refuse an operator's account whose address is our own."""
    return [
        Error(
            f"{name}={value} is the address of this Darkroom: it would ask itself.",
            f"Take {name} out of the environment, or name another machine there. "
            f"This one answers at {settings.BASE_URL}.",
            id="imaging.E002",
        )
        for name, value in operators_addresses()
        if is_ours(value)
    ]


def operators_addresses() -> Iterator[tuple[str, str]]:
    """Yield what in the environment says where a provider is."""
    for one in providers.providers():
        for name in (
            "url",
            *(each.name for each in one.credentials if not each.secret),
        ):
            variable = f"{one.key}_{name}".upper()
            value = os.environ.get(variable, "").strip()
            if "//" in value:
                yield variable, value


def is_ours(url: str) -> bool:
    try:
        return leads_here(read_url(url)[0])
    except ProviderError:
        # It cannot be called; whoever tries is told why.
        return False


def name_of(room: Room) -> str:
    module = getattr(room, "urlconf_name", None)
    return getattr(module, "__name__", None) or f"/{room.pattern}"


def common(one: Room, other: Room) -> str:
    """Return an address that both answer, if there is one."""
    mine, theirs = ([each.split("/") for each in routes(room)] for room in (one, other))
    for path in samples(mine, theirs):
        if answers(one, path) and answers(other, path):
            return path
    return ""


def routes(room: Room, before: str = "") -> Iterator[str]:
    """Yield every address of a room as its patterns spell it."""
    here = before + str(room.pattern)
    if isinstance(room, URLPattern):
        yield here
        return
    for one in room.url_patterns:
        yield from routes(one, here)


def samples(mine: list[list[str]], theirs: list[list[str]]) -> set[str]:
    """Return paths for all routes, and such as a route of each may stand for."""
    found = {"/".join(map(sample, parts)) for parts in (*mine, *theirs)}
    for parts, others in product(mine, theirs):
        if len(parts) == len(others) and all(map(alike, parts, others)):
            found.add("/".join(map(sample, parts, others)))
    return found


def alike(one: str, other: str) -> bool:
    return one == other or "<" in one or "<" in other


def sample(one: str, other: str = "") -> str:
    """Return what both parts of a path may be: what either says, else any value."""
    for said in (one, other):
        if said and "<" not in said:
            return said
    kinds = [found[1] for said in (one, other) if (found := CONVERTER.search(said))]
    value = next((VALUES[kind] for kind in kinds if kind in VALUES), "word")
    return CONVERTER.sub(value, one)


def answers(room: Room, path: str) -> bool:
    try:
        return room.resolve(path) is not None
    except Resolver404:
        return False
