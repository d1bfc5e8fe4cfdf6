"""Who may call what: a table of every address of the site, walked by the tests.

Each module here that has ROWS is a table: `site` for pages, the others for programs.
A row is the address as its patterns spell it, and for each of its methods who is let
in, for programs with the scope that is needed:

    "api/v1/images/{image_id}": row("GET viewer read", image_id="image"),

`image_id` stands in the address; "image" is one of the THINGS, made in `world` or in
the table: something of the contributor in the team of all but the outsider. "=320" is
put in as it is. What a call must carry to be let in is `sends={"POST": {...}}`, where
"{image}" is a thing, too; what is sent is JSON unless `FORM = True`.

Who: anyone · holder (of an address that is itself the key) · person (who is signed in,
whatever team) · viewer · contributor · editor · owner (of the team) · own (the
contributor alone) · staff · nobody. ANY stands for all methods.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
ROLES = ["viewer", "contributor", "editor", "owner"]
PEOPLE = [*ROLES, "outsider"]
FREE = {"anyone", "holder"}
WHO = {*FREE, "person", "own", "staff", "nobody", *ROLES}
# Pages of libraries: one row for all that lies under it.
UNDER = "**"


@dataclass(frozen=True)
class Way:
    """One method of an address: who is let in, with which scope."""

    who: str
    scope: str = ""

    def lets_in(self, person: str) -> bool:
        if self.who in ROLES:
            allowed = ROLES[ROLES.index(self.who) :]
        else:
            alone = {"own": ["contributor"], "staff": [], "nobody": []}
            allowed = alone.get(self.who, PEOPLE)
        return person in allowed


@dataclass(frozen=True)
class Row:
    """One address: its ways by method, the things in it, what its calls carry."""

    ways: Mapping[str, Way]
    things: Mapping[str, str] = field(default_factory=dict)
    sends: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def row(
    ways: str, *, sends: Mapping[str, Mapping[str, Any]] | None = None, **things: str
) -> Row:
    """Read a row: "GET viewer read, POST contributor upload"."""
    found = {}
    for one in ways.split(","):
        method, *rest = one.split()
        assert method in {*METHODS, "ANY"}, method
        assert rest[0] in WHO, rest[0]
        for name in METHODS if method == "ANY" else [method]:
            found[name] = Way(*rest)
    return Row(found, things, sends or {})


@dataclass(frozen=True)
class Table:
    """The rows of one module, and how its addresses are called and refuse."""

    name: str
    rows: Mapping[str, Row]
    things: Mapping[str, Callable[[Any], object]]
    # Which headers show a token: (token, key pair, method, path) -> headers.
    shown: Callable[..., dict[str, str]]
    # What is answered to who shows no good token: one status, or several.
    unknown: Collection[int]
    lacking: int
    form: bool

    @classmethod
    def of(cls, module: ModuleType) -> Table:
        unknown = getattr(module, "UNKNOWN", 401)
        return cls(
            module.__name__.rpartition(".")[2],
            module.ROWS,
            getattr(module, "THINGS", {}),
            getattr(module, "shown", bearer),
            (unknown,) if isinstance(unknown, int) else unknown,
            getattr(module, "LACKING", 403),
            getattr(module, "FORM", False),
        )

    def used(self) -> set[str]:
        """Name the things that stand in its rows."""
        said = {value for one in self.rows.values() for value in one.things.values()}
        found = {one for one in said if one[:1] != "="}
        return found.union(*(used(one.sends) for one in self.rows.values()))

    @property
    def is_site(self) -> bool:
        return self.name in {"site", "accounts"}


def used(sends: object) -> set[str]:
    """Name the things in what calls carry."""
    return set(re.findall(r"'{(\w+)}'", str(sends)))


def bearer(token: str, **_how: object) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def tables() -> list[Table]:
    """Return the tables, one for each module here that has ROWS."""
    names = [one.name for one in pkgutil.iter_modules(__path__)]
    found = [import_module(f"{__name__}.{name}") for name in names]
    return [Table.of(one) for one in found if hasattr(one, "ROWS")]


def routes() -> dict[str, Any]:
    """Return every address of the site, as its patterns spell it, with its view.

    One with a slash at its end is left out where it is the same without.
    """
    found = {name: one.callback for name, one in walked(get_resolver())}
    return {
        name: view
        for name, view in found.items()
        if not (name.endswith("/") and found.get(name[:-1]) is view)
    }


def walked(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        name = prefix + str(one.pattern)
        if isinstance(one, URLPattern):
            yield name, one
        else:
            yield from walked(one, name)
