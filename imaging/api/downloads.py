"""Who took what, and when: every counted download."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Query, Router, Schema

from imaging.api.native import Call
from imaging.api.paging import Moment, Paging, given, page
from imaging.models import Download

router = Router(tags=["Downloads"])


class DownloadOut(Schema):
    id: UUID
    at: datetime
    image: UUID | None = Field(description="None where it was deleted since.")
    image_name: str
    user: UUID | None = Field(
        description="None for a guest, and for who may not read names: only owners "
        "and editors read those of others."
    )
    user_name: str
    guest: int | None = Field(description="Which of the link's guests took it.")
    door: str = Field(description="site, api, share …")
    link: UUID | None = Field(description="The share link it went through.")
    bundle: UUID | None = Field(description="What was taken in one ZIP bears one.")


class DownloadPage(Schema):
    items: list[DownloadOut]
    next: str | None


class Asked(Paging):
    team: UUID | None = None
    image: UUID | None = None
    user: UUID | None = None
    link: UUID | None = None
    door: str = Field("", max_length=20)
    since: Moment | None = None
    until: Moment | None = None


def dump_download(row: Any) -> dict[str, Any]:
    """Return a row of `with_known` as it is answered."""
    user = row.user if row.known else None
    return {
        "id": row.pk,
        "at": row.at,
        "image": row.image_id,
        "image_name": row.image.name if row.image else "",
        "user": user.pk if user else None,
        "user_name": str(user or ""),
        "guest": row.guest if row.known else None,
        "door": row.door,
        "link": row.link_id,
        "bundle": row.bundle,
    }


@router.get("", response=DownloadPage, summary="List downloads")
def list_downloads(request: Call, asked: Query[Asked]) -> Any:
    """Of the pictures that you see; each person counts once in 15 minutes."""
    exact = {name: getattr(asked, name) for name in ("team", "image", "link", "door")}
    span = {"at__gte": asked.since, "at__lt": asked.until}
    rows = Download.objects.visible_to(request.user).filter(**given(**exact, **span))
    if asked.user:
        rows = rows.filter(user=asked.user).known_to(request.user)
    rows = rows.with_known(request.user).select_related("image", "user")
    found, following = page(rows, asked, by="at")
    return {"items": [dump_download(one) for one in found], "next": following}
