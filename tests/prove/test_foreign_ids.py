"""Ids of another team in whatever field of a call: as if nothing had such an id."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from imaging.api.native import api
from tests.permissions import bearer
from tests.permissions.calls import TABLES, VARYING, asked, call, seen
from tests.permissions.world import Call, World

pytestmark = [pytest.mark.prove, pytest.mark.django_db]
PLACES = ["image", "gallery", "batch", "task", "share", "picks", "subject", "delivery"]
# The fields that hold an id of something, and of what.
FIELDS = {
    **dict.fromkeys(["image", "images", "cover", "parent"], ["image", "hung"]),
    **{one: [one] for one in ["team", "batch", "subject", "recipe", "picks"]},
    "before": PLACES,
    "link": ["share"],
    "user": ["membership"],
    "people": ["subject", "membership"],
}
# What is drawn or written down as something is made.
MADE = r'\d{4}-\d\d-\d\dT[\d:.]+Z|dr_\w+|/s/[\w-]+|"token": "[\w-]+'
LISTS = {"images", "people"}
NATIVE = [
    one
    for one, table in TABLES.items()
    if table.name == "native" and not one.startswith(("^", "presigned", "signed"))
]


@pytest.fixture(scope="module")
def theirs(world: World, django_db_blocker: DjangoDbBlocker) -> World:
    """Another team with one of each thing; the two know nothing of one another."""
    with django_db_blocker.unblock():
        return World("example.org")


def things(world: World, kind: str) -> Any:
    found = [made for (_table, name), made in world.things.items() if name == kind]
    assert found, f"No table has a {kind}."
    return found[0]


def declared(made: Call, method: str) -> set[str]:
    """Return the fields that a call's description names."""
    schema = api.get_openapi_schema()
    paths = {re.sub(r"{\w+}", "{}", one): ways for one, ways in schema["paths"].items()}
    way = paths.get("/" + re.sub(r"<\w+:\w+>", "{}", made.route), {})
    said = way.get(method.lower(), {})
    shapes = re.findall(r"#/components/schemas/(\w+)", str(said.get("requestBody")))
    asked_for = said.get("parameters", [])
    fields = {one["name"] for one in asked_for if one["in"] == "query"}
    for shape in shapes:
        fields |= set(schema["components"]["schemas"][shape].get("properties", {}))
    return fields


def send(made: Call, method: str, field: str, value: str) -> tuple[int, str, str]:
    """Make a call as its owner, with one more field: in its body, else its query."""
    path, sent = made.path(method, made.own), made.sent(method, made.own)
    said = [value] if field in LISTS else value
    if method == "GET":
        path += f"{'&' if '?' in path else '?'}{field}={value}"
    else:
        sent = {**sent, "data": {**sent.get("data", {}), field: said}}
    client = Client(headers=bearer(made.world.tokens["owner"][1]))
    answer = getattr(client, method.lower())(path, **sent)
    status, where, said = seen(answer)
    return status, re.sub(VARYING, "", where), re.sub(MADE, "", said)


def test_no_field_of_a_call_tells_foreign_from_absent(
    world: World, theirs: World, proved: Callable[[str], None]
) -> None:
    tried, told = 0, []
    for route in NATIVE:
        made = call(world, route)
        for method in made.row.ways:
            for field in declared(made, method) & set(FIELDS):
                nothing = asked(send, made, method, field, str(uuid.uuid4()))
                for kind in FIELDS[field]:
                    foreign = str(things(theirs, kind))
                    answer = asked(send, made, method, field, foreign)
                    if answer != nothing:
                        what = (method, route, field, kind, answer, nothing)
                        told.append(what)
                    tried += 1
    assert not told, told
    assert tried
    proved(f"{tried:,} ids of another team in fields of {len(NATIVE)} calls: absent.")


def test_every_id_that_the_api_reads_is_among_the_fields() -> None:
    schema = api.get_openapi_schema()
    found = {
        one["name"]
        for ways in schema["paths"].values()
        for way in ways.values()
        for one in way.get("parameters", [])
        if one["in"] == "query" and "uuid" in str(one["schema"])
    }
    for name, shape in schema["components"]["schemas"].items():
        if name.endswith(("In", "Change", "Move", "Asked")):
            found |= {
                field
                for field, said in shape.get("properties", {}).items()
                if "'uuid'" in str(said)
            }
    assert found
    assert found <= set(FIELDS), found - set(FIELDS)
