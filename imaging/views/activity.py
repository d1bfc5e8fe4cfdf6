"""The room that says who took what, when and by which way: all from one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db.models import Case, F, When
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imaging.middleware import SignedInRequest, current_team
from imaging.models import Download, Image, ShareLink, User
from imaging.models.downloadsets import DownloadQuerySet
from imaging.views.chosen import is_uuid, last_seen
from imaging.views.filters import Choice
from imaging.views.sheets import BOM, CHUNK, line, written
from imaging.views.spans import bars
from imaging.views.taken import Asked, doors

PAGE = 60
COLUMNS = ["time", "picture", "picture id", "person", "way", "link", "gallery", "zip"]
# What each list is grouped by.
GROUPS = {
    "picture": ("image",),
    "link": ("shared",),
    "person": ("user", "through", "guest"),
}


@dataclass(frozen=True)
class Group:
    """One row of a list of numbers: its name and number, where that leads."""

    name: str
    n: int
    last: datetime
    # The downloads that were counted here; "" where no address says so.
    address: str = ""
    image: Image | None = None
    link: ShareLink | None = None


@require_safe
def activity(request: SignedInRequest) -> HttpResponse:
    """List downloads, newest first, or count them by picture, link or person."""
    asked = Asked(request.GET, current_team(request), request.user)
    by = asked.by = one_of(GROUPS, request.GET.get("by", ""))
    spans = asked.span.parts()
    # Each span bounds the days by itself: of two bounds SQLite may use the wider one.
    numbers = asked.fitting.numbers([one.times for one in spans])
    context = {
        "asked": asked,
        "by": by,
        "tabs": tabs(asked, by),
        "total": sum(numbers),
        "bars": bars(spans, numbers, asked.undated),
        "wide": 10 * len(spans),
        **(groups(request, asked, by) if by else downloads(request, asked)),
    }
    return render(request, "activity/page.html", context)


def one_of(known: Iterable[str], text: str) -> str:
    return text if text in known else ""


def tabs(asked: Asked, by: str) -> list[Choice]:
    """Return the ways to count the same downloads."""
    names = {"picture": _("Pictures"), "link": _("Links"), "person": _("People")}
    return [Choice(one, names[one], asked.address(by=one), one == by) for one in GROUPS]


def downloads(request: SignedInRequest, asked: Asked) -> dict[str, Any]:
    """Return a page of downloads; `after` names the last one seen."""
    place = last_seen(request, asked.mine)
    rows = complete(asked.rows, request.user)
    found = list(rows.newest(place)[: PAGE + 1])
    links = links_seen(request.user, {row.link_id for row in found})
    more, ways = found[PAGE:], doors()
    return {
        "rows": [
            (row, links.get(row.link_id), ways.get(row.door, row.door))
            for row in found[:PAGE]
        ],
        "more": asked.address(after=found[PAGE - 1].pk) if more else "",
        "first": asked.here if place else "",
        "hides": not all(map(attrgetter("known"), found)),
    }


def complete(rows: DownloadQuerySet, user: User) -> DownloadQuerySet:
    return rows.with_known(user).select_related("image", "user")


def links_seen(user: User, pks: Iterable[UUID | None]) -> dict[UUID | None, ShareLink]:
    """Return those of these links that this person sees, by id."""
    mine = ShareLink.objects.visible_to(user).filter(pk__in={*pks} - {None})
    return {one.pk: one for one in mine.select_related("gallery").distinct()}


def groups(request: SignedInRequest, asked: Asked, by: str) -> dict[str, Any]:
    """Return a page of numbers, the highest first; `after` is the last place seen."""
    names = GROUPS[by]
    after = place_in(request.GET.get("after", ""), len(names))
    rows = asked.rows
    if by == "link":
        # Of the bare column, SQLite would walk its index and read every row.
        rows = rows.annotate(shared=Case(When(link__isnull=False, then=F("link"))))
    if by == "person":
        through = Case(When(guest__isnull=False, then=F("link")))
        rows = rows.known_to(request.user).annotate(through=through)
    found = list(rows.ranked(*names, after=after)[: PAGE + 1])
    shown = found[:PAGE]
    last = [shown[-1]["n"], *(shown[-1][one] for one in names)] if found[PAGE:] else []
    place = "~".join("" if one is None else str(one) for one in last)
    return {
        "groups": list(NAMED[by](request.user, asked, shown)),
        "more": asked.address(by=by, after=place) if place else "",
        "first": asked.address(by=by) if after else "",
    }


def place_in(text: str, columns: int) -> list[Any]:
    """Read where a page of numbers begins; nowhere if it makes no sense."""
    count, *rest = text.split("~")
    if not count.isdecimal() or len(count) > 15 or len(rest) != columns:
        return []
    ids, number = rest[:2], rest[2] if columns == 3 else ""
    if any(one and not is_uuid(one) for one in ids) or len(number) > 9:
        return []
    if number and not number.isdecimal():
        return []
    place: list[Any] = [int(count), *(UUID(one) if one else None for one in ids)]
    return [*place, int(number) if number else None] if columns == 3 else place


def by_picture(
    user: User, asked: Asked, rows: Sequence[dict[str, Any]]
) -> Iterator[Group]:
    images = Image.objects.in_bulk([row["image"] for row in rows if row["image"]])
    for row in rows:
        image = images.get(row["image"])
        name = image.name if image else _("Deleted pictures")
        address = asked.address(picture=image.pk) if image else ""
        yield Group(name, row["n"], row["last"], address, image=image)


def by_link(
    user: User, asked: Asked, rows: Sequence[dict[str, Any]]
) -> Iterator[Group]:
    links = links_seen(user, {row["shared"] for row in rows})
    for row in rows:
        link = links.get(row["shared"])
        name = (
            _("A link of a private gallery") if row["shared"] else _("Without a link")
        )
        address = asked.address(link=link.pk, guest="") if link else ""
        yield Group(
            str(link) if link else name, row["n"], row["last"], address, link=link
        )


def by_person(
    user: User, asked: Asked, rows: Sequence[dict[str, Any]]
) -> Iterator[Group]:
    users = User.objects.in_bulk([row["user"] for row in rows if row["user"]])
    links = links_seen(user, {row["through"] for row in rows})
    for row in rows:
        name, address = _("Deleted accounts"), ""
        if found := users.get(row["user"]):
            name, address = str(found), asked.address(person=found.pk)
        elif row["guest"]:
            link = links.get(row["through"])
            name = guest_name(row["guest"], link)
            if link:
                address = asked.address(link=link.pk, guest=row["guest"])
        yield Group(name, row["n"], row["last"], address)


NAMED: dict[str, Callable[..., Iterator[Group]]] = {
    "picture": by_picture,
    "link": by_link,
    "person": by_person,
}


def guest_name(number: int, link: ShareLink | None) -> str:
    """Name a guest's browser; the same as long as there is the link."""
    if link is None:
        return _("Guest %d of a link of a private gallery") % number
    return _("Guest %(number)d of %(link)s") % {"number": number, "link": link}


