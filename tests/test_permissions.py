"""Who may call what: every address of the site, crossed with everybody there is."""

import re
from functools import partial

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from imaging.auditing.deeds import WORDS
from imaging.auditing.requests import QUIET, action_of
from imaging.models import AuditEvent
from tests.permissions import FREE, METHODS, PEOPLE, UNDER
from tests.permissions.calls import (
    API,
    CALLED,
    CHECKED_AS_READ,
    HELD,
    KEPT,
    ROUTES,
    SITE,
    TABLES,
    WRITES,
    asked,
    call,
    is_refused,
    seen,
)
from tests.permissions.world import World

pytestmark = pytest.mark.django_db
OURS = [route for route in CALLED if TABLES[route].name != "accounts"]


def covered(route: str) -> bool:
    under = [one.removesuffix(UNDER) for one in TABLES if one.endswith(UNDER)]
    return route in TABLES or any(route.startswith(one) for one in under)


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    lacking = [route for route in ROUTES if not covered(route)]
    words = "\n".join(
        f'    "{route}": row("GET viewer read"{names(route)}),' for route in lacking
    )
    assert not lacking, (
        "No table in tests/permissions has a row for these. Add them to the table of "
        f"their room, each with its methods, who may, and the things in it:\n{words}"
    )
    gone = [one for one in CALLED if one not in ROUTES]
    assert not gone, (
        f"There are no such addresses any more, take their rows out: {gone}"
    )


def names(route: str) -> str:
    found = re.findall(r"[<{](?:\w+:)?(\w+)[>}]", route)
    return "".join(f', {name}="image"' for name in found)


@pytest.mark.parametrize("route", OURS)
def test_an_address_takes_the_methods_of_its_row_alone(
    route: str, world: World
) -> None:
    made = call(world, route)
    for method in METHODS:
        status = asked(made.by, "owner", method, made.own).status_code
        row = f"{route}: {method} in tests/permissions/{made.table.name}.py"
        assert (status != 405) == (method in made.row.ways), f"{row} answers {status}"


@pytest.mark.parametrize("route", CALLED)
def test_only_whom_the_row_names_is_let_in(route: str, world: World) -> None:
    made = call(world, route)
    for method, way in made.row.ways.items():
        for person in PEOPLE:
            answer = asked(made.by, person, method, made.own)
            what = f"{method} {route} as {person} answers {answer.status_code}"
            assert is_refused(answer) != way.lets_in(person), what


@pytest.mark.parametrize("route", CALLED)
def test_what_is_foreign_is_as_absent_as_what_is_not_there(
    route: str, world: World
) -> None:
    made = call(world, route)
    for method, way in made.row.ways.items():
        if way.who == "holder":
            nothing = made.absent(*made.varied(method))
            assert is_refused(asked(made.anonymous, method, nothing)), route
        if way.who in FREE or not made.varied(method):
            continue
        foreign = asked(made.by, "outsider", method, made.own)
        absent = made.absent(*made.varied(method))
        nothing = asked(made.by, "outsider", method, absent)
        assert foreign.status_code == 404, f"{method} {route}: {foreign.status_code}"
        assert seen(foreign) == seen(nothing), (
            f"{method} {route}: foreign and absent differ"
        )
        for one in made.varied(method):
            status = asked(made.by, "owner", method, made.absent(one)).status_code
            assert status == 404, f"{method} {route} without its {one}: {status}"


@pytest.mark.parametrize("route", HELD)
def test_an_address_that_is_over_opens_nothing(route: str, world: World) -> None:
    made = call(world, route)
    world.end()
    for method in made.row.ways:
        status = asked(made.anonymous, method, made.own).status_code
        assert status in {403, 404, 410}, f"{method} {route}: {status}"


@pytest.mark.parametrize("route", SITE)
def test_who_is_not_signed_in_is_let_in_by_no_page(route: str, world: World) -> None:
    made = call(world, route)
    for method, way in made.row.ways.items():
        answer = asked(made.anonymous, method, made.own)
        what = f"{method} {route} for nobody answers {answer.status_code}"
        assert is_refused(answer) != (way.who in FREE), what


