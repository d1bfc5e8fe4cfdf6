"""Images: uploaded, looked at, listed, their downloads counted, thrown away."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path, PurePath
from typing import Any, cast

from django.db.models import CharField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Replace, StrIndex
from django.db.models.lookups import GreaterThan
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from imaging import pictures
from imaging.api.addresses import address
from imaging.api.callers import Caller, NotAllowed, read_uuid
from imaging.api.serving import reserved
from imaging.delivery import downloads
from imaging.models import Download, Image, Scope, State, VendorRecord
from imaging.models.fields import fold
from imaging.models.imagesets import ImageQuerySet
from imaging.providers.kokoon import wire
from imaging.providers.kokoon.server import asked
from imaging.providers.kokoon.server.answers import dump_image, dump_unmade
from imaging.providers.kokoon.server.door import DOOR, KEPT_DAYS, invalid, server
from imaging.receiving import ReceivedFile, bound_files, refused_files

MOST_BYTES = 50 * 2**20
LEAST, LONG_MOST, SHORT_MOST = 64, 3840, 2160
FORMATS = {"jpeg", "png", "bmp"}
ENDINGS = {".jpg", ".jpeg", ".png", ".bmp"}
THUMB = 320
ORDERS = ("created_time", "expired_time", "filename")
FILTERS = (
    *("orig_type", "filename", "order_field", "order"),
    *("page_size", "page_num", "start_date", "end_date"),
)


@server.operation(Scope.UPLOAD)
def upload_image(request: HttpRequest, caller: Caller) -> JsonResponse:
    """Take an original; the answer means that it is stored."""
    team = caller.adding_team()
    bound_files(request, MOST_BYTES)
    sent = cast(ReceivedFile | None, request.FILES.get("file"))
    for _name, refused in refused_files(request):
        raise refused
    if sent is None:
        raise NotAllowed(400, "empty", "file is required")
    if PurePath(sent.name or "").suffix.lower() not in ENDINGS:
        raise not_taken("unknown_format")
    now = timezone.now()
    image = Image.objects.store(
        Path(sent.temporary_file_path()),
        team=team,
        owner=caller.user,
        name=sent.name or "",
        digest=sent.digest,
        accept=accept,
        created=now,
        expires=now + timedelta(days=KEPT_DAYS),
    )
    return JsonResponse(described(request, caller, image, downloads=0))


def accept(picture: pictures.Picture) -> None:
    """Refuse what Kokoon does not take, by the pixels as they are stored."""
    if picture.format not in FORMATS:
        raise not_taken("unknown_format")
    sides = picture.stored_width, picture.stored_height
    if min(sides) < LEAST or max(sides) > LONG_MOST or min(sides) > SHORT_MOST:
        raise not_taken("too_large_pixels")


def not_taken(code: str) -> pictures.Refused:
    return pictures.Refused(code, code)


@server.operation(Scope.READ)
def get_image(request: HttpRequest, caller: Caller, vid: str) -> JsonResponse:
    """Describe an original, or a result from the moment its task began."""
    pk = read_uuid(vid)
    image = shown(caller).filter(pk=pk).first()
    if image is not None:
        return JsonResponse(in_full(request, caller, image, image.download_count))
    task = reserved(pk, caller)
    if task is not None and task.state != State.COMPLETED:
        kept = VendorRecord.objects.of(DOOR, wire.FULL).filter(key=task.pk.hex).first()
        if kept is not None:
            return JsonResponse(dump_unmade(task, kept.data["request"]))
    raise absent()


@server.operation(Scope.READ)
def list_images(request: HttpRequest, caller: Caller) -> JsonResponse:
    """List what exists, by the filters, which are said back."""
    query = asked.query_of(request)
    rows = filtered(shown(caller), query)
    # Ids alone are sorted fast; the rest is read for this page.
    pks = list(rows.values_list("pk", flat=True)[asked.page_in(query)])
    there = Image.objects.select_related("blob").in_bulk(pks)
    page = [there[pk] for pk in pks if pk in there]
    counts = Download.objects.counts(page)
    found = [in_full(request, caller, image, counts.get(image.pk, 0)) for image in page]
    count = {"all_count": rows.count(), "curr_count": len(found)}
    said = asked.echoed(query, *FILTERS)
    return JsonResponse({**count, **said, "images": found})


def filtered(rows: ImageQuerySet, query: dict[str, str]) -> ImageQuerySet:
    """Choose and order images as a query says. Raises NotAllowed."""
    kind = asked.choice_in(query, "orig_type", "sr", "original")
    if kind:
        first = Q(parent=None, task=None)
        rows = rows.filter(first if kind == "original" else ~first)
    if part := query.get("filename"):
        rows = rows.filter(GreaterThan(StrIndex("folded", Value(fold(part))), 0))
    days = asked.days_in(query)
    rows = rows.filter(**{f"created__{name}": at for name, at in days.items()})
    return ordered(
        rows,
        asked.choice_in(query, "order_field", *ORDERS) or "created_time",
        asked.choice_in(query, "order", "asc", "desc") or "desc",
    )


def ordered(rows: ImageQuerySet, by: str, order: str) -> ImageQuerySet:
    """Sort images; what never expires comes after what does."""
    named = {"created_time": "created", "expired_time": "expires", "filename": "name"}
    field = F(named[by])
    if order == "asc":
        return rows.order_by(field.asc(nulls_last=True), "pk")
    return rows.order_by(field.desc(nulls_first=True), "-pk")


@server.operation(Scope.READ)
def download_inc_count(request: HttpRequest, caller: Caller, vid: str) -> JsonResponse:
    """Count a download that the program reports, however soon after another."""
    image = existing(caller, vid)
    try:
        count = downloads.count_reported(image, user=caller.user, door=DOOR)
    except Image.DoesNotExist:
        raise absent() from None
    return JsonResponse({"vid": str(image.pk), "download_cnt": count})


@server.operation(Scope.UPLOAD)
def delete_image(request: HttpRequest, caller: Caller, vid: str) -> JsonResponse:
    """Move an image and its results to the trash."""
    image = existing(caller, vid)
    if not Image.objects.changeable_by(caller.user).filter(pk=image.pk).exists():
        raise NotAllowed(403, "forbidden", "this image is not yours to delete")
    done = Image.objects.trash([image.pk], caller.user)
    if done.busy:
        raise NotAllowed(409, "busy", "the image is being processed")
    if done.shared:
        raise NotAllowed(403, "forbidden", "its results are not yours to delete")
    return JsonResponse({"vid": str(image.pk)})


def shown(caller: Caller) -> ImageQuerySet:
    """Return the images of this caller's teams: behind a preview there is none."""
    rows = Image.objects.visible_to(caller.user).whole().select_related("blob")
    rows = rows.exclude(expires__lte=timezone.now())
    return rows.filter(~of_type(wire.PREVIEW, "task"))


