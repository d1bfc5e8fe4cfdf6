"""One table, one rule: every screen and every program is told the same numbers."""

import csv
import io
import re

import pytest
from django.test import Client

from imaging.models import ApiToken, Download, Image, Scope, ShareLink, Team, User
from tests.sharing import a_photograph, of
from tests.sharing import image as image
from tests.sharing import link as link
from tests.stored import body
from tests.test_recount import recount
from tests.visiting import of as browser_of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
KOKOON = "/kokoon/api/image/sr/v3/image"


@pytest.fixture
def other(studio: Team, alice: User, link: ShareLink) -> Image:
    found = a_photograph(studio, 900, 600)
    assert link.gallery
    link.gallery.add([found.pk], alice)
    return found


@pytest.fixture
def program(alice: User, studio: Team) -> Client:
    """A program of Alice's, which both APIs let in."""
    token = ApiToken.objects.issue(alice, "", Scope.values)[1]
    return Client(headers={"authorization": f"Bearer {token}"})


def download(image: Image) -> str:
    return f"/images/{image.pk}/download/"


def taken_every_way(
    people: list[Client], program: Client, link: ShareLink, images: list[Image]
) -> None:
    """Have both taken by two of the team, two guests, in ZIPs, by programs."""
    alice, bob = people
    first, second = images
    for one in (alice, bob, alice):
        body(one.get(download(first)))
    # A program of Alice's is Alice: no other visitor.
    body(program.get(f"/api/v1/images/{first.pk}/download"))
    body(program.get(f"/api/v1/images/{second.pk}/download"))
    for guest in (Client(), Client()):
        guest.get(of(link))
        body(guest.get(of(link, first, "download")))
        body(guest.get(of(link, first, "download")))
    guest = Client()
    guest.get(of(link))
    body(guest.get(f"/s/{link.token}/zip"))
    body(guest.get(of(link, second, "download")))
    body(bob.post("/zip/", {"image": f"{first.pk},{second.pk}"}))
    for _ in range(2):
        answer = program.post(f"{KOKOON}/{first.pk}/download-inc-count")
    assert answer.json()["download_cnt"] == 7


def shown_everywhere(alice: Client, program: Client, image: Image) -> set[int]:
    """Return every number of downloads of a picture that anybody is shown."""
    page = " ".join(alice.get(f"/images/{image.pk}/").text.split())
    facts = " ".join(alice.get(f"/images/{image.pk}/facts/").text.split())
    wall = " ".join(alice.get("/").text.split())
    [tile] = re.findall(rf'<li [^>]*data-id="{image.pk}".*?</li>', wall)
    rows = program.get("/api/v1/downloads", {"image": str(image.pk)}).json()["items"]
    asked = f"picture={image.pk}&days=all"
    activity = alice.get(f"/activity/?{asked}").context
    file = b"".join(alice.get(f"/activity/csv/?{asked}")).decode("utf-8-sig")
    grouped = alice.get("/activity/?by=picture").context["groups"]
    found = [
        *re.findall(r"Downloaded (\d+) time", page),
        *re.findall(r"<dt>Downloads</dt><dd><a [^>]*>(\d+)</a>", facts),
        *re.findall(r'title="Downloads">.*?</svg>(\d+)<', tile),
        program.get(f"/api/v1/images/{image.pk}").json()["download_count"],
        program.get(f"{KOKOON}/{image.pk}").json()["download_cnt"],
        len(rows),
        activity["total"],
        sum(bar.number for bar in activity["bars"]),
        len(list(csv.DictReader(io.StringIO(file)))),
        *[one.n for one in grouped if one.image == image],
        image.download_count,
    ]
    assert len(found) == 11
    return {int(number) for number in found}


def test_all_numbers_agree_after_downloads_of_every_kind(
    link: ShareLink,
    image: Image,
    other: Image,
    alice: User,
    bob: User,
    studio: Team,
    program: Client,
) -> None:
    people = [browser_of(alice, studio), browser_of(bob, studio)]
    taken_every_way(people, program, link, [image, other])
    assert shown_everywhere(people[0], program, image) == {7}
    assert shown_everywhere(people[0], program, other) == {3}
    assert of_link(people[0], program, link) == {4}
    assert recount() == []
    # A picture that is deleted was taken nonetheless.
    other.remove()
    assert shown_everywhere(people[0], program, image) == {7}
    assert of_link(people[0], program, link) == {4}
    assert people[0].get("/activity/").context["total"] == 10
    assert Download.objects.filter(team=studio).count() == 10
    assert recount() == []


def of_link(alice: Client, program: Client, link: ShareLink) -> set[int]:
    """Return every number of downloads of a link that anybody is shown."""
    page = " ".join(alice.get(f"/galleries/{link.gallery_id}/links/").text.split())
    grouped = alice.get("/activity/?by=link").context["groups"]
    found = [
        *re.findall(r"<dt>Downloads</dt><dd><a [^>]*>(\d+)</a>", page),
        program.get(f"/api/v1/shares/{link.pk}").json()["download_count"],
        alice.get(f"/activity/?link={link.pk}&days=all").context["total"],
        *[one.n for one in grouped if one.link == link],
    ]
    assert len(found) == 4
    return {int(number) for number in found}