@pytest.mark.parametrize("route", SITE)
def test_no_other_site_can_press_a_button(route: str, world: World) -> None:
    made = call(world, route)
    for method in set(made.row.ways) - {"GET"}:
        client = Client(enforce_csrf_checks=True)
        client.cookies = world.client("owner").cookies
        answer = asked(made.ask, client, method, made.own)
        assert answer.status_code == 403, f"{method} {route}: {answer.status_code}"


@pytest.mark.parametrize("route", API)
def test_a_program_without_a_good_token_is_not_let_in(route: str, world: World) -> None:
    made = call(world, route)
    for method, way in made.row.ways.items():
        if way.who in {*FREE, "nobody"}:
            continue
        answers = {
            "nothing": asked(made.anonymous, method, made.own),
            "a session": asked(made.cookie, "owner", method, made.own),
            "a revoked token": asked(made.token, world.revoked, method, made.own),
            "an expired token": asked(made.token, world.expired, method, made.own),
        }
        for shown, answer in answers.items():
            what = f"{method} {route} with {shown}: {answer.status_code}"
            assert answer.status_code in made.table.unknown, what


@pytest.mark.parametrize("route", API)
def test_a_program_does_only_what_its_scopes_say(route: str, world: World) -> None:
    made = call(world, route)
    for method, way in made.row.ways.items():
        if way.who in {*FREE, "nobody"}:
            continue
        answer = asked(
            lambda m=method, w=way: made.token(made.without(w.scope), m, made.own)
        )
        what = f"{method} {route} without {way.scope or 'a scope'}"
        if way.scope:
            assert answer.status_code == made.table.lacking, what
        else:
            assert not is_refused(answer), what


def test_only_what_programs_call_goes_without_a_check_of_origin() -> None:
    exempt = {
        one for one, view in ROUTES.items() if getattr(view, "csrf_exempt", False)
    }
    changing = {
        route
        for route in API
        for method, way in TABLES[route].rows[route].ways.items()
        if method != "GET" and way.who not in {"anyone", "nobody"}
    }
    assert changing <= exempt, "No program has a cookie to prove where it comes from."
    told = "What takes cookies must know that a page of ours asks."
    assert exempt <= set(API) | CHECKED_AS_READ, told


@pytest.mark.parametrize("who", [*PEOPLE, ""])
def test_nobody_but_the_operator_enters_the_console(who: str, world: World) -> None:
    client = world.client(who) if who else Client()
    for route in ROUTES:
        if route.startswith("admin/") and route != "admin/logout/":
            path = "/" + re.sub(r"<[^>]+>|\(.*\)|[$^]|\\", "1", route)
            assert is_refused(asked(client.get, path)), route
    assert reverse("admin:index") == "/admin/"


CHANGING = [
    (route, method)
    for route in CALLED
    for method, way in TABLES[route].rows[route].ways.items()
    if method != "GET" and way.who != "nobody"
]


@pytest.mark.parametrize(("route", "method"), CHANGING)
def test_what_changes_something_is_in_the_audit_log(
    route: str, method: str, world: World
) -> None:
    made = call(world, route)
    path = made.path(method, made.own).partition("?")[0]
    action = action_of(resolve(path), method)
    known = action in WORDS or action in QUIET
    assert known, f"{action}: say it in auditing/deeds.py, or why not in requests.QUIET"
    way = made.row.ways[method]
    person = "contributor" if way.lets_in("contributor") else "owner"
    ask = made.anonymous if way.who in FREE else partial(made.by, person)
    before = list(AuditEvent.objects.values_list("pk", flat=True))
    with transaction.atomic():
        with CaptureQueriesContext(connection) as asked_for:
            answer = ask(method, made.own)
        events = AuditEvent.objects.exclude(pk__in=before)
        noted = list(events.values_list("action", flat=True))
        transaction.set_rollback(True)
    writes = {
        found[1] for one in asked_for if (found := WRITES.match(one["sql"]))
    } - KEPT
    assert WORDS.keys() >= set(noted), "say it in auditing/deeds.py"
    changed = answer.status_code < 400 and bool(writes)
    assert noted or action in QUIET or not changed, (answer.status_code, writes)
