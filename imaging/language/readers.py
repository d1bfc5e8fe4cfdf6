"""In which language and time zone somebody reads: as chosen, else by the browser."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation

from imaging.models import User

# Whose answers are for programs: these are plain English, whoever asks.
PROGRAMS = ("imaging.api.", "imaging.providers.", "ninja.")


@cache
def zones() -> list[str]:
    """Return the names of all time zones of places that this machine knows."""
    known = zoneinfo.available_timezones()
    return ["UTC", *sorted(name for name in known if "/" in name)]


def language_of(user: User) -> str:
    """Return the language that a person has chosen; "" for none, or one long gone."""
    return user.language if user.language in dict(settings.LANGUAGES) else ""


def zone_of(user: User) -> zoneinfo.ZoneInfo | None:
    """Return the time zone that a person has chosen, if this machine knows it."""
    try:
        return zoneinfo.ZoneInfo(user.time_zone) if user.time_zone else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


@contextmanager
def addressing(user: User) -> Iterator[None]:
    """Write to a person, as in a mail: in their language, with their zone's times."""
    language = language_of(user) or settings.LANGUAGE_CODE
    with translation.override(language), timezone.override(zone_of(user)):
        yield


def remember(answer: HttpResponse, language: str) -> None:
    """Keep a language in this browser, for its pages before anybody has signed in."""
    name = settings.LANGUAGE_COOKIE_NAME
    if not language:
        answer.delete_cookie(name, samesite="Lax")
        return
    answer.set_cookie(
        name,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )


class ReaderMiddleware:
    """Answer in the language and zone of whoever is signed in; programs in English."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        zone = None
        # Unasked, a session varies no answer: guests keep the pictures that they have.
        here = settings.SESSION_COOKIE_NAME in request.COOKIES
        if here and request.user.is_authenticated:
            zone = zone_of(request.user)
            if language := language_of(request.user):
                translation.activate(language)
        with timezone.override(zone):
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, named: Any
    ) -> None:
        if view.__module__.startswith(PROGRAMS):
            translation.activate(settings.LANGUAGE_CODE)
