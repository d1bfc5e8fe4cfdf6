"""What several rooms of the API answer with: pictures, and addresses of operations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Schema

from imaging.api.addresses import ORIGINAL, address
from imaging.api.native import Call
from imaging.models import Download, Image

THUMBNAIL = 320


class ImageOut(Schema):
    """A picture. `thumbnail_url` and `original_url` open for a quarter of an hour."""

    id: UUID
    team: UUID
    name: str
    width: int = Field(description="Upright, in pixels.")
    height: int
    size: int = Field(description="Bytes of the file.")
    format: str
    content_type: str
    digest: str = Field(description="SHA-256 of the file.")
    label: int = Field(description="0 is none; 1 red, 2 amber, 3 green, 4 blue, …")
    chosen: bool = Field(description="Whether it is delivered for its original.")
    created: datetime
    expires: datetime | None = Field(description="When it will be deleted.")
    parent: UUID | None = Field(description="What it was made of.")
    task: UUID | None = Field(description="What made it.")
    layer: bool = Field(description="Whether it is a part of a result, as a mask.")
    download_count: int
    url: str
    download_url: str = Field(description="The counted file; needs the token, too.")
    original_url: str = Field(description="To look at; not counted, needs no token.")
    thumbnail_url: str = Field(description="320 pixels; needs no token.")


class ImageDetail(ImageOut):
    variants: list[UUID] = Field(description="What was made of it.")


class ImagePage(Schema):
    items: list[ImageOut]
    next: str | None


def dump_images(request: Call, images: Sequence[Image]) -> list[dict[str, Any]]:
    """Say of these, which have their blobs, what they are; one query for them all."""
    counts = Download.objects.counts(images)
    return [dump_image(request, one, counts.get(one.pk, 0)) for one in images]


def dump_image(request: Call, image: Image, downloads: int) -> dict[str, Any]:
    blob, pk = image.blob, image.pk
    return {
        "id": pk,
        "team": image.team_id,
        "name": image.name,
        "width": blob.width,
        "height": blob.height,
        "size": blob.size,
        "format": blob.format,
        "content_type": blob.content_type,
        "digest": blob.digest,
        "label": image.label,
        "chosen": image.chosen,
        "created": image.created,
        "expires": image.expires,
        "parent": image.parent_id,
        "task": image.task_id,
        "layer": image.layer,
        "download_count": downloads,
        "url": url(request, "get_image", pk),
        "download_url": url(request, "download_image", pk),
        "original_url": address(request, image, request.user, ORIGINAL),
        "thumbnail_url": address(request, image, request.user, THUMBNAIL),
    }


def url(request: HttpRequest, name: str, *args: Any) -> str:
    """Return the address of an operation."""
    return request.build_absolute_uri(reverse(f"api:{name}", args=args))


def detail(request: Call, image: Image) -> dict[str, Any]:
    variants = Image.objects.visible_to(request.user).whole().filter(parent=image)
    made = variants.order_by("created", "id").values_list("pk", flat=True)
    return dump_images(request, [image])[0] | {"variants": list(made)}
