"""Similar pictures: what is found, who may see it, and that the index is in step."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now
from PIL import Image as Pictures

from imaging import similar
from imaging.models import Blob, Image, Team, User
from imaging.similar import INDEX, Match, find
from tests import altered, drawing
from tests.lookalikes import empty_index, keep, larger  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def seen_by(user: User, image: Image, team: Team | None = None) -> list[Match]:
    """Search for an image among all that this person may see."""
    mine = Image.objects.visible_to(user)
    teams = [(team or image.team).pk]
    return find(bytes(image.blob.descriptor), mine, teams)


def test_what_was_altered_is_found_and_is_near_where_nothing_is_missing(
    alice: User, studio: Team, tmp_path: Path
) -> None:
    cut = altered.pictures(8)
    images = [keep(studio, picture, tmp_path) for picture in cut]
    dice = random.Random(3)  # noqa: S311
    for name, alter in altered.ALTERATIONS.items():
        image = keep(studio, alter(larger(cut[0]), dice), tmp_path)
        others = Image.objects.visible_to(alice).exclude(pk=image.pk)
        best = find(bytes(image.blob.descriptor), others, [studio.pk])[0]
        if name in {"recompressed", "resized", "recoloured"}:
            assert best.is_near, name
        image.remove()
        assert best.image == images[0].pk, name


def test_the_whole_picture_is_found_by_a_part_of_it_and_the_other_way(
    alice: User, studio: Team, tmp_path: Path
) -> None:
    whole, *others = altered.pictures(6)
    dice = random.Random(1)  # noqa: S311
    part = keep(studio, altered.cropped(larger(whole), dice), tmp_path)
    image = keep(studio, whole, tmp_path)
    for other in others:
        keep(studio, other, tmp_path)
    assert seen_by(alice, part)[1].image == image.pk
    assert seen_by(alice, image)[1].image == part.pk


def test_a_blank_page_looks_like_nothing(
    alice: User, studio: Team, tmp_path: Path
) -> None:
    blank = keep(studio, Pictures.new("RGB", (90, 90), "white"), tmp_path)
    keep(studio, Pictures.new("RGB", (90, 100), "grey"), tmp_path)
    keep(studio, drawing.photo(90, 90), tmp_path)
    assert seen_by(alice, blank) == []


def test_a_foreign_picture_is_never_found(
    alice: User, bob: User, charlie: User, studio: Team, tmp_path: Path
) -> None:
    mine = keep(studio, drawing.photo(), tmp_path)
    theirs = keep(charlie.own_teams()[0], drawing.photo(), tmp_path)
    everywhere = [studio.pk, theirs.team_id]
    for user, image in ((alice, mine), (bob, mine), (charlie, theirs)):
        seen = Image.objects.visible_to(user)
        found = find(bytes(mine.blob.descriptor), seen, everywhere)
        assert [match.image for match in found] == [image.pk]
        # Nor where the query alone would let it through.
        found = find(bytes(mine.blob.descriptor), Image.objects.all(), [image.team_id])
        assert [match.image for match in found] == [image.pk]


def test_the_trash_is_not_searched_and_does_not_stand_in_the_way(
    alice: User, studio: Team, tmp_path: Path
) -> None:
    asked = keep(studio, drawing.photo(), tmp_path)
    pixels = drawing.photo()
    for number in range(45):
        pixels.putpixel((number, 0), (255, 0, 0))
        keep(studio, pixels, tmp_path)
    Image.objects.trash([one.pk for one in Image.objects.exclude(pk=asked.pk)], alice)
    kept = keep(studio, drawing.photo().resize((320, 240)), tmp_path)
    assert {match.image for match in seen_by(alice, asked)} == {asked.pk, kept.pk}


def test_what_is_deleted_is_not_found_and_forgotten_with_time(
    alice: User, studio: Team, tmp_path: Path
) -> None:
    asked, other = (
        keep(studio, drawing.photo(320, height), tmp_path) for height in (240, 241)
    )
    assert len(seen_by(alice, asked)) == 2
    other.remove()
    assert [match.image for match in seen_by(alice, asked)] == [asked.pk]
    assert INDEX.rows.count == 2
    INDEX.counted -= similar.COUNTED
    assert [match.image for match in seen_by(alice, asked)] == [asked.pk]
    assert INDEX.rows.blobs == [asked.blob_id]


def test_what_another_process_stored_is_found_at_once(
    alice: User, studio: Team, tmp_path: Path
) -> None:
    asked = keep(studio, drawing.photo(), tmp_path)
    seen_by(alice, asked)
    late = keep(studio, drawing.photo(320, 240), tmp_path)
    assert len(seen_by(alice, asked)) == 2
    # Noted by a transaction that began before the last search, and ended after it.
    INDEX.known.discard(late.blob_id)
    INDEX.rows = INDEX.moved(similar.np.arange(1), 4)
    moment = Now() - timedelta(seconds=10)
    Blob.objects.filter(pk=late.blob_id).update(described=moment)
    assert len(seen_by(alice, asked)) == 2


def test_what_was_missed_is_read_when_all_is_counted(
    alice: User, studio: Team, tmp_path: Path
) -> None:
    asked = keep(studio, drawing.photo(), tmp_path)
    seen_by(alice, asked)
    late = keep(studio, drawing.photo(320, 240), tmp_path)
    long_ago = Now() - timedelta(days=2)
    Blob.objects.filter(pk=late.blob_id).update(described=long_ago)
    assert len(seen_by(alice, asked)) == 1
    INDEX.counted -= similar.COUNTED
    assert len(seen_by(alice, asked)) == 2


def test_only_the_newest_are_kept_where_there_are_too_many(
    alice: User, studio: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(similar, "MOST", 3)
    images = []
    for number in range(5):
        images.append(keep(studio, drawing.photo(100, 80 + number), tmp_path))
        if number in {1, 3}:
            seen_by(alice, images[-1])
    found = {match.image for match in seen_by(alice, images[-1])}
    assert found == {image.pk for image in images[2:]}
