"""Bytes put straight into the storage, as images or bare; nobody looks into them."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponseBase
from django.test import RequestFactory
from django.test.client import closing_iterator_wrapper
from django.utils import timezone

from imaging.delivery.transfer import Stored, send
from imaging.models import Blob, Image, Team

MADE = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
DATE = "Sun, 01 Mar 2026 12:00:00 GMT"
JPEG = {"format": "jpeg", "content_type": "image/jpeg", "extension": ".jpg"}


def an_image(team: Team, data: bytes, name: str = "a.jpg", **facts: Any) -> Image:
    """Store an image with these bytes, and no rendition."""
    values = {**JPEG, "width": 80, "height": 80, "mode": "RGB", **facts}
    blob = Blob.objects.create(
        team=team,
        digest=hashlib.sha256(data).hexdigest(),
        size=len(data),
        stored=True,
        described=timezone.now(),
        **values,
    )
    default_storage.save(blob.key, ContentFile(data))
    return Image.objects.create(team=team, blob=blob, name=name)


def add_rendition(image: Image, name: str, data: bytes) -> None:
    """Store a rendition as the worker would have made it."""
    blob = image.blob
    key = f"{blob.folder}/{name}.webp"
    default_storage.save(key, ContentFile(data))
    blob.renditions[name] = {"key": key, "type": "image/webp", "size": len(data)}
    blob.save()


def stored(data: bytes, **changes: Any) -> Stored:
    """Store bare bytes, tagged abc, made on DATE."""
    key = default_storage.save("a", ContentFile(data))
    fields = {"key": key, "size": len(data), "content_type": "image/jpeg"}
    fields |= {"name": "a.jpg", "tag": "abc", "modified": MADE, "cache": "private"}
    return Stored(**{**fields, **changes})


def ask(what: Stored, method: str = "GET", **headers: str) -> HttpResponseBase:
    """Ask for them; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = RequestFactory().generic(method, "/", headers=named)
    return send(request, what, "inline")


def body(response: Any) -> bytes:
    """Take all of an answer's body, which must be as long as it said."""
    if not response.streaming:
        return bytes(response.content)
    data = b"".join(closing_iterator_wrapper(response, response.close))
    assert response["Content-Length"] == str(len(data))
    return data
