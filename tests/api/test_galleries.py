"""Galleries and share links for programs."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from imaging.models import Gallery, Image, Membership, Role, ShareLink, Team, User
from tests.api.calling import with_token
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]
ROOT = "/api/v1/galleries"


@pytest.fixture
def program(bob: User) -> Client:
    return with_token(bob)


@pytest.fixture
def images(studio: Team) -> list[Image]:
    return [an_image(studio, bytes([n]), f"{n}.jpg") for n in range(5)]


def send(
    program: Client, method: str, path: str, said: Any = None, **headers: str
) -> HttpResponse:
    return program.generic(
        method,
        path,
        b"" if said is None else json.dumps(said, default=str),
        "application/json",
        headers={name.replace("_", "-"): one for name, one in headers.items()},
    )


def a_gallery(program: Client, team: Team, **fields: Any) -> dict[str, Any]:
    answer = send(program, "POST", ROOT, {"name": "Wedding", "team": team.pk} | fields)
    assert answer.status_code == 201, answer.text
    assert answer["Location"] == answer.json()["url"]
    return dict(answer.json())


def names(program: Client, gallery: dict[str, Any], **query: Any) -> list[str]:
    return [
        one["image"]["name"]
        for one in program.get(gallery["items_url"], query).json()["items"]
    ]


def test_a_gallery_is_made_filled_ordered_and_read(
    program: Client, studio: Team, images: list[Image]
) -> None:
    made = a_gallery(program, studio)
    ids = [one.pk for one in images]
    added = send(program, "POST", made["items_url"], {"images": ids[:4]}).json()
    assert added == {"added": [str(pk) for pk in ids[:4]], "size": 4}
    again = send(program, "POST", made["items_url"], {"images": ids}).json()
    assert again == {"added": [str(ids[4])], "size": 5}
    move = {"images": [ids[4], ids[2]], "before": ids[1]}
    said = send(program, "POST", made["items_url"] + "/move", move)
    assert said.json() == {"moved": 2}
    order = ["0.jpg", "4.jpg", "2.jpg", "1.jpg", "3.jpg"]
    assert names(program, made) == order
    assert send(program, "DELETE", f"{made['items_url']}/{ids[0]}").status_code == 204
    changed = send(program, "PATCH", made["url"], {"name": "Party", "cover": ids[3]})
    assert changed.json()["cover"] == str(ids[3])
    assert (changed.json()["name"], changed.json()["size"]) == ("Party", 4)
    assert program.get(ROOT).json()["items"] == [changed.json() | stamped(program)]
    assert send(program, "DELETE", made["url"]).status_code == 204
    assert program.get(made["url"]).status_code == 404
    assert Image.objects.count() == 5


def stamped(program: Client) -> dict[str, Any]:
    """Return what is signed anew with each answer."""
    return {"cover_url": program.get(ROOT).json()["items"][0]["cover_url"]}


def test_its_pictures_come_page_by_page_whatever_is_taken_out_meanwhile(
    program: Client, studio: Team, images: list[Image]
) -> None:
    made = a_gallery(program, studio)
    send(program, "POST", made["items_url"], {"images": [one.pk for one in images]})
    first = program.get(made["items_url"], {"limit": 2}).json()
    Gallery.objects.get().take_out([images[1].pk])
    found, following = first["items"], first["next"]
    while following:
        page = program.get(made["items_url"], {"limit": 2, "cursor": following}).json()
        found, following = found + page["items"], page["next"]
    assert [one["number"] for one in found] == [1, 2, 3, 4, 5]
    for cursor in ("rubbish", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5IDA", "é"):
        answer = program.get(made["items_url"], {"cursor": cursor})
        assert answer.status_code == 422


def test_what_is_sent_twice_with_one_key_is_made_once(
    program: Client, studio: Team
) -> None:
    said = {"name": "Wedding", "team": studio.pk}
    answers = [
        send(program, "POST", ROOT, said, Idempotency_Key="k").json() for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert Gallery.objects.count() == 1
    shares = answers[0]["shares_url"]
    for _ in range(2):
        assert send(program, "POST", shares, {}, Idempotency_Key="s").status_code == 201
    assert ShareLink.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"name": " "}, 422),
        ({"name": "n" * 151}, 422),
        ({"visibility": "all"}, 422),
        ({"cover": "f" * 32}, 422),
        ({"description": "d" * 2_001}, 422),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    program: Client, studio: Team, said: dict[str, Any], status: int
) -> None:
    made = a_gallery(program, studio)
    assert send(program, "PATCH", made["url"], said).status_code == status
    assert program.get(made["url"]).json() == made


def test_pictures_of_another_team_do_not_come_in(
    program: Client, studio: Team, images: list[Image], bob: User
) -> None:
    made = a_gallery(program, studio)
    own = an_image(bob.own_teams()[0], b"own")
    both = {"images": [images[0].pk, own.pk]}
    assert send(program, "POST", made["items_url"], both).status_code == 404
    assert names(program, made) == []


def test_who_did_not_make_a_gallery_does_not_hide_it(
    program: Client, studio: Team, alice: User
) -> None:
    made = a_gallery(with_token(alice), studio)
    hidden = {"visibility": "private"}
    assert send(program, "PATCH", made["url"], hidden).status_code == 403
    assert send(with_token(alice), "PATCH", made["url"], hidden).status_code == 200
    assert program.get(made["url"]).status_code == 404


def test_a_link_is_made_read_changed_and_revoked(program: Client, studio: Team) -> None:
    made = a_gallery(program, studio)
    said = {"name": "For Anna", "mode": "web", "password": "x", "download_limit": 3}
    link = send(program, "POST", made["shares_url"], said).json()
    assert (link["state"], link["left"], link["has_password"]) == ("open", 3, True)
    assert "password" not in link
    assert Client().get(link["url"]).status_code == 200
    ends = timezone.now() + timedelta(days=14)
    assert link["expires"][:10] == ends.isoformat()[:10]
    change = {"password": None, "expires": None}
    changed = send(program, "PATCH", link["self_url"], change).json()
    assert changed == link | {"has_password": False, "expires": None}
    assert program.get(made["shares_url"]).json() == {"items": [changed], "next": None}
    Client().get(link["url"])
    revoked = send(program, "POST", link["revoke_url"]).json()
    assert (revoked["state"], revoked["opens"]) == ("revoked", 1)
    assert Client().get(link["url"]).status_code == 410


@pytest.mark.parametrize(
    "said",
    [
        {"mode": "all"},
        {"expires": "2020-01-01T00:00:00Z"},
        {"expires": "0001-01-01T00:00:00+14:00"},
        {"download_limit": 0},
        {"download_limit": 2**31},
        {"name": "n" * 151},
        {"name": None},
        {"mode": None},
        {"password": "p" * 129},
    ],
)
def test_a_senseless_link_is_neither_made_nor_changed(
    program: Client, studio: Team, said: dict[str, Any]
) -> None:
    made = a_gallery(program, studio)
    assert send(program, "POST", made["shares_url"], said).status_code == 422
    link = send(program, "POST", made["shares_url"], {}).json()
    assert send(program, "PATCH", link["self_url"], said).status_code == 422
    assert program.get(link["self_url"]).json() == link


def test_a_private_gallery_names_members_of_its_team(
    program: Client, studio: Team, bob: User, alice: User, charlie: User
) -> None:
    gallery = Gallery.objects.create(team=studio, owner=bob, name="Surprise")
    path = f"{ROOT}/{gallery.pk}"
    assert send(program, "PATCH", path, {"people": [charlie.pk]}).status_code == 422
    said = {"visibility": "private", "people": [alice.pk]}
    answer = send(program, "PATCH", path, said).json()
    assert answer["people"] == [str(alice.pk)]
    assert gallery in Gallery.objects.visible_to(alice)
    # Whom it names sees it; only its maker and owners of the team change it.
    Membership.objects.filter(user=alice, team=studio).update(role=Role.EDITOR)
    theirs = with_token(alice)
    assert theirs.get(path).status_code == 200
    assert send(theirs, "PATCH", path, {"name": "x"}).status_code in {403, 404}


def test_one_of_a_family_is_chosen(program: Client, images: list[Image]) -> None:
    Image.objects.filter(pk=images[1].pk).update(parent=images[0])
    for one in images[:2]:
        path = f"/api/v1/images/{one.pk}"
        assert send(program, "PATCH", path, {"chosen": True}).json()["chosen"]
        found = program.get("/api/v1/images?chosen=true").json()["items"]
        assert [each["id"] for each in found] == [str(one.pk)]
    assert not send(program, "PATCH", path, {"chosen": False}).json()["chosen"]
