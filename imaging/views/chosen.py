"""Which pictures a form names, and where to go when it has been obeyed."""

from __future__ import annotations

import uuid

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

# What one press of a button may concern.
AT_MOST = 5_000


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def chosen_ids(request: HttpRequest) -> list[uuid.UUID]:
    """Return the ids in the fields `image`; one field may hold many, with commas."""
    sent = request.POST or request.GET
    words = ",".join(sent.getlist("image")).split(",")
    return [uuid.UUID(word) for word in words if is_uuid(word)][:AT_MOST]


def way_back(request: HttpRequest) -> str:
    """Return the page of this site that the form came from, else the library."""
    asked = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()})
    return asked if asked.startswith("/") and ours else reverse("library")


def wants_data(request: HttpRequest) -> bool:
    """Say whether a script asks, which shows by itself what has changed."""
    return request.headers.get("Accept") == "application/json"
