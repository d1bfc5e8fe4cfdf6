"""Whether every number of downloads is so: counted again, row by row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Min, Q

from imaging import providers
from imaging.models import Download, Image, ShareLink
from imaging.models.downloads import AT_ONCE, GUEST, REPEAT, in_parts


def differences() -> Iterator[str]:
    """Name every number that is not what counting the rows again gives."""
    yield from wrong_numbers()
    yield from repeats()
    yield from mixed_bundles()
    yield from wrong_teams()
    yield from wrong_guests()
    yield from wrongly_owed()
    yield from wrongly_told()


def repair() -> None:
    """Set right what is kept beside the rows that it follows from."""
    for pk, team in strangers().values_list("pk", "image__team"):
        Download.objects.filter(pk=pk).update(team=team)
    for link in ShareLink.objects.filter(pk__in=[link for link, *_ in misnamed()]):
        renumber(link)
    Download.objects.lost().update(owed=None)


def wrong_numbers() -> Iterator[str]:
    """What pages and programs show of pictures and links is what the rows say."""
    images: Counter[UUID] = Counter()
    links: Counter[UUID] = Counter()
    used: defaultdict[UUID, set[UUID]] = defaultdict(set)
    columns = ("pk", "image", "link", "bundle")
    for pk, image, link, bundle in rows_of(*columns):
        if image:
            images[image] += 1
        if link:
            links[link] += 1
            used[link].add(bundle or pk)
    for some in in_parts(list(images)):
        for one in Image.objects.filter(pk__in=some).with_downloads():
            yield from differ(f"image {one.pk}", one.download_count, images[one.pk])
    for through in ShareLink.objects.with_downloads().iterator(AT_ONCE):
        name, pk = f"link {through.pk}", through.pk
        yield from differ(name, through.download_count, links[pk])
        taken = getattr(through, "downloads_used")  # noqa: B009
        yield from differ(f"{name}, of its limit", taken, len(used[pk]))


def differ(name: str, said: int, counted: int) -> Iterator[str]:
    if said != counted:
        yield f"{name}: {said} downloads are shown, {counted} are there"


def rows_of(*columns: str) -> Iterable[Any]:
    """Return these columns of every download, few at a time."""
    return Download.objects.order_by().values_list(*columns).iterator(2_000)


def repeats() -> Iterator[str]:
    """Nobody counts twice in 15 minutes, but for what programs report."""
    rows = Download.objects.exclude(image=None).order_by("image", "visitor", "at")
    before: tuple[Any, ...] = ()
    last: datetime | None = None
    for pk, at, door, *who in rows.values_list(
        "pk", "at", "door", "image", "visitor"
    ).iterator(2_000):
        same = tuple(who) == before and last is not None and at < last + REPEAT
        if same and door not in providers.doors():
            yield f"download {pk}: a repeat, which does not count"
        before, last = tuple(who), at


def mixed_bundles() -> Iterator[str]:
    """What was taken in one ZIP was taken by one visitor, through one link."""
    rows = Download.objects.exclude(bundle=None).order_by().values("bundle")
    several = rows.annotate(
        visitors=Count("visitor", distinct=True), links=Count("link", distinct=True)
    )
    for row in several.filter(Q(visitors__gt=1) | Q(links__gt=1)):
        yield f"bundle {row['bundle']}: not of one visitor and one link"


def strangers() -> Any:
    rows = Download.objects.exclude(image=None)
    return rows.exclude(team=F("image__team"))


def wrong_teams() -> Iterator[str]:
    """Every download belongs to the team of its picture."""
    for pk in strangers().values_list("pk", flat=True):
        yield f"download {pk}: not of the team of its picture"


def misnamed() -> Iterator[tuple[UUID, int, set[int | None]]]:
    """Return the links' guests whose numbers are not those of their order."""
    rows = Download.objects.filter(link__isnull=False, visitor__startswith=GUEST)
    numbers: defaultdict[tuple[UUID, str], set[int | None]] = defaultdict(set)
    for link, visitor, guest in (
        rows.order_by().values_list("link", "visitor", "guest").distinct()
    ):
        numbers[link, visitor].add(guest)
    first = rows.order_by().values("link", "visitor").annotate(first=Min("at"))
    given: Counter[UUID] = Counter()
    for row in first.order_by("first", "visitor"):
        link = row["link"]
        given[link] += 1
        if (said := numbers[link, row["visitor"]]) != {given[link]}:
            yield link, given[link], said


def wrong_guests() -> Iterator[str]:
    """A link's guests are numbered in the order of their first downloads."""
    for link, number, said in misnamed():
        yield f"link {link}: guest {number} is called {sorted(map(str, said))}"


@transaction.atomic
def renumber(link: ShareLink) -> None:
    """Number the guests of a link anew."""
    ShareLink.objects.select_for_update(no_key=True).get(pk=link.pk)
    rows = link.downloads.filter(visitor__startswith=GUEST).order_by()
    first = rows.values("visitor").annotate(first=Min("at"))
    found = first.order_by("first", "visitor").values_list("visitor", flat=True)
    for number, visitor in enumerate(list(found), 1):
        link.downloads.filter(visitor=visitor).update(guest=number)


def wrongly_owed() -> Iterator[str]:
    """A provider is owed only what can still be told, and is told of it once."""
    for pk in Download.objects.lost().values_list("pk", flat=True):
        yield f"download {pk}: owed to a provider, and the picture is deleted"
    twice = Download.objects.filter(owed__isnull=False, told__isnull=False)
    for pk in twice.values_list("pk", flat=True):
        yield f"download {pk}: told, and owed still"


def wrongly_told() -> Iterator[str]:
    """No provider counts fewer downloads of a picture than it was told of."""
    told = Count("downloads", filter=Q(downloads__told__isnull=False))
    known = Image.objects.filter(provider_downloads__isnull=False)
    short = known.annotate(told=told).filter(told__gt=F("provider_downloads"))
    for pk, count, said in short.values_list("pk", "told", "provider_downloads"):
        yield f"image {pk}: its provider was told of {count}, and counts {said}"