def existing(caller: Caller, vid: str) -> Image:
    """Return an image that is there. Raises NotAllowed."""
    image = shown(caller).select_related("team").filter(pk=read_uuid(vid)).first()
    if image is None:
        raise absent()
    return image


def original(caller: Caller, vid: str) -> Image:
    """Return the original that a task is wanted on. Raises NotAllowed."""
    image = existing(caller, vid)
    if image.parent_id or image.task_id:
        raise invalid("vid must be an original image")
    return image


def of_type(kind: str, task: str) -> Exists:
    """Select rows whose task, in the column of this name, is of one type."""
    key = Replace(Cast(OuterRef(task), CharField()), Value("-"), Value(""))
    rows = VendorRecord.objects.of(DOOR, kind)
    return Exists(rows.filter(team=OuterRef("team"), key=key))


def described(
    request: HttpRequest, caller: Caller, image: Image, downloads: int
) -> dict[str, Any]:
    """Describe an image with addresses that open for a short time, uncounted."""
    url = address(request, image, caller.user)
    thumb_url = address(request, image, caller.user, THUMB)
    return dump_image(image, downloads, url, thumb_url)


def in_full(
    request: HttpRequest, caller: Caller, image: Image, downloads: int
) -> dict[str, Any]:
    """Describe it with what was last said to be on it."""
    last = {"last_category": image.last_category or None}
    return described(request, caller, image, downloads) | last


def absent() -> NotAllowed:
    return NotAllowed(404, "not_found", "There is no such image.")
