"""The activity page: who took what, each number the same as everywhere else."""

import csv
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from imaging.models import (
    ApiToken,
    Download,
    Gallery,
    Image,
    Role,
    Scope,
    ShareLink,
    Team,
    User,
)
from tests.stored import an_image
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PAGE, CSV = "/activity/", "/activity/csv/"


@pytest.fixture
def image(studio: Team) -> Image:
    return an_image(studio, b"12345", "=beach.jpg")


@pytest.fixture
def link(studio: Team, alice: User, image: Image) -> ShareLink:
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Wedding")
    gallery.add([image.pk], alice)
    return ShareLink.objects.make(gallery, alice, mode="full", name="For Anna")


@pytest.fixture
def taken(image: Image, link: ShareLink, alice: User, bob: User, studio: Team) -> Image:
    """Let two of the team and three guests take a picture, one of them a ZIP."""
    for person, door in ((alice, "site"), (bob, "api")):
        Download.objects.count_once(image, f"user:{person.pk}", user=person, door=door)
    through: Any = {"door": "share", "link": link}
    for cookie in ("guest:aaaa", "guest:bbbb", "guest:aaaa"):
        Download.objects.count_once(image, cookie, **through)
    other = an_image(studio, b"678", "other.jpg")
    Download.objects.count_bundle([image, other], "guest:cccc", **through)
    Download.objects.count_reported(
        image, f"user:{alice.pk}", user=alice, door="kokoon"
    )
    other.delete()
    return image


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def counted(client: Client, **asked: Any) -> int:
    """Return what page and file say of a number, which must be the same."""
    page = client.get(PAGE, asked)
    assert page.status_code == 200
    rows = rows_of(client, **asked)
    assert len(rows) == page.context["total"]
    return len(rows)


def rows_of(client: Client, **asked: Any) -> list[dict[str, str]]:
    text = body_of(client, **asked)
    assert text.startswith("\ufeff")
    return list(csv.DictReader(text.removeprefix("\ufeff").splitlines()))


def body_of(client: Client, **asked: Any) -> str:
    return b"".join(client.get(CSV, asked)).decode()


def test_it_tells_who_took_what_through_which_way(
    taken: Image, alice: User, studio: Team
) -> None:
    text = shown(of(alice, studio), PAGE)
    assert "7 downloads" in text
    for words in ("Guest 1 · For Anna", "Guest 3 · For Anna · ZIP", "Bob · The API"):
        assert words in text
    assert "A deleted picture" in text
    assert "guest:" not in text
    assert "aaaa" not in text


def test_every_condition_stands_in_the_address(
    taken: Image, link: ShareLink, alice: User, bob: User, studio: Team
) -> None:
    hers = of(alice, studio)
    assert counted(hers) == 7
    assert counted(hers, picture=taken.pk) == 6
    assert counted(hers, link=link.pk) == counted(hers, gallery=link.gallery_id) == 4
    assert counted(hers, link=link.pk, guest=3) == 2
    assert counted(hers, person=alice.pk) == 2
    assert counted(hers, person=bob.pk, door="api") == 1
    assert counted(hers, door="kokoon", days="nonsense", since="2026-02-31") == 1
    Download.objects.filter(guest=2).update(at=timezone.now() - timedelta(days=200))
    assert counted(hers) == 6
    assert counted(hers, days=365) == counted(hers, days="all") == 7
    day = timezone.localdate() - timedelta(days=200)
    assert counted(hers, since=day, until=day) == 1
    assert counted(hers, since="2100-01-01") == 0


@pytest.mark.parametrize("name", ["picture", "link", "gallery", "person"])
def test_what_is_foreign_or_absent_is_not_there(
    taken: Image, link: ShareLink, charlie: User, bob: User, name: str
) -> None:
    things = {"picture": taken, "link": link, "gallery": link.gallery, "person": bob}
    pk = getattr(things[name], "pk", None)
    theirs = of(charlie)
    for asked in (pk, uuid.uuid4(), "x"):
        for address in (PAGE, CSV):
            assert theirs.get(address, {name: asked}).status_code == 404
    assert counted(theirs, days="all") == 0


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.VIEWER])
def test_only_owners_and_editors_read_names_of_others(
    taken: Image, link: ShareLink, bob: User, alice: User, studio: Team, role: Role
) -> None:
    studio.memberships.filter(user=bob).update(role=role)
    his = of(bob, studio)
    text = shown(his, PAGE)
    assert "7 downloads" in text
    assert "Alice" not in text
    assert "Guest 1" not in text
    assert "Names of people are shown to owners and editors." in text
    assert {row["person"] for row in rows_of(his)} == {"", "Bob"}
    assert [one.name for one in his.get(PAGE, {"by": "person"}).context["groups"]] == [
        "Bob"
    ]
    assert his.get(f"{PAGE}?person={alice.pk}").status_code == 404
    assert counted(his, link=link.pk) == 4
    assert counted(his, link=link.pk, guest=1) == 0
    token = ApiToken.objects.issue(bob, "", [Scope.READ])[1]
    headers = {"authorization": f"Bearer {token}"}
    for asked, users in (("", {None, str(bob.pk)}), (f"?user={alice.pk}", set())):
        said = his.get(f"/api/v1/downloads{asked}", headers=headers).json()["items"]
        assert {row["user"] for row in said} == users


