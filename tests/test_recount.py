"""`manage.py recount` proves the numbers, names what differs, and mends it."""

import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from imaging.models import Download, Image, ShareLink, Team, User
from tests.stored import an_image
from tests.test_activity import image, link, taken

__all__ = ["image", "link", "taken"]
pytestmark = [pytest.mark.django_db, pytest.mark.both]


def recount(*how: str) -> list[str]:
    """Return what it prints; without a fault, with the exit code 0."""
    out = io.StringIO()
    try:
        call_command("recount", *how, stdout=out)
    except SystemExit as end:
        assert end.code == 1
        return out.getvalue().splitlines()
    return [one for one in out.getvalue().splitlines() if one.startswith("before")]


def test_true_numbers_differ_nowhere(taken: Image) -> None:
    assert recount() == []
    assert recount("--repair") == []


def test_what_follows_from_the_rows_is_mended(
    taken: Image, link: ShareLink, studio: Team
) -> None:
    other = Team.objects.create(name="Other")
    first = taken.downloads.filter(link=None).first()
    assert first
    Download.objects.filter(pk=first.pk).update(team=other)
    link.downloads.filter(guest=1).update(guest=7)
    Download.objects.filter(image=None).update(owed=timezone.now())
    assert len(recount()) == 3
    assert len(recount("--repair")) == 3
    assert recount() == []
    assert set(link.downloads.values_list("guest", flat=True)) == {1, 2, 3}
    first.refresh_from_db()
    assert first.team == studio


@pytest.mark.parametrize(
    "change",
    [
        {"bundle": uuid.UUID(int=7)},
        {"owed": timezone.now(), "told": timezone.now()},
        {"door": "site"},
    ],
)
def test_what_cannot_be_mended_is_named(taken: Image, change: dict[str, Any]) -> None:
    if "door" in change:
        Download.objects.filter(door="kokoon").update(**change)
    else:
        Download.objects.filter(door__in=["api", "site"]).update(**change)
    assert recount()
    assert recount("--repair")


def test_a_provider_that_counts_too_few_is_named(studio: Team, alice: User) -> None:
    image = an_image(studio, b"1")
    for n in range(2):
        Download.objects.count_once(image, f"user:{n}")
    Download.objects.update(told=timezone.now() - timedelta(days=1))
    Image.objects.update(provider_downloads=1)
    [said] = recount()
    assert said == f"image {image.pk}: its provider was told of 2, and counts 1"
