"""Putting a gallery in order by its pages, and hanging the chosen variants."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from imaging.models import Download, Gallery, Image, Membership, Role, Team, User
from imaging.views.library import PAGE
from tests.stored import an_image
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DATA = {"Accept": "application/json"}


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


@pytest.fixture
def images(studio: Team) -> list[Image]:
    return [an_image(studio, bytes([n]), f"{n}.jpg") for n in range(5)]


@pytest.fixture
def gallery(studio: Team, bob: User, images: list[Image]) -> Gallery:
    gallery = Gallery.objects.create(team=studio, owner=bob, name="Wedding")
    gallery.add([image.pk for image in images], bob)
    return gallery


def shown(client: Client, gallery: Gallery, query: str = "") -> str:
    page = client.get(f"/galleries/{gallery.pk}/{query}").context
    return "".join(tile["image"].name[0] for tile in page["tiles"])


@pytest.mark.parametrize(
    ("moved", "where", "expected"),
    [
        ("31", {"to": "start"}, "13024"),
        ("02", {"to": "end"}, "13402"),
        ("0", {"to": "place", "place": "3"}, "12034"),
        ("4", {"to": "place", "place": "99"}, "01234"),
        ("34", {"before": "1"}, "03412"),
    ],
)
def test_what_is_selected_moves_to_where_it_is_sent(
    client: Client,
    gallery: Gallery,
    images: list[Image],
    moved: str,
    where: dict[str, str],
    expected: str,
) -> None:
    ids = ",".join(str(images[int(one)].pk) for one in moved)
    if "before" in where:
        where = {"before": str(images[int(where["before"])].pk)}
    address = f"/galleries/{gallery.pk}/order/"
    said = client.post(address, {"image": ids, **where}, headers=DATA).json()
    assert len(said["ids"]) == len(moved)
    assert "moved" in said["said"]
    assert shown(client, gallery) == expected


def test_a_form_asks_where_to_and_refuses_what_is_no_place(
    client: Client, gallery: Gallery, images: list[Image]
) -> None:
    address, sent = f"/galleries/{gallery.pk}/order/", {"image": images[4].pk}
    page = client.post(address, sent).text
    assert "To which place, of 5?" in page
    for wrong in (
        {"to": "place", "place": "0"},
        {"to": "place", "place": "x"},
        {"to": "place", "place": "٣" * 12},
        {"to": "nowhere"},
        {"before": "x"},
        {"before": images[4].pk},
    ):
        assert client.post(address, sent | wrong).status_code == 422
        assert client.post(address, sent | wrong, headers=DATA).status_code == 409
    assert client.post(address, {"to": "end"}).status_code == 404
    back = client.post(address, sent | {"to": "start", "next": "/galleries/"})
    assert back["Location"] == "/galleries/"
    assert shown(client, gallery) == "40123"


def test_chosen_variants_take_the_places_of_their_family(
    client: Client, gallery: Gallery, images: list[Image], bob: User
) -> None:
    originals = [images[1], images[2], images[3]]
    made = [
        an_image(one.team, f"made {one.name}".encode(), f"{letter}.jpg")
        for one, letter in zip(originals, "abc", strict=True)
    ]
    for one, of_it in zip(made, originals, strict=True):
        Image.objects.filter(pk=one.pk).update(parent=of_it)
    again = an_image(images[1].team, b"made of a", "d.jpg")
    Image.objects.filter(pk=again.pk).update(parent=made[0])
    # Chosen is one of a family, however far down it was made.
    made[0].refresh_from_db()
    made[0].choose()
    again.refresh_from_db()
    again.choose()
    made[1].refresh_from_db()
    made[1].choose()
    assert set(Image.objects.filter(chosen=True)) == {again, made[1]}
    gallery.add([made[1].pk], bob)
    Gallery.objects.update(cover=images[1])
    address = f"/galleries/{gallery.pk}/chosen/"
    ids = ",".join(str(one.pk) for one in images)
    page = client.post(address, {"image": ids}, follow=True).text
    assert "2 pictures gave their places" in page
    # What hung already has come to hang once.
    assert shown(client, gallery) == "0d34b"
    assert Gallery.objects.get().cover == again
    assert gallery.items.get(image=again).number == 2
    page = client.post(address, {"image": ids}, follow=True).text
    assert "no other one is chosen" in page


def test_only_who_may_change_it_moves_what_hangs_there(
    client: Client, gallery: Gallery, images: list[Image], bob: User, alice: User
) -> None:
    Gallery.objects.update(owner=alice)
    sent = {"image": images[4].pk, "to": "start"}
    for role in (Role.CONTRIBUTOR, Role.VIEWER):
        Membership.objects.filter(user=bob, team=gallery.team).update(role=role)
        for word in ("order", "chosen"):
            answer = client.post(f"/galleries/{gallery.pk}/{word}/", sent)
            assert answer.status_code == 404
        page = client.get(f"/galleries/{gallery.pk}/").text
        assert "data-order" not in page
        assert "arrange.js" not in page
    assert shown(client, gallery) == "01234"


def test_the_filters_of_the_library_hold_in_a_gallery_too(
    client: Client, gallery: Gallery, images: list[Image], bob: User, alice: User
) -> None:
    Image.objects.filter(pk=images[0].pk).update(label=3, owner=alice)
    Image.objects.filter(pk=images[1].pk).update(parent=images[0])
    Download.objects.create(
        image=images[2], team=gallery.team, user=bob, visitor="b", door="site"
    )
    client.post("/favourites/", {"image": images[3].pk})
    images[4].choose()
    assert shown(client, gallery) == "01234"
    for query, found in (
        ("?label=3", "0"),
        (f"?by={alice.pk}", "0"),
        ("?show=results", "1"),
        ("?show=originals", "0234"),
        ("?taken=no", "0134"),
        ("?hearts=mine", "3"),
        ("?chosen=yes", "4"),
        ("?q=2.JPG", "2"),
        ("?state=done", ""),
        ("?state=none&label=3", "0"),
        ("?provider=local", ""),
        ("?nonsense=1", "01234"),
    ):
        assert shown(client, gallery, query) == found, query
    page = client.get(f"/galleries/{gallery.pk}/?show=originals")
    # In another order is put only what is shown whole.
    assert "data-order" not in page.text
    assert "data-order" in client.get(f"/galleries/{gallery.pk}/").text


def test_pages_of_what_was_filtered_lead_on_and_ask_little(
    client: Client, gallery: Gallery, images: list[Image], bob: User
) -> None:
    more = [
        Image(team=gallery.team, blob=images[0].blob, name=f"{n:03}", label=n % 2)
        for n in range(2 * PAGE + 20)
    ]
    Image.objects.bulk_create(more)
    gallery.add([one.pk for one in more], bob)
    address = f"/galleries/{gallery.pk}/"
    with CaptureQueriesContext(connection) as queries:
        first = client.get(f"{address}?label=1&hearts=")
    assert len(queries) <= 12
    older = first.context["older"]
    assert re.match(r"\?label=1&after=[0-9a-f-]{36}$", older)
    with CaptureQueriesContext(connection) as queries:
        second = client.get(address + older).context
    assert len(queries) <= 12
    names = [
        tile["image"].name for page in (first.context, second) for tile in page["tiles"]
    ]
    assert names == [one.name for one in more if one.label]
    assert (
        client.get(address + second["newer"]).context["tiles"]
        == (first.context["tiles"])
    )


def test_tiles_are_filled_again_by_name(
    client: Client, gallery: Gallery, images: list[Image]
) -> None:
    asked = f"?image={images[3].pk},{images[0].pk}"
    for address in (f"/galleries/{gallery.pk}/", "/"):
        page = client.get(address + asked, headers={"HX-Request": "true"}).context
        assert {tile["image"] for tile in page["tiles"]} == {images[3], images[0]}
    gallery.take_out([images[0].pk])
    page = client.get(
        f"/galleries/{gallery.pk}/{asked}", headers={"HX-Request": "true"}
    ).context
    assert [tile["image"] for tile in page["tiles"]] == [images[3]]
