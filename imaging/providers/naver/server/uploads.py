"""Images to search by: an address for one file, and what became of it.

Pages "Issue search asset presigned URL" and "Get search asset upload status".
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from imaging import pictures
from imaging.api.callers import Caller, NotAllowed
from imaging.api.presigned import put_address
from imaging.models import Image, Scope, Upload, User, VendorRecord
from imaging.models.imagesets import in_hands_of
from imaging.models.uploads import Incomplete
from imaging.pictures import pixels
from imaging.providers.naver import wire
from imaging.providers.naver.server import bodies
from imaging.providers.naver.server.entrance import (
    count_call,
    read_body,
    server,
    success,
)

KIND = "query-asset"
# The store itself stops here; what the service takes is much less.
PUT_BYTES = 50 * 1024 * 1024
# Longer than any image of this door: a quarter of an hour to send it, a day to use it.
KEPT = timedelta(hours=25)
QUALITY = 90
# The pixels of a phone's picture take 200 MB: one at a time in each process.
TURN = threading.Lock()


@server.operation(Scope.UPLOAD)
def presign(request: HttpRequest, caller: Caller) -> HttpResponse:
    count_call(caller, "presign")
    name = read_body(request, bodies.read_presign)
    key, upload = permit(caller, name)
    return success(
        {
            "assetFileKey": str(key),
            "presignedUploadUrl": put_address(request, upload, wire.ADDRESS_SECONDS),
            "expirationSeconds": wire.ADDRESS_SECONDS,
        }
    )


def permit(caller: Caller, name: str) -> tuple[bodies.Key, Upload]:
    """Let the caller send one file, and remember its name as it was said."""
    team = caller.adding_team()
    try:
        with transaction.atomic():
            upload = Upload.objects.permit(
                team, caller.user, name, max_bytes=PUT_BYTES, once=True
            )
            VendorRecord.objects.create(
                provider="naver",
                kind=KIND,
                team=team,
                key=upload.pk.hex,
                data={"name": name, "final": name},
                expires=timezone.now() + KEPT,
            )
    except pictures.Refused as refused:
        # Too many are waiting for their files; they wait for a quarter of an hour.
        raise NotAllowed(429, refused.code, refused.message, wait=60) from refused
    return bodies.Key(upload.pk, name), upload


@server.operation(Scope.UPLOAD)
def complete(request: HttpRequest, caller: Caller) -> HttpResponse:
    count_call(caller, "complete")
    said = read_body(request, bodies.read_complete)
    asset = asset_of(caller.user, bodies.read_key(said))
    reason = judged(asset, caller.user) if asset else wire.ABSENT
    return success(
        {
            "assetKey": final_key(asset) if asset and not reason else said,
            "uploadStatus": "FAILED" if reason else "COMPLETED",
            "uploadMessage": reason or None,
        }
    )


def asset_of(user: User, key: bodies.Key | None) -> VendorRecord | None:
    """Return the asset of this key in one of this person's teams.

    A key holds while the name in it is that it was issued with, or that of its JPG.
    """
    if key is None:
        return None
    mine = VendorRecord.objects.of("naver", KIND).filter(team__memberships__user=user)
    asset = mine.filter(key=key.id.hex).first()
    return asset if asset and key.name in asset.data.values() else None


def final_key(asset: VendorRecord) -> str:
    return f"images/{asset.key}/{asset.data['final']}"


def image_of(user: User, asset: VendorRecord) -> Image | None:
    """Return the image that an asset has become, for as long as it is there."""
    seen = Image.objects.visible_to(user).select_related("blob")
    return seen.filter(pk=asset.key).first()


def judged(asset: VendorRecord, user: User) -> str:
    """Say why an asset is not taken, if it is not: the same however often asked."""
    mine = Upload.objects.filter(in_hands_of(user, owner="user"), pk=asset.key)
    upload = mine.select_related("team", "user").first()
    if upload and upload.whole and upload.state == Upload.State.PENDING:
        judge(asset, upload)
        upload.refresh_from_db()
        asset.refresh_from_db()
    if image_of(user, asset):
        return ""
    if upload is None or upload.state != Upload.State.REFUSED:
        return wire.ABSENT
    return wire.TOO_LARGE if upload.size > wire.MAX_BYTES else wire.TOO_SMALL


def judge(asset: VendorRecord, upload: Upload) -> None:
    """Look at what has arrived, its size first, and store it for a day."""
    if upload.size > wire.MAX_BYTES:
        upload.end(Upload.State.REFUSED, reason=wire.TOO_LARGE)
        return
    team = upload.team
    if team.bytes_used + upload.size > team.max_bytes:
        # No fault of the file's: asked again, it may be taken.
        raise NotAllowed(503, "storage_full", "The team's storage is full.")
    try:
        upload.complete(
            prepared=converting(asset, upload), accept=accept, expires=upload.expires
        )
    except (pictures.Refused, Incomplete, Upload.DoesNotExist):
        # What it is now is read again; another request may have been faster.
        return


def accept(picture: pictures.Picture) -> None:
    """Raise Refused for what cannot be searched by."""
    small = min(picture.width, picture.height) < wire.MIN_SIDE
    if small or picture.format not in wire.FORMATS:
        raise pictures.Refused("not_supported", wire.TOO_SMALL)


def converting(
    asset: VendorRecord, upload: Upload
) -> Callable[[Path], AbstractContextManager[Path]]:
    """Have a HEIC stored as a JPG, by its content; the asset is told its new name."""

    @contextmanager
    def prepared(path: Path) -> Iterator[Path]:
        with path.open("rb") as source:
            form = pictures.known_format(source.read(pictures.HEAD))
        if form.name != "heic":
            yield path
            return
        final = bodies.jpg_name(asset.data["name"])
        with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as room:
            to = as_jpg(path, Path(room))
            asset.learn(final=final)
            upload.name = final
            yield to

    return prepared


def as_jpg(path: Path, room: Path) -> Path:
    """Write an upright JPG without metadata; the limited child reads the HEIC."""
    to = room / "converted.jpg"
    with TURN:
        given = pixels.load(path, room)
        pixels.save(given, to, format="jpeg", quality=QUALITY)
    return to
