"""Hearts of one's own, the one that is chosen, and who is named to see a gallery."""

import pytest
from django.test import Client

from imaging.models import Favourite, Gallery, Image, Membership, Role, Team, User
from tests.stored import an_image
from tests.test_library import shown
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
HEARTS = "/favourites/"


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


@pytest.fixture
def images(studio: Team) -> list[Image]:
    return [an_image(studio, bytes([n]), f"{n}") for n in range(3)]


def test_a_heart_is_given_and_taken_and_seen_by_its_giver_alone(
    client: Client, images: list[Image], alice: User, studio: Team
) -> None:
    one, two = images[0].pk, images[1].pk
    client.post(HEARTS, {"image": one})
    said = client.post(
        HEARTS, {"image": f"{one},{two}"}, headers={"Accept": "application/json"}
    ).json()
    assert said["on"]
    assert said["said"] == "2 pictures are favourites of yours."
    assert shown(client, hearts="mine") == ["1", "0"]
    assert client.get("/").text.count("My favourite</span>") == 3
    other = of(alice, studio)
    assert shown(other, hearts="mine") == []
    assert other.get("/").text.count("My favourite</span>") == 1
    client.post(HEARTS, {"image": f"{one},{two}"})
    assert not Favourite.objects.exists()
    for _time in range(2):
        client.post(HEARTS, {"image": one, "on": "yes"})
    assert Favourite.objects.count() == 1


def test_nobody_gives_hearts_to_what_they_do_not_see(
    client: Client, images: list[Image], charlie: User
) -> None:
    theirs = of(charlie)
    assert theirs.post(HEARTS, {"image": images[0].pk}).status_code == 404
    sent = {"image": f"x,{images[0].pk}", "next": "//elsewhere.example/"}
    assert client.post(HEARTS, sent)["Location"] == "/"
    assert client.post(HEARTS, {"image": "x"}).status_code == 404
    assert list(Favourite.objects.values_list("image", flat=True)) == [images[0].pk]


def test_one_of_a_family_is_chosen_beside_its_original(
    client: Client, images: list[Image]
) -> None:
    original, result = images[0], images[1]
    Image.objects.filter(pk=result.pk).update(parent=original)
    assert "Choose this one" not in client.get(f"/images/{images[2].pk}/").text
    for one in (original, result):
        page = client.get(f"/images/{one.pk}/").text
        assert "Choose this one" in page
        client.post(f"/images/{one.pk}/choose/", {"chosen": "yes"})
        assert list(Image.objects.filter(chosen=True)) == [one]
    assert shown(client, chosen="yes", show="all") == ["1"]
    client.post(f"/images/{result.pk}/choose/", {"chosen": "no"})
    assert not Image.objects.filter(chosen=True).exists()


def test_a_viewer_loves_but_does_not_choose(
    client: Client, images: list[Image], bob: User, studio: Team
) -> None:
    Membership.objects.filter(user=bob, team=studio).update(role=Role.VIEWER)
    Image.objects.filter(pk=images[1].pk).update(parent=images[0])
    assert client.post(f"/images/{images[1].pk}/choose/").status_code == 404
    assert "Choose this one" not in client.get(f"/images/{images[1].pk}/").text
    client.post(HEARTS, {"image": images[1].pk})
    assert Favourite.objects.count() == 1


@pytest.mark.parametrize("role", Role.values)
def test_a_private_gallery_is_seen_by_those_it_names(
    client: Client, bob: User, alice: User, studio: Team, charlie: User, role: str
) -> None:
    Membership.objects.filter(user=bob, team=studio).update(role=role)
    Membership.objects.filter(user=alice, team=studio).update(role=Role.EDITOR)
    made = {"name": "Surprise", "visibility": "private", "people": [bob.pk]}
    of(alice, studio).post("/galleries/", made)
    gallery = Gallery.objects.get()
    address = f"/galleries/{gallery.pk}/"
    assert client.get(address).status_code == 200
    # Whom it names sees it; the owners of the team may change it, too.
    owns = role == Role.OWNER
    assert client.get(f"{address}edit/").status_code == (200 if owns else 404)
    assert of(charlie).get(address).status_code == 404
    fields = {"name": "S", "visibility": "private", "people": []}
    if owns:
        client.post(f"{address}edit/", fields | {"people": [bob.pk]})
        gallery.refresh_from_db()
        assert (gallery.name, gallery.visibility) == ("S", "private")
    of(alice, studio).post(f"{address}edit/", fields)
    assert client.get(address).status_code == 404


def test_only_members_of_its_team_are_named(
    client: Client, bob: User, alice: User, studio: Team, charlie: User
) -> None:
    made = {"name": "Surprise", "visibility": "private", "people": [charlie.pk]}
    assert client.post("/galleries/", made).status_code == 422
    assert not Gallery.objects.exists()
    client.post("/galleries/", made | {"people": [alice.pk]})
    gallery = Gallery.objects.get()
    assert gallery in Gallery.objects.visible_to(alice)
    Membership.objects.filter(user=alice, team=studio).delete()
    assert gallery not in Gallery.objects.visible_to(alice)
