"""Every address of the site with its table; calls of them, and what comes of a call."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from tests.permissions import UNDER, routes, tables
from tests.permissions.world import Call, World

ROUTES = routes()
TABLES = {route: table for table in tables() for route in table.rows}
CALLED = [route for route in TABLES if not route.endswith(UNDER)]
API = [route for route in CALLED if not TABLES[route].is_site]
SITE = [route for route in CALLED if TABLES[route].is_site]
HELD = [
    route
    for route in CALLED
    if "holder" in {way.who for way in TABLES[route].rows[route].ways.values()}
]
# Strangers' files: the token of the form is looked at where the form is read.
CHECKED_AS_READ = {"s/<str:named>/uploads/"}
# What differs between two answers that say the same.
VARYING = r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|csrf\w*" value="\w+|Token": "\w+'
# What is written in any request, whatever it does.
WRITES = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
KEPT = {"cache", "django_session", "imaging_calls", "imaging_apitoken"}
SIGN_IN = re.compile(r"/accounts/login/|/admin/login/")


def call(world: World, route: str) -> Call:
    table = TABLES[route]
    return Call(world, table, route, table.rows[route])


def asked(how: Any, *what: Any) -> HttpResponse:
    """Make one call; what it has changed is taken back."""
    with transaction.atomic():
        answer = how(*what)
        transaction.set_rollback(True)
    return answer


def is_refused(answer: HttpResponse) -> bool:
    if answer.status_code == 302:
        return bool(SIGN_IN.search(answer["Location"]))
    # 460 is how one vendor says 401.
    return answer.status_code in {401, 403, 404, 405, 460}


def seen(answer: HttpResponse) -> tuple[int, str, str]:
    """Return what an answer shows, but for what varies from call to call."""
    said = "" if answer.streaming else re.sub(VARYING, "", answer.text)
    return answer.status_code, answer.get("Location", ""), said
