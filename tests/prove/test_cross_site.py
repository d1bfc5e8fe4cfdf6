"""Another site in the same browser: each unsafe method of every address there is."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve

from tests.permissions import METHODS
from tests.permissions.calls import (
    CALLED,
    CHECKED_AS_READ,
    KEPT,
    ROUTES,
    WRITES,
    asked,
    call,
    seen,
)
from tests.permissions.world import Call, World

pytestmark = [pytest.mark.prove, pytest.mark.django_db]
UNSAFE = [one for one in METHODS if one != "GET"]
HERE = "http://testserver"
ELSEWHERE = {
    "no token": {},
    "a made-up token": {"x-csrftoken": "x" * 64},
    "from elsewhere": {"origin": "https://elsewhere.example"},
    "from nowhere": {"origin": "null"},
    "from a name like ours": {"origin": "http://testserver.example"},
    "from our name, another port": {"origin": "http://testserver:81"},
}
SAMPLES = {"uuid": str(uuid.UUID(int=7)), "uuidstr": str(uuid.UUID(int=7)), "int": "1"}
# The page that explains our API has the frame of all pages, with one's name in it.
SHOWING = {"api/v1/docs"}
# What is written when a page is merely opened, and why that is no act.
OPENED = {
    "images/<uuid:pk>/": {"imaging_notice"},  # what it told of has been seen
    "batches/<uuid:pk>/": {"imaging_notice"},
    "notices/<uuid:pk>/": {"imaging_notice"},
    "s/<str:named>": {"imaging_sharelink"},  # how often it was opened
    # The copy without a camera's notes, which the worker had not made yet.
    "s/<str:named>/zip": {"imaging_blob"},
    "s/<str:named>/<uuid:pk>/download": {"imaging_blob"},
}


def told(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that it was the check of origins that refused, and why."""
    return HttpResponse(reason, status=403, headers={"X-Refused-As": "forged"})


@pytest.fixture(autouse=True)
def _say_why(settings: LazySettings) -> None:
    settings.CSRF_FAILURE_VIEW = f"{__name__}.told"


def called(world: World, route: str) -> Call | None:
    """Return how its row calls an address; None of one that a single row covers."""
    return call(world, route) if route in CALLED else None


def path_of(world: World, route: str) -> str:
    """Return an address of a route: that of its row, else one with sample values."""
    made = called(world, route)
    if made and (not route.startswith("^") or "address" in made.own):
        return made.path("POST", made.own)
    # Of words to choose from, the first; of any others, a number.
    plain = re.sub(r"\(\?P<\w+>(\w+)\|.*?\)", r"\1", route)
    plain = re.sub(r"\(\?P<\w+>.*\)", "1", plain)
    plain += "nothing" if route.startswith("^") else ""
    plain = re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1], "1"), plain)
    return "/" + re.sub(r"[\^$\\]", "", plain)


def is_forged(answer: HttpResponse) -> bool:
    return answer.status_code == 403 and answer.get("X-Refused-As") == "forged"


def checked(route: str) -> bool:
    """Tell whether this address must know that a page of ours asks."""
    return not getattr(ROUTES[route], "csrf_exempt", False) or route in CHECKED_AS_READ


def sent(client: Client, method: str, path: str, **headers: str) -> HttpResponse:
    return asked(lambda: client.generic(method, path, headers=headers))


def test_every_address_is_met_by_the_path_that_is_tried(world: World) -> None:
    strayed = {}
    for route in ROUTES:
        path = path_of(world, route).partition("?")[0]
        with suppress(Resolver404):
            if resolve(path).route.replace("^", "") == route.replace("^", ""):
                continue
        strayed[route] = path
    assert strayed == {}


def test_another_site_presses_no_button_anywhere(
    world: World, proved: Callable[[str], None]
) -> None:
    tried, routes = 0, [one for one in ROUTES if checked(one)]
    client = world.client("owner", enforce_csrf_checks=True)
    token = signed_form(client)
    for route in routes:
        path = path_of(world, route)
        for method in UNSAFE:
            for what, headers in ELSEWHERE.items():
                # Even with the right token, which another site cannot know.
                good = {"x-csrftoken": token} if "origin" in headers else {}
                answer = sent(client, method, path, **good, **headers)
                known = is_forged(answer) or (
                    route in CHECKED_AS_READ and answer.status_code == 405
                )
                assert known, f"{method} {route}, {what}: {answer}"
                tried += 1
            answer = sent(client, method, path, origin=HERE, **{"x-csrftoken": token})
            assert not is_forged(answer), f"{method} {route}: ours is refused, too"
    ways = len(ELSEWHERE)
    proved(
        f"{len(routes)} addresses that take a session x {len(UNSAFE)} methods x {ways} "
        f"ways to come from another site: {tried:,} of {tried:,} refused with 403."
    )


def signed_form(client: Client) -> str:
    """Return the token of a page of ours, as its forms send it."""
    page = client.get("/galleries/add/")
    found = re.search(r'csrfmiddlewaretoken" value="(\w+)', page.text)
    assert found
    return found[1]


def test_doors_that_take_no_cookie_answer_as_if_there_were_none(
    world: World, proved: Callable[[str], None]
) -> None:
    tried, routes = 0, [one for one in set(ROUTES) - SHOWING if not checked(one)]
    browsers = [Client(), world.client("owner"), world.client("contributor")]
    for route in routes:
        path, made = path_of(world, route), called(world, route)
        for method in METHODS:
            answers = []
            for client in browsers:
                if made and not route.startswith("^"):
                    answer = asked(made.ask, client, method, made.own)
                else:
                    answer = sent(client, method, path)
                answers.append(seen(answer))
                tried += 1
            assert len(set(answers)) == 1, f"{method} {route}: {answers}"
    proved(
        f"{len(routes)} doors for programs and signed addresses x {len(METHODS)} "
        f"methods, with and without a session's cookie: {tried:,} answers, no "
        "difference."
    )


def test_opening_a_page_changes_nothing(
    world: World, proved: Callable[[str], None]
) -> None:
    routes = [one for one in ROUTES if checked(one) and called(world, one)]
    acts = {}
    for route in routes:
        made = called(world, route)
        assert made
        with transaction.atomic():
            with CaptureQueriesContext(connection) as queries:
                made.ask(world.client("contributor"), "GET", made.own)
            transaction.set_rollback(True)
        wrote = {found[1] for one in queries if (found := WRITES.match(one["sql"]))}
        if more := wrote - KEPT - OPENED.get(route, set()):
            acts[route] = more
    assert acts == {}
    proved(
        f"{len(routes)} pages opened by a link from elsewhere: none changes a thing."
    )
