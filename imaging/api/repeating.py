"""Calls that may be sent again: with the same key they make the same thing once."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import timedelta
from typing import Annotated, Any

from django.utils import timezone
from ninja import Header

from imaging.api.callers import Caller, NotAllowed
from imaging.models import VendorRecord

KEPT = timedelta(days=1)
# Annotate a parameter with it; "" where none was sent.
IdempotencyKey = Annotated[
    str,
    Header(
        "",
        alias="Idempotency-Key",
        max_length=255,
        description="Sent again with the same key, this call makes nothing more.",
    ),
]


def id_for(caller: Caller, key: str, *said: Any) -> uuid.UUID:
    """Return the id for what a call makes: the same for the same key and content.

    So it is made once, also by two calls at the same time, and after a crash. Raises
    NotAllowed when the key was used for something else.
    """
    if not key:
        return uuid.uuid4()
    fresh = {"digest": digest_of(said), "id": str(uuid.uuid4())}
    until = timezone.now() + KEPT
    row, _new = VendorRecord.objects.get_or_create(
        **names(caller, key), defaults={"data": fresh, "expires": until}
    )
    return id_in(row, said)


def id_before(caller: Caller, key: str, *said: Any) -> uuid.UUID | None:
    """Return the id that this very call had when it came before; None if it did not.

    Raises NotAllowed when the key was used for something else.
    """
    row = VendorRecord.objects.filter(**names(caller, key)).first() if key else None
    return id_in(row, said) if row else None


def names(caller: Caller, key: str) -> dict[str, Any]:
    """Return what a key is found by: it is of one token."""
    return {
        "provider": "darkroom",
        "kind": "idempotency",
        "team": caller.team(),
        "key": f"{caller.token.pk} {hashlib.sha256(key.encode()).hexdigest()}",
    }


def digest_of(said: Any) -> str:
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def id_in(row: VendorRecord, said: Any) -> uuid.UUID:
    if row.data["digest"] != digest_of(said):
        told = "This Idempotency-Key was used for another request."
        raise NotAllowed(422, "idempotency_key_reused", told)
    return uuid.UUID(row.data["id"])
