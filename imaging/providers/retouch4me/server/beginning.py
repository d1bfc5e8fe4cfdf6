"""How a job begins: once for each key, within the quota, and leaving nothing else."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from imaging import pictures
from imaging.api.callers import Caller, NotAllowed
from imaging.api.serving import via
from imaging.models import (
    Batch,
    Image,
    Order,
    Refusal,
    Scope,
    Task,
    Team,
    VendorRecord,
    Via,
)
from imaging.models.orders import NotNow, facts_under
from imaging.providers.retouch4me import wire
from imaging.providers.retouch4me.server.entrance import Sent
from imaging.providers.retouch4me.server.jobs import KEPT, Job
from imaging.providers.retouch4me.server.payload import (
    DOOR,
    Work,
    order_for,
    read_payload,
)
from imaging.providers.retouch4me.server.quota import account_of, left_today

KEY = "Idempotency-Key"
HOOKS = "RETOUCH4ME_HOOKS"
LONGEST_HOOK = 1_000
UNKNOWN = "unknown_format"


def begin(request: HttpRequest, sent: Sent) -> Job:
    """Begin the job that was sent; the same key gives the same one for a day."""
    caller = sent.caller
    caller.need(Scope.UPLOAD)
    caller.need(Scope.PROCESS)
    team = caller.adding_team()
    key = key_of(caller, team, request.headers.get(KEY, ""))
    if again := begun(team, key):
        return again
    work = read_payload(sent.text("payload"))
    order = order_for(team, work)
    way = via(request, DOOR, hook=hook_of(sent.text("hook")))
    account = account_of(team)
    if not left_today(account):
        # The same request may have taken the last one just now.
        if again := begun(team, key):
            return again
        raise reached()
    image, is_new = stored(sent, team, order, key)
    try:
        return ordered(account, image.pk, order, work, caller, key, way)
    except BaseException:
        if is_new:
            image.remove()
        raise


def reached() -> NotAllowed:
    return NotAllowed(461, "quota", wire.LIMIT_REACHED)


def key_of(caller: Caller, team: Team, said: str) -> uuid.UUID:
    """Return the key of the batch that this request is about: another after a day."""
    if not said:
        return uuid.uuid4()
    since = timezone.now() - KEPT
    for turn in count():
        key = uuid.uuid5(caller.token.pk, f"{turn} {said}")
        if not Batch.objects.filter(team=team, key=key, created__lte=since).exists():
            return key
    raise AssertionError


def begun(team: Team, key: uuid.UUID) -> Job | None:
    """Return the job that was begun with this key."""
    task = Task.objects.filter(batch__team=team, batch__key=key).first()
    return Job.of(task) if task else None


def hook_of(said: str) -> str:
    """Return the address to tell, if its host is one of those that may be told."""
    with suppress(ValueError):
        parts = urlsplit(said)
        named = os.environ.get(HOOKS, "").lower().split(",")
        allowed = {one.strip() for one in named} - {""}
        hosts = {str(parts.hostname), f"{parts.hostname}:{parts.port}"}
        plain = parts.scheme in {"http", "https"} and "@" not in parts.netloc
        if plain and hosts & allowed and len(said) <= LONGEST_HOOK:
            return said
    return ""


def stored(sent: Sent, team: Team, order: Order, key: uuid.UUID) -> tuple[Image, bool]:
    """Keep the picture, once for each key; say whether it is this request that did."""
    pk = uuid.uuid5(key, sent.file.digest)

    def accept(picture: pictures.Picture) -> None:
        check(picture, sent.file.name or "", order)

    try:
        image = Image.objects.store(
            Path(sent.file.temporary_file_path()),
            team=team,
            owner=sent.caller.user,
            name=sent.file.name or "",
            digest=sent.file.digest,
            accept=accept,
            id=pk,
        )
    except IntegrityError:
        return Image.objects.get(pk=pk), False
    except pictures.Refused as refused:
        if refused.code == UNKNOWN:
            raise other_format() from refused
        raise
    return image, True


def other_format() -> pictures.Refused:
    said = f"The file is none of the formats that are taken: {', '.join(wire.FORMATS)}."
    return pictures.Refused(UNKNOWN, said)


def check(picture: pictures.Picture, name: str, order: Order) -> None:
    """Raise pictures.Refused for what the pages, or who does the work, do not take."""
    if picture.format not in wire.FORMATS:
        raise other_format()
    if picture.width * picture.height > wire.MAX_MEGAPIXELS * 1_000_000:
        said = f"At most {wire.MAX_MEGAPIXELS} megapixels are taken."
        raise pictures.Refused("too_large_pixels", said)
    verdict = order.operation.check(facts_under(name, picture), order.options)
    if verdict.blocked:
        raise pictures.Refused("blocked", verdict.reason)


def ordered(
    account: VendorRecord,
    image_id: uuid.UUID,
    order: Order,
    work: Work,
    caller: Caller,
    key: uuid.UUID,
    way: Via,
) -> Job:
    """Begin the task, and count it, while nobody else of the team can.

    Raises NotAllowed where nothing is left, or the team's own bounds are reached.
    """
    team = account.team
    with transaction.atomic():
        account = VendorRecord.objects.select_for_update().get(pk=account.pk)
        if again := begun(team, key):
            return again
        left, image = left_today(account), Image.objects.filter(pk=image_id)
        # Without the picture, the same request was refused just now.
        if not left or not (found := image.select_related("blob").first()):
            raise reached()
        try:
            batch = Task.objects.start(
                [found], order, team=team, user=caller.user, key=key, via=way
            )
        except NotNow as refusal:
            raise NotAllowed(503, "unavailable", refusal.message) from refusal
        except Refusal as refusal:
            raise reached() from refusal
        return Job.begun(batch.tasks.get(), work, left - 1)
