"""What shall be done to pictures: everything on offer, and the beginning of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from imaging import providers
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Image, Order, Refusal, Task
from imaging.providers.base import Operation, OptionsForm, Provider

AT_ONCE = 1_000


@dataclass(frozen=True)
class Offer:
    """One operation of one provider, with its options as a form."""

    provider: Provider
    operation: Operation
    form: OptionsForm

    @property
    def value(self) -> str:
        return f"{self.provider.key}:{self.operation.key}"

    def order(self) -> Order:
        """Return the order that the sent form asks for. Raises Refusal."""
        if not self.form.is_valid():
            raise Refusal(_("Please look at the options again."))
        return Order.of(self.provider.key, self.operation.key, self.form.cleaned_data)


def offers(data: Mapping[str, Any] | None = None) -> list[Offer]:
    """Return everything that can be done; the chosen one's options come from `data`."""
    chosen = (data or {}).get("order")
    found = []
    for provider in providers.providers():
        for operation in provider.operations:
            value = f"{provider.key}:{operation.key}"
            sent = data if chosen == value else None
            form = operation.form(sent, prefix=value, initial=operation.defaults())
            found.append(Offer(provider, operation, form))
    return found


def chosen(found: Sequence[Offer], value: str | None) -> Offer | None:
    """Return the offer of this value; None when nothing was chosen."""
    return next((offer for offer in found if offer.value == value), None)


def ordering(data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what the form needs that asks what shall be done, as it was filled in."""
    found, data = offers(data), data or {}
    key = data.get("key", "")
    return {
        "offers": found,
        "order": data.get("order", found[0].value if found else ""),
        # Pressing the button twice starts one batch.
        "key": key if is_uuid(key) else uuid.uuid4(),
    }


@login_required
@require_http_methods(["GET", "POST"])
def process(request: SignedInRequest) -> HttpResponse:
    """Ask what shall be done to pictures that are here already, and begin it."""
    images = named(request)
    if "order" not in request.POST:
        return page(request, images)
    try:
        return begin(request, images)
    except Refusal as refusal:
        return page(request, images, refusal.message)


def page(
    request: SignedInRequest, images: Sequence[Image], problem: str = ""
) -> HttpResponse:
    """Show the pictures and everything on offer; after a problem, as filled in."""
    context = {
        **ordering(request.POST if problem else None),
        "images": images,
        "problem": problem,
    }
    status = 422 if problem else 200
    return render(request, "process/page.html", context, status=status)


def named(request: SignedInRequest) -> list[Image]:
    """Return the stored pictures that the form names, those this person may use."""
    sent = request.POST or request.GET
    asked = [one for one in sent.getlist("image") if is_uuid(one)]
    mine = Image.objects.changeable_by(request.user).filter(
        team=current_team(request), pk__in=asked
    )
    return list(mine.select_related("blob").order_by("created", "id")[:AT_ONCE])


def begin(request: SignedInRequest, images: Sequence[Image]) -> HttpResponse:
    """Start what the form orders, and go where it can be watched. Raises Refusal."""
    if not images:
        raise Refusal(_("Choose at least one picture first."))
    offer = chosen(offers(request.POST), request.POST.get("order"))
    if offer is None:
        text = ngettext("%d picture is stored.", "%d pictures are stored.", len(images))
        messages.success(request, text % len(images))
        return redirect("library")
    order = offer.order()
    batch = Task.objects.start(
        images,
        order,
        team=current_team(request),
        user=request.user,
        name=name_of(images, order),
        key=uuid.UUID(key) if is_uuid(key := request.POST.get("key", "")) else None,
    )
    return redirect("batch", batch.pk)


def name_of(images: Sequence[Image], order: Order) -> str:
    """Name a batch after what is done and to what."""
    what = str(order.operation.label)
    if len(images) == 1:
        return f"{what}: {images[0].name}"
    count = ngettext("%d picture", "%d pictures", len(images)) % len(images)
    return f"{what}: {count}"


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
