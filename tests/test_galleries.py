"""Galleries: who sees and changes which, and the order of what hangs there."""

import pytest

from imaging.models import Gallery, Image, Membership, Refusal, Role, Team, User
from imaging.models.galleries import GAP
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def gallery(studio: Team, alice: User) -> Gallery:
    return Gallery.objects.create(team=studio, owner=alice, name="Wedding")


@pytest.fixture
def images(studio: Team) -> list[Image]:
    return [an_image(studio, bytes([n]), f"{n}.jpg") for n in range(5)]


def names(gallery: Gallery) -> str:
    shown = gallery.items.shown().in_order().select_related("image")
    return "".join(item.image.name[0] for item in shown)


def ids(images: list[Image], which: str) -> list[object]:
    return [images[int(n)].pk for n in which]


def test_pictures_hang_once_in_the_order_they_came(
    gallery: Gallery, images: list[Image], bob: User
) -> None:
    assert gallery.add(ids(images, "201"), bob) == ids(images, "201")
    assert gallery.add(ids(images, "0033"), bob) == ids(images, "3")
    assert names(gallery) == "2013"
    assert list(gallery.items.in_order().values_list("number", flat=True)) == [
        1,
        2,
        3,
        4,
    ]


def test_only_pictures_of_its_team_that_one_sees_come_in(
    gallery: Gallery, images: list[Image], bob: User
) -> None:
    own = an_image(bob.own_teams()[0], b"own")
    Image.objects.trash([images[1].pk], bob)
    assert gallery.add([own.pk, images[1].pk, images[0].pk], bob) == [images[0].pk]


def test_what_is_trashed_is_not_shown_and_comes_back_to_its_place(
    gallery: Gallery, images: list[Image], bob: User
) -> None:
    gallery.add(ids(images, "012"), bob)
    Image.objects.trash([images[1].pk], bob)
    assert names(gallery) == "02"
    assert Gallery.objects.with_facts().get().size == 2
    Image.objects.restorable_by(bob).restore()
    assert names(gallery) == "012"
    images[0].delete()
    assert names(gallery) == "12"


@pytest.mark.parametrize(
    ("moved", "before", "expected"),
    [
        ("4", "0", "40123"),
        ("0", "3", "12034"),
        ("43", "1", "04312"),
        ("01", None, "23401"),
        ("2", "3", "01234"),
    ],
)
def test_pictures_move_before_another_or_to_the_end(
    gallery: Gallery,
    images: list[Image],
    bob: User,
    moved: str,
    before: str | None,
    expected: str,
) -> None:
    gallery.add(ids(images, "01234"), bob)
    place = images[int(before)].pk if before else None
    assert gallery.move(ids(images, moved), place) == len(moved)
    assert names(gallery) == expected


def test_where_there_is_no_room_between_all_move_apart(
    gallery: Gallery, images: list[Image], bob: User
) -> None:
    gallery.add(ids(images, "01234"), bob)
    for turn in range(30):
        gallery.move(ids(images, "3" if turn % 2 else "4"), images[1].pk)
    assert names(gallery) == "04312"
    gaps = list(gallery.items.in_order().values_list("position", flat=True))
    assert len(set(gaps)) == 5
    assert max(gaps) <= 10 * GAP


def test_a_place_that_is_none_is_refused(
    gallery: Gallery, images: list[Image], bob: User
) -> None:
    gallery.add(ids(images, "012"), bob)
    for place in (images[4].pk, images[0].pk):
        with pytest.raises(Refusal):
            gallery.move([images[0].pk], place)
    assert names(gallery) == "012"


def test_it_is_read_page_by_page_in_both_directions(
    gallery: Gallery, images: list[Image], bob: User
) -> None:
    gallery.add(ids(images, "30142"), bob)
    third = gallery.items.get(image=images[1])
    behind = gallery.items.after(third).select_related("image")
    ahead = gallery.items.ahead_of(third).select_related("image")
    assert "".join(item.image.name[0] for item in behind) == "42"
    assert "".join(item.image.name[0] for item in ahead) == "03"


def test_the_first_stands_for_it_unless_another_is_chosen(
    gallery: Gallery, images: list[Image], bob: User
) -> None:
    gallery.add(ids(images, "012"), bob)
    assert Gallery.objects.with_facts().get().front == images[0].pk
    Gallery.objects.update(cover=images[2])
    assert Gallery.objects.with_facts().get().front == images[2].pk
    assert gallery.take_out([images[2].pk]) == 1
    assert Gallery.objects.with_facts().get().front == images[0].pk
    assert Image.objects.filter(pk=images[2].pk).exists()


@pytest.mark.parametrize("role", Role.values)
def test_who_sees_and_changes_what(
    gallery: Gallery, studio: Team, bob: User, charlie: User, role: str
) -> None:
    Membership.objects.filter(user=bob, team=studio).update(role=role)
    own = Gallery.objects.create(team=studio, owner=bob, name="Own")
    hidden = Gallery.objects.create(
        team=studio, owner=gallery.owner, name="Hidden", visibility="private"
    )
    mine = Gallery.objects.visible_to(bob)
    assert set(mine) == {gallery, own}
    free = {"owner": {gallery, own}, "editor": {gallery, own}, "contributor": {own}}
    assert set(Gallery.objects.changeable_by(bob)) == free.get(role, set())
    assert not Gallery.objects.visible_to(charlie).exists()
    assert hidden in Gallery.objects.visible_to(hidden.owner)


def test_what_somebody_has_left_behind_is_seen_by_the_owners(
    studio: Team, alice: User, bob: User
) -> None:
    left = Gallery.objects.create(
        team=studio, owner=bob, name="Left", visibility="private"
    )
    assert not Gallery.objects.visible_to(alice).exists()
    Membership.objects.get(user=bob, team=studio).end()
    assert Gallery.objects.changeable_by(alice).get() == left
    assert not Gallery.objects.visible_to(bob).exists()
