"""The pages of share links: all that a link allows, its code, and the team's list."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from imaging.models import Gallery, ShareLink, Team, User
from tests.sharing import change
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
FLAGS = ("picks", "uploads", "as_they_are")


@pytest.fixture
def link(studio: Team, alice: User) -> ShareLink:
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Wedding")
    return ShareLink.objects.make(gallery, alice, name="For Anna")


def seen(user: User, team: Team, state: str = "") -> list[str]:
    found = of(user, team).get(f"/links/?state={state}").context["links"]
    return [one.name for one, _address in found]


def test_what_a_link_allows_is_filled_in_and_changed(
    link: ShareLink, alice: User
) -> None:
    client = of(alice)
    form = {"name": "For Jörg", "mode": "full", **dict.fromkeys(FLAGS, "on")}
    assert client.post(f"/galleries/{link.gallery_id}/links/", form).status_code == 302
    made = ShareLink.objects.get(name="For Jörg")
    assert [getattr(made, one) for one in FLAGS] == [True] * 3
    there = f"/links/{made.pk}/"
    assert client.post(there, {"name": "For all", "mode": "view"}).status_code == 302
    changed = ShareLink.objects.get(pk=made.pk)
    assert [getattr(changed, one) for one in FLAGS] == [False] * 3
    assert (changed.token, changed.name) == (made.token, "For all")


def test_the_team_sees_its_links_by_their_state(
    link: ShareLink, alice: User, bob: User, charlie: User
) -> None:
    now, make = timezone.now(), ShareLink.objects.make
    for name, expires in (
        ("soon", now + timedelta(days=1)),
        ("ended", now - timedelta(1)),
        ("endless", None),
    ):
        make(link.gallery, alice, name=name, expires=expires)
    make(link.gallery, alice, name="off").revoke()
    assert len(seen(alice, link.team)) == 5
    assert set(seen(alice, link.team, "open")) == {"For Anna", "soon", "endless"}
    assert seen(alice, link.team, "soon") == ["soon"]
    assert set(seen(alice, link.team, "over")) == {"ended", "off"}
    assert seen(charlie, charlie.own_teams()[0]) == []
    bob.memberships.update(role="viewer")
    assert seen(bob, link.team) == []


def test_many_links_take_few_queries(
    link: ShareLink, alice: User, django_assert_max_num_queries: Any
) -> None:
    for n in range(60):
        ShareLink.objects.make(link.gallery, alice, name=str(n))
    client = of(alice, link.team)
    with django_assert_max_num_queries(12, connection=connection):
        answer = client.get("/links/")
    assert len(answer.context["links"]) == 50
    assert f"after={answer.context['last'].pk}" in answer.text


def test_its_address_is_drawn_while_it_is_open(
    link: ShareLink, alice: User, charlie: User, client: Client
) -> None:
    there = f"/links/{link.pk}/qr.svg"
    answer = of(alice).get(there)
    assert answer["Content-Type"] == "image/svg+xml"
    assert b"<path" in answer.content
    first = answer.content
    assert of(charlie).get(there).status_code == 404
    other = ShareLink.objects.make(link.gallery, alice)
    assert of(alice).get(f"/links/{other.pk}/qr.svg").content != first
    change(link, revoked=timezone.now())
    assert of(alice).get(there).status_code == 404


def test_one_press_switches_it_off(link: ShareLink, alice: User) -> None:
    answer = of(alice).post(f"/links/{link.pk}/revoke/", {"next": "/links/"})
    assert (answer.status_code, answer["Location"]) == (302, "/links/")
    assert ShareLink.objects.get().state == "revoked"
