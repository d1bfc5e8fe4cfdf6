"""Search in a workspace: by a picture over the local index, by a text over names.

Pages "Request asset search" and "Get asset search result".
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import get_random_string

from imaging.api.callers import Caller, NotAllowed
from imaging.models import Image, Scope, Upload, User, VendorRecord
from imaging.models.imagesets import ImageQuerySet
from imaging.providers.naver import wire
from imaging.providers.naver.server import bodies
from imaging.providers.naver.server.entrance import (
    count_call,
    invalid,
    read_body,
    read_number,
    server,
    success,
)
from imaging.providers.naver.server.uploads import asset_of, final_key, image_of
from imaging.providers.naver.server.workspaces import get
from imaging.similar import find

KIND, ASSET = "search", "asset"
KEPT = timedelta(days=1)
MOST = 1_000
ID = re.compile("[A-Za-z0-9]{20}")
Hit = tuple[uuid.UUID, float]


@server.operation(Scope.READ)
def search(request: HttpRequest, caller: Caller, workspace: str) -> HttpResponse:
    """Search at once; the answer is kept for a day."""
    count_call(caller, "search")
    where = get(caller, workspace)
    query = read_body(request, bodies.read_query)
    # By a picture: what it found, best first. By a text nothing is kept but the text.
    found = like(caller.user, where, query.key) if query.key else []
    record = VendorRecord.objects.create(
        provider="naver",
        kind=KIND,
        team=where.team,
        key=get_random_string(20),
        data={
            "workspace": where.number,
            "text": query.text,
            # Nobody here has a number: who asks for certain people finds nothing.
            "nothing": query.by_person,
            "found": found,
        },
        expires=timezone.now() + KEPT,
    )
    return success({"searchId": record.key})


@server.operation(Scope.READ)
def result(
    request: HttpRequest, caller: Caller, workspace: str, search: str
) -> HttpResponse:
    count_call(caller, "result")
    size = read_number(request, "pageSize", 50, wire.PAGE_SIZE)
    page = read_number(request, "pageNum", 1)
    where = get(caller, workspace)
    mine = VendorRecord.objects.of("naver", KIND).filter(team=where.team_id)
    asked = mine.filter(key=search).first() if ID.fullmatch(search) else None
    if asked is None or asked.data["workspace"] != where.number:
        raise NotAllowed(404, "not_found", "There is no such search.")
    total, hits = hits_of(caller.user, asked, slice((page - 1) * size, page * size))
    return success(
        {
            "searchId": asked.key,
            "status": "COMPLETED",
            "totalCount": total,
            "totalPage": -(-total // size),
            "results": dump(where, hits),
        }
    )


def searched(user: User, where: VendorRecord) -> ImageQuerySet:
    """Return what is searched: a team's pictures, without those to search by.

    Only those have come to an address that was good for one file.
    """
    to_search_by = Upload.objects.filter(image=OuterRef("pk"), once=True)
    seen = Image.objects.visible_to(user).filter(team=where.team_id).whole()
    return seen.exclude(Exists(to_search_by))


def like(user: User, where: VendorRecord, key: str) -> list[tuple[str, float]]:
    """Return what looks like the image of a key. Raises NotAllowed."""
    asset = asset_of(user, bodies.read_key(key))
    image = image_of(user, asset) if asset and final_key(asset) == key else None
    if image is None:
        raise invalid("imageQuery names no image that was completed.")
    descriptor = bytes(image.blob.descriptor)
    if not descriptor:
        return []
    teams = [where.team_id]
    matches = find(descriptor, searched(user, where), teams, most=MOST)
    return [(one.image.hex, round(one.score, 4)) for one in matches]


def hits_of(user: User, asked: VendorRecord, page: slice) -> tuple[int, Sequence[Hit]]:
    """Return how much was found that may still be seen, and one page of it."""
    if asked.data["nothing"]:
        return 0, []
    images = searched(user, asked)
    if text := asked.data["text"]:
        # All its words are in the name of each: none is better than another.
        rows = images.named(text).filter(created__lte=asked.created)
        pks = rows.order_by("-created", "-id").values_list("pk", flat=True)
        return rows.count(), [(pk, 1.0) for pk in pks[page]]
    found = [(uuid.UUID(pk), score) for pk, score in asked.data["found"]]
    told = images.filter(pk__in=[pk for pk, _score in found])
    seen = set(told.values_list("pk", flat=True))
    shown = [hit for hit in found if hit[0] in seen]
    return len(shown), shown[page]


def dump(where: VendorRecord, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    numbers = numbers_of(where, [pk.hex for pk, _score in hits])
    return [
        {
            "assetId": numbers[pk.hex],
            "projectId": where.number,
            "assetType": "IMAGE",
            # A picture has one entry in the index.
            "indexId": numbers[pk.hex],
            "score": score,
        }
        for pk, score in hits
    ]


def numbers_of(where: VendorRecord, keys: Sequence[str]) -> dict[str, int]:
    """Return the numbers by which these images go; new ones are given their own."""
    rows = VendorRecord.objects.of("naver", ASSET).filter(team=where.team_id)
    known = dict(rows.filter(key__in=keys).values_list("key", "number"))
    if new := [key for key in keys if key not in known]:
        facts = {"provider": "naver", "kind": ASSET, "team": where.team}
        made = [VendorRecord(key=key, **facts) for key in new]
        VendorRecord.objects.bulk_create(made, ignore_conflicts=True)
        known |= dict(rows.filter(key__in=new).values_list("key", "number"))
    return known
