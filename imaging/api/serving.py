"""How a vendor's own API is answered: read, act, dump, each error in its own words."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from imaging import pictures
from imaging.api.callers import Caller, NotAllowed
from imaging.models import Order, Refusal, Task, Team, Via
from imaging.models.orders import carried
from imaging.outage import outage_of
from imaging.outgoing import hops

log = logging.getLogger(__name__)
View = Callable[..., HttpResponseBase]
# What lets a caller in by the vendor's own scheme: (request, scope). Raises NotAllowed.
Entrance = Callable[[HttpRequest, str], Caller]
# Neutral options, as this provider's form takes them: by provider, "" for any other.
Wanted = dict[str, dict[str, Any]]


class Server:
    """The manners of one vendor's API: how callers come in, how errors are said.

    `refuse` turns NotAllowed into the vendor's own error answer.
    """

    def __init__(
        self,
        door: str,
        enter: Entrance,
        refuse: Callable[[NotAllowed], HttpResponseBase],
    ) -> None:
        self.door, self.enter, self.refuse = door, enter, refuse

    def operation(self, scope: str) -> Callable[[View], View]:
        """Make a view of an operation: `f(request, caller, ...)` with what it needs."""

        def decorate(act: View) -> View:
            @csrf_exempt
            @wraps(act)
            def view(request: HttpRequest, *args: Any, **named: Any) -> Any:
                return self.answer(
                    lambda: act(request, self.enter(request, scope), *args, **named)
                )

            return view

        return decorate

    def open_operation(self, act: View) -> View:
        """Make a view of an operation that lets its callers in by itself."""

        @csrf_exempt
        @wraps(act)
        def view(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            return self.answer(lambda: act(request, *args, **named))

        return view

    def by_method(self, **views: View) -> View:
        """Choose the view by the method, as `by_method(GET=list, POST=create)`."""

        @csrf_exempt
        def view(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            method = "GET" if request.method == "HEAD" else request.method
            if chosen := views.get(method or ""):
                return chosen(request, *args, **named)
            answer = self.refuse(
                NotAllowed(405, "method_not_allowed", "Method not allowed.")
            )
            answer["Allow"] = ", ".join(views)
            return answer

        # For the tests that walk every route.
        view.views = views  # type: ignore[attr-defined]
        return view

    def later(self, refused: NotAllowed) -> HttpResponseBase:
        """Refuse, and say when it is worth another try."""
        answer = self.refuse(refused)
        if refused.wait:
            answer["Retry-After"] = str(refused.wait)
        return answer

    def answer(self, act: Callable[[], HttpResponseBase]) -> HttpResponseBase:
        """Act; whatever goes wrong is said as the vendor says it, in plain English."""
        try:
            with translation.override("en"):
                return act()
        except NotAllowed as refused:
            return self.later(refused)
        except pictures.Refused as refused:
            return self.refuse(
                NotAllowed(refused.status, refused.code, refused.message)
            )
        except Refusal as refusal:
            return self.refuse(NotAllowed(400, "bad_request", refusal.message))
        except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
            said = "The request cannot be read."
            return self.refuse(NotAllowed(400, "bad_request", said))
        except Http404:
            return self.refuse(NotAllowed(404, "not_found", "Not found."))
        except Exception as error:
            if outage := outage_of(error):
                log.warning("the %s door: %s: %s", self.door, outage.code, error)
                # No vendor's programs know 507: later is later to them.
                said, wait = outage.sentence, outage.wait
                return self.later(NotAllowed(503, "internal", said, wait=wait))
            log.exception("the %s door failed", self.door)
            return self.refuse(NotAllowed(500, "internal", "Internal server error."))


def via(request: HttpRequest, door: str, **facts: Any) -> Via:
    """Say by which way an order came. Raises NotAllowed where it has been here."""
    passed = request.headers.get(hops.HEADER, "")[:400]
    if hops.is_loop(passed):
        said = (
            "This order has been here before: two Darkrooms are each other's provider."
        )
        raise NotAllowed(508, "loop", said)
    return Via(door=door, hops=passed, **facts)


def order_of(team: Team, door: str, operation: str, wanted: Wanted) -> Order:
    """Return the order that the team's setting makes of what a program asks for.

    Raises models.Refusal.
    """
    provider = team.served_by.get(door, "local")
    if provider in wanted:
        return Order.of(team, provider, operation, wanted[provider])
    plain = Order.of(team, provider, operation)
    options = carried(plain.operation, wanted.get("", {}))
    return Order.of(team, provider, operation, options)


def reserved(image_id: uuid.UUID, caller: Caller) -> Task | None:
    """Return the task of this caller that will make, or has made, an image."""
    tasks = Task.objects.visible_to(caller.user).select_related("batch", "image")
    return tasks.filter(result_id=image_id).first()