@require_safe
def activity_download(request: SignedInRequest) -> StreamingHttpResponse:
    """Send every download that fits as a table, newest first, in constant memory."""
    asked = Asked(request.GET, current_team(request), request.user)
    name = f"downloads-{asked.span.first}-{asked.span.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    lines = table(asked.rows, request.user)
    return StreamingHttpResponse(
        lines, content_type="text/csv; charset=utf-8", headers=headers
    )


def table(found: DownloadQuerySet, user: User) -> Iterator[str]:
    """Write a line for each of these downloads."""

    def write(rows: list[Download]) -> str:
        links, ways = links_seen(user, {row.link_id for row in rows}), doors()
        return "".join(line(cells(row, links.get(row.link_id), ways)) for row in rows)

    return written(BOM + line(COLUMNS), some_of(complete(found, user)), write)


def some_of(rows: DownloadQuerySet) -> Iterator[list[Download]]:
    last: Download | None = None
    while found := list(rows.newest(last)[:CHUNK]):
        yield found
        last = found[-1]


def cells(row: Any, link: ShareLink | None, ways: dict[str, str]) -> list[str]:
    """Return one download as a line of the table, in the reader's own time."""
    return [
        timezone.localtime(row.at).isoformat(sep=" ", timespec="seconds"),
        row.image.name if row.image else "",
        str(row.image_id or ""),
        taker(row, link),
        ways.get(row.door, row.door),
        str(link or ""),
        str(link.gallery or "") if link else "",
        str(row.bundle or ""),
    ]


def taker(row: Any, link: ShareLink | None) -> str:
    """Name who took it, as far as the reader may know."""
    if not row.known:
        return ""
    if row.user:
        return str(row.user)
    return guest_name(row.guest, link) if row.guest else ""