def test_numbers_of_pictures_links_and_people(
    taken: Image, link: ShareLink, alice: User, studio: Team
) -> None:
    hers = of(alice, studio)
    found = {
        by: [(one.name, one.n) for one in hers.get(PAGE, {"by": by}).context["groups"]]
        for by in ("picture", "link", "person")
    }
    assert found["picture"] == [("=beach.jpg", 6), ("Deleted pictures", 1)]
    assert found["link"] == [("For Anna", 4), ("Without a link", 3)]
    assert sorted(found["person"]) == [
        ("Alice", 2),
        ("Bob", 1),
        ("Guest 1 of For Anna", 1),
        ("Guest 2 of For Anna", 1),
        ("Guest 3 of For Anna", 2),
    ]
    page = shown(hers, f"{PAGE}?by=person")
    for address in re.findall(r'href="([?][^"]*)" aria-label="(\d)', page):
        asked = address[0].replace("&amp;", "&")
        assert hers.get(PAGE + asked).context["total"] == int(address[1])


@pytest.mark.parametrize("by", ["", "picture", "link", "person"])
def test_every_page_of_a_long_list_goes_on_where_the_last_ended(
    studio: Team, alice: User, image: Image, link: ShareLink, by: str
) -> None:
    pictures = Image.objects.bulk_create(
        Image(team=studio, blob=image.blob, name=f"{n}.jpg") for n in range(70)
    )
    links = [
        ShareLink.objects.make(link.gallery or Gallery(), alice) for _ in range(70)
    ]
    for n, (one, through) in enumerate(zip(pictures, links, strict=True)):
        for again in range(1 + n % 3):
            Download.objects.count_once(one, f"guest:{again}", link=through)
    hers, seen, address = of(alice, studio), [], f"{PAGE}?by={by}"
    pages = 0
    while address:
        context = hers.get(address).context
        rows = context["groups"] if by else [row for row, *_ in context["rows"]]
        seen += [row.address if by else row.pk for row in rows]
        pages += 1
        address = PAGE + context["more"] if context["more"] else ""
    expected = {"": 139, "picture": 70, "link": 70, "person": 139}[by]
    assert len(seen) == len(set(seen)) == expected
    assert pages == -(-expected // 60)


def test_a_page_asks_little_of_the_database(
    taken: Image,
    link: ShareLink,
    alice: User,
    studio: Team,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    hers = of(alice, studio)
    asked: Any = {"link": link.pk, "picture": taken.pk, "gallery": link.gallery_id}
    last = Download.objects.newest()[0].pk
    for by in ("", "picture", "link", "person"):
        for more in ({}, {**asked, "days": "all", "after": last, "guest": 1}):
            with django_assert_max_num_queries(12):
                hers.get(PAGE, {"by": by, **more})


def test_a_table_program_takes_no_name_for_a_formula(
    taken: Image, link: ShareLink, alice: User, studio: Team
) -> None:
    User.objects.filter(pk=alice.pk).update(name="@SUM(A1)")
    ShareLink.objects.update(name="+1")
    rows = rows_of(of(alice, studio), days="all")
    assert {row["picture"] for row in rows} == {"'=beach.jpg", ""}
    assert {row["link"] for row in rows} == {"'+1", ""}
    assert "'@SUM(A1)" in {row["person"] for row in rows}
    assert [row["time"] for row in rows] == sorted(
        (row["time"] for row in rows), reverse=True
    )


def test_a_private_gallery_of_another_is_not_named(
    taken: Image, link: ShareLink, bob: User, studio: Team
) -> None:
    Gallery.objects.update(visibility="private")
    his = of(bob, studio)
    assert his.get(f"{PAGE}?link={link.pk}").status_code == 404
    for address in (PAGE, f"{PAGE}?by=link", f"{PAGE}?by=person"):
        text = shown(his, address)
        assert "of a private gallery" in text or "link of a private" in text
        assert "For Anna" not in text
        assert "Wedding" not in text
    assert "For Anna" not in body_of(his, days="all")


def test_what_a_deleted_person_took_stays_and_names_nobody(
    taken: Image, bob: User, charlie: User, alice: User, studio: Team
) -> None:
    Download.objects.count_once(taken, f"user:{charlie.pk}", user=charlie)
    User.objects.filter(pk__in=[bob.pk, charlie.pk]).delete()
    rows = Download.objects.filter(visitor__startswith="gone:")
    assert rows.values("visitor").distinct().count() == 2
    assert set(rows.values_list("user", flat=True)) == {None}
    for pk in (bob.pk, charlie.pk):
        assert not Download.objects.filter(visitor__contains=str(pk)).exists()
    hers = of(alice, studio)
    assert counted(hers) == 8
    assert ("Deleted accounts", 2) in [
        (one.name, one.n) for one in hers.get(PAGE, {"by": "person"}).context["groups"]
    ]
