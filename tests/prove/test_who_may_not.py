"""Everybody who may not any more, at every address: as far away as who never could."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from imaging.models import GuestUpload, Membership, ShareLink, User
from tests.permissions import FREE, PEOPLE
from tests.permissions.calls import (
    API,
    CALLED,
    HELD,
    SITE,
    asked,
    call,
    is_refused,
    seen,
)
from tests.permissions.world import World

pytestmark = [pytest.mark.prove, pytest.mark.django_db]


def suspend(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def sign_out(person: User) -> None:
    person.sign_out_everywhere()


def change_password(person: User) -> None:
    person.set_password("another password of hers")
    person.save()


@pytest.mark.parametrize("end", [suspend, sign_out, change_password])
def test_a_session_that_is_over_is_none(
    world: World, end: Callable[[User], None], proved: Callable[[str], None]
) -> None:
    for name in PEOPLE:
        end(world.people[name])
    ways = 0
    for route in SITE:
        made = call(world, route)
        for method in made.row.ways:
            nobody = seen(asked(made.anonymous, method, made.own))
            for person in ("owner", "contributor"):
                over = seen(asked(made.cookie, person, method, made.own))
                assert over == nobody, f"{method} {route} as {person}: {over[:2]}"
                ways += 1
    proved(f"{ways} calls after `{end.__name__}`: each as if nobody were signed in.")


def test_the_tokens_of_who_is_suspended_are_none(world: World) -> None:
    for name in PEOPLE:
        suspend(world.people[name])
    for route in API:
        made = call(world, route)
        for method, way in made.row.ways.items():
            if way.who in {*FREE, "nobody"}:
                continue
            status = asked(made.by, "owner", method, made.own).status_code
            assert status in made.table.unknown, f"{method} {route}: {status}"


def test_who_was_taken_out_of_a_team_is_as_far_away_as_a_stranger(
    world: World, proved: Callable[[str], None]
) -> None:
    # Their own things stay theirs, so it is a viewer, who has none.
    out = world.people["viewer"]
    Membership.objects.filter(team=world.team, user=out).delete()
    ways = 0
    for route in CALLED:
        made = call(world, route)
        for method, way in made.row.ways.items():
            if way.who in {*FREE, "person"} or not made.varied(method):
                continue
            stranger = asked(made.by, "outsider", method, made.own)
            answer = asked(made.by, "viewer", method, made.own)
            same = answer.status_code == stranger.status_code and is_refused(answer)
            assert same, f"{method} {route}: {answer.status_code}"
            ways += 1
    proved(
        f"{ways} calls by somebody taken out of the team: each refused as a stranger."
    )


@pytest.mark.parametrize("route", HELD)
def test_no_refusal_tells_head_apart_from_get(route: str, world: World) -> None:
    made = call(world, route)
    if "GET" not in made.row.ways:
        return
    path = made.path("GET", made.absent(*made.varied("GET")))
    answer = asked(lambda: Client().head(path))
    assert is_refused(answer), answer.status_code


LINKS = [one for one in HELD if one.startswith("s/")]
LATER = timedelta(seconds=1)
ENDS = {
    "revoked": lambda now: {"revoked": now},
    "expired": lambda now: {"expires": now - LATER},
    "its gallery deleted": lambda _now: {"gallery": None},
}


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("route", LINKS)
def test_a_link_that_is_over_says_so_and_nothing_else(
    route: str, how: str, world: World
) -> None:
    made = call(world, route)
    ShareLink.objects.filter(pk=world.share.pk).update(**ENDS[how](timezone.now()))
    for method in made.row.ways:
        for ask in (made.anonymous, lambda *what: made.cookie("owner", *what)):
            answer = asked(ask, method, made.own)
            assert answer.status_code == 410, f"{method} {route}: {answer.status_code}"
            assert str(world.share.gallery_id) not in answer.text
            assert "Wedding" not in answer.text


def test_a_limit_that_is_reached_closes_the_files_alone(world: World) -> None:
    ShareLink.objects.filter(pk=world.share.pk).update(download_limit=0)
    for route in LINKS:
        made = call(world, route)
        taking = route.endswith(("/download", "/zip"))
        for method in made.row.ways:
            status = asked(made.anonymous, method, made.own).status_code
            assert (status == 403) == taking, f"{method} {route}: {status}"


def test_a_guest_sees_the_pictures_of_no_other_guest(world: World) -> None:
    other = GuestUpload.objects.get()
    base = f"/s/{world.share.token}/uploads/{other.pk}"
    absent = f"/s/{world.share.token}/uploads/{world.team.pk}"
    for person in (Client(), world.client("outsider")):
        theirs, none = person.get(f"{base}/320"), person.get(f"{absent}/320")
        assert theirs.status_code == none.status_code == 404
        assert seen(theirs) == seen(none)
