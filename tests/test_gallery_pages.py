"""The pages of galleries and links: made, filled, shown, shared, deleted."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from imaging.models import Gallery, Image, Membership, Role, ShareLink, Team, User
from imaging.views import galleries
from imaging.views.library import PAGE
from tests.labwork import a_picture
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
ADD = "/galleries/add/"


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


@pytest.fixture
def image(studio: Team) -> Image:
    return a_picture(studio, "cat.jpg")


@pytest.fixture
def gallery(studio: Team, bob: User) -> Gallery:
    return Gallery.objects.create(team=studio, owner=bob, name="Wedding")


def hang(gallery: Gallery, image: Image, count: int) -> None:
    more = [
        Image(team=image.team, blob=image.blob, name=f"{n:03}") for n in range(count)
    ]
    Image.objects.bulk_create(more)
    gallery.add([one.pk for one in more], gallery.owner)


def test_an_empty_list_says_what_to_do(client: Client) -> None:
    text = client.get("/galleries/").text
    assert "press Add to gallery" in text
    assert f'href="{reverse("library")}"' in text


def test_a_gallery_is_made_and_listed_with_its_cover_and_count(
    client: Client, image: Image, bob: User
) -> None:
    made = client.post("/galleries/", {"name": " Anna  & Jörg ", "visibility": "team"})
    gallery = Gallery.objects.get()
    assert made["Location"] == f"/galleries/{gallery.pk}/"
    assert (gallery.name, gallery.owner) == ("Anna & Jörg", bob)
    assert "Nothing hangs here yet" in client.get(made["Location"]).text
    gallery.add([image.pk], bob)
    text = client.get("/galleries/").text
    assert "1 picture<" in text
    assert f"/images/{image.pk}/640" in text


def test_nobody_counts_a_long_gallery_to_its_end(
    client: Client, image: Image, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang(gallery, image, 3)
    monkeypatch.setattr(galleries, "COUNTED", 3)
    assert "3 pictures<" in client.get("/galleries/").text
    monkeypatch.setattr(galleries, "COUNTED", 2)
    for page in (client.get("/galleries/"), client.post(ADD, {"image": image.pk})):
        assert "More than 2 pictures" in page.text
    assert Gallery.objects.with_facts().get().size == 3  # type: ignore[attr-defined]


def test_chosen_pictures_go_into_a_new_gallery_or_one_that_is_there(
    client: Client, image: Image, studio: Team, gallery: Gallery
) -> None:
    other = a_picture(studio, "dog.jpg", seed=1)
    chosen = {"image": [str(image.pk), str(other.pk)]}
    page = client.post(ADD, chosen).text
    assert "Add 2 pictures to a gallery" in page
    assert "Wedding" in page
    ids = re.search(r'name="image" value="([^"]+)"', page)
    assert ids
    client.post(ADD, {"image": ids[1], "name": "New one"})
    new = Gallery.objects.get(name="New one")
    assert set(new.items.values_list("image", flat=True)) == {image.pk, other.pk}
    again = {"image": ids[1], "gallery": str(gallery.pk)}
    for said in ("2 pictures were added", "2 were there"):
        assert said in client.post(ADD, again, follow=True).text
    assert client.post(ADD, {"image": ids[1], "name": " "}).status_code == 422


def test_nothing_of_others_comes_into_a_gallery(
    client: Client, image: Image, charlie: User, gallery: Gallery
) -> None:
    foreign = a_picture(charlie.own_teams()[0], "foreign.jpg", seed=2)
    theirs = Gallery.objects.create(
        team=charlie.own_teams()[0], owner=charlie, name="Theirs"
    )
    client.post(ADD, {"image": f"{foreign.pk}", "gallery": str(gallery.pk)})
    assert not gallery.items.exists()
    sent = {"image": str(image.pk), "gallery": str(theirs.pk)}
    assert client.post(ADD, sent).status_code == 404
    assert "No picture is chosen" in client.post(ADD, {"image": "rubbish"}).text


def test_a_viewer_neither_makes_nor_fills_one(
    client: Client, image: Image, bob: User
) -> None:
    Membership.objects.filter(user=bob).exclude(team__personal=True).update(
        role=Role.VIEWER
    )
    assert client.post("/galleries/", {"name": "A"}).status_code == 403
    assert client.post(ADD, {"image": image.pk, "name": "A"}).status_code == 403
    assert "Add to gallery" not in client.get("/").text
    assert not Gallery.objects.exists()


def test_its_pages_lead_on_and_back_in_its_own_order(
    client: Client, gallery: Gallery, image: Image
) -> None:
    hang(gallery, image, PAGE + 10)
    address = f"/galleries/{gallery.pk}/"
    with CaptureQueriesContext(connection) as queries:
        first = client.get(address).context
    assert len(queries) <= 12
    second = client.get(address + first["older"]).context
    names = [tile["name"] for page in (first, second) for tile in page["tiles"]]
    assert names == [f"{n:03}" for n in range(PAGE + 10)]
    back = client.get(address + second["newer"]).context
    assert back["tiles"] == first["tiles"]
    fragment = client.get(address, headers={"HX-Request": "true"}).text
    assert fragment.lstrip().startswith('<ul class="grid"')


def test_what_a_download_weighs_is_told_as_far_as_pictures_are_counted(
    client: Client, gallery: Gallery, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/galleries/{gallery.pk}/"
    assert "/zip/" not in client.get(address).text
    hang(gallery, image, 3)
    weight = filesizeformat(3 * image.blob.size)
    assert f"Download ({weight})" in client.get(address).text
    assert "<span>Download</span>" in client.get(f"{address}?show=originals").text
    monkeypatch.setattr(galleries, "COUNTED", 2)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(address).text
    assert "<span>Download</span>" in page
    assert "More than 2 pictures" in page
    # Neither sums nor counts may go over all that hangs there.
    asked = [one["sql"] for one in queries.captured_queries]
    counts = [sql for sql in asked if "SUM(" in sql or "COUNT(*)" in sql]
    assert [sql.endswith("LIMIT 3) subquery") for sql in counts] == [True]


def test_pictures_are_taken_out_and_stay_in_the_library(
    client: Client, gallery: Gallery, image: Image
) -> None:
    gallery.add([image.pk], gallery.owner)
    client.post(f"/galleries/{gallery.pk}/cover/", {"image": image.pk})
    assert Gallery.objects.get().cover == image
    client.post(f"/galleries/{gallery.pk}/remove/", {"image": image.pk})
    assert not gallery.items.exists()
    assert Image.objects.kept().filter(pk=image.pk).exists()


def test_it_is_renamed_and_deleted_and_the_pictures_stay(
    client: Client, gallery: Gallery, image: Image
) -> None:
    gallery.add([image.pk], gallery.owner)
    fields = {"name": "Party", "visibility": "private", "description": "All of it"}
    client.post(f"/galleries/{gallery.pk}/edit/", fields)
    gallery.refresh_from_db()
    assert (gallery.name, gallery.visibility) == ("Party", "private")
    assert client.post(f"/galleries/{gallery.pk}/delete/").status_code == 422
    client.post(f"/galleries/{gallery.pk}/delete/", {"sure": "yes"})
    assert not Gallery.objects.exists()
    assert Image.objects.kept().get() == image


def test_nobody_hides_the_gallery_of_another(
    gallery: Gallery, alice: User, studio: Team
) -> None:
    fields = {"name": "Mine now", "visibility": "private"}
    answer = of(alice, studio).post(f"/galleries/{gallery.pk}/edit/", fields)
    assert answer.status_code == 422
    assert Gallery.objects.get().visibility == "team"


def test_a_link_is_made_listed_changed_and_switched_off(
    client: Client, gallery: Gallery
) -> None:
    address = f"/galleries/{gallery.pk}/links/"
    until = date.today() + timedelta(days=3)
    fields = {"name": "For Anna", "mode": "web", "until": until.isoformat()}
    fields |= {"password": "open sesame", "download_limit": "5"}
    assert client.post(address, fields).status_code == 302
    link = ShareLink.objects.get()
    page = client.get(address).text
    assert f"http://testserver/s/{link.named}" in page
    assert "5 of 5 left" in page
    assert link.opens_with("open sesame")
    assert link.expires
    assert timezone.localdate(link.expires) == until
    before = link.expires
    changed = {"name": "For Anna", "mode": "full", "until": until.isoformat()}
    client.post(f"/links/{link.pk}/", changed)
    link = ShareLink.objects.get()
    assert (link.mode, link.download_limit, link.expires) == ("full", None, before)
    assert link.opens_with("open sesame")
    client.post(f"/links/{link.pk}/", changed | {"no_password": "on"})
    assert not ShareLink.objects.get().password
    client.post(f"/links/{link.pk}/revoke/")
    page = client.get(address).text
    assert "switched off" in page
    assert link.token not in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": "2020-01-01"},
        {"until": "9999-12-31"},
        {"until": "soon"},
        {"download_limit": "0"},
        {"download_limit": "99999999999999999999"},
        {"mode": "all"},
        {"name": "n" * 151},
        {"password": "p" * 129},
    ],
)
def test_what_makes_no_sense_makes_no_link(
    client: Client, gallery: Gallery, wrong: dict[str, str]
) -> None:
    fields = {"name": "", "mode": "view", "until": "", **wrong}
    answer = client.post(f"/galleries/{gallery.pk}/links/", fields)
    assert answer.status_code == 422
    assert not ShareLink.objects.exists()
