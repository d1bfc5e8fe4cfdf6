"""The room of webhooks: which addresses are told of what, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from imaging.api.callers import NotAllowed, Token, limit
from imaging.api.native import Call
from imaging.api.paging import Paging, page
from imaging.api.repeating import IdempotencyKey, id_for
from imaging.api.shapes import url
from imaging.failures import ProviderError
from imaging.models import Role, Scope, Webhook, WebhookDelivery
from imaging.models.deliveries import TEST, Delivery
from imaging.models.webhooks import MOST_OF_A_TEAM, Ended, Event
from imaging.targets import check_target

router = Router(tags=["Webhooks"], auth=Token(Scope.MANAGE))
deliveries = Router(tags=["Webhooks"], auth=Token(Scope.MANAGE))
# So many tests and repetitions may one person ask for in a minute.
SENDS = 30
ADDRESS = "https to a public address; it may bear a key in its query."


class WebhookIn(Schema):
    team: UUID | None = Field(None, description="Of whose events; you must own it.")
    url: str = Field(min_length=1, max_length=1_000, description=ADDRESS)
    events: list[Event] = Field(min_length=1, max_length=len(Event))


class WebhookChange(Schema):
    url: str | None = Field(None, min_length=1, max_length=1_000, description=ADDRESS)
    events: list[Event] | None = Field(None, min_length=1, max_length=len(Event))
    active: bool | None = None


class WebhookOut(Schema):
    """An address that is told of a team's events."""

    id: UUID
    team: UUID = Field(alias="team_id")
    url: str
    events: list[str]
    active: bool
    created: datetime
    disabled_at: datetime | None
    reason: str = Field(description="Why it is told nothing more.")
    failing_since: datetime | None = Field(
        description="Since when nothing arrives; after five days it is switched off."
    )
    old_secret_until: datetime | None = Field(
        description="Until then messages are signed with the secret before, too."
    )


class WebhookMade(WebhookOut):
    secret: str = Field(description="Shown this once: what messages are signed with.")


class WebhookPage(Schema):
    items: list[WebhookOut]
    next: str | None


class TryOut(Schema):
    at: datetime
    status: int | None = Field(description="Of the answer, if there was one.")
    ms: int = Field(description="Milliseconds that it took.")
    said: str = Field(description="The beginning of the answer, or why there is none.")


class DeliveryOut(Schema):
    """One message, `id` being its `webhook-id`, with each try so far."""

    id: UUID
    webhook: UUID = Field(alias="webhook_id")
    event: str
    body: str = Field(description="The very text that is signed and sent.")
    created: datetime
    state: Delivery
    due: datetime | None = Field(description="When it is tried next.")
    tries: list[TryOut] = Field(alias="log")


class DeliveryPage(Schema):
    items: list[DeliveryOut]
    next: str | None


def own(request: Call, pk: UUID) -> Webhook:
    """Return a webhook of a team that the caller owns. Raises Http404."""
    return get_object_or_404(Webhook.objects.visible_to(request.user), pk=pk)


def check(target: str) -> None:
    """Raise NotAllowed for an address that is never called."""
    try:
        check_target(target)
    except ProviderError as error:
        raise NotAllowed(422, "bad_address", error.message) from error


def by(request: Call) -> str:
    """Name the token with which a program did it."""
    return str(request.auth.token.pk)


@router.get("", response=WebhookPage, summary="List webhooks")
def list_webhooks(request: Call, asked: Query[Paging]) -> Any:
    """Those of all teams that you own."""
    rows, following = page(Webhook.objects.visible_to(request.user), asked)
    return {"items": rows, "next": following}


@router.post("", response={201: WebhookMade, 409: None}, summary="Add a webhook")
def create_webhook(
    request: Call,
    response: HttpResponse,
    said: WebhookIn,
    idempotency_key: IdempotencyKey,
) -> Any:
    """Its `secret` is in this answer alone."""
    team = request.auth.team(str(said.team or ""))
    if team.role_of(request.user) != Role.OWNER:
        raise NotAllowed(403, "forbidden", "Only owners of a team manage its webhooks.")
    check(said.url)
    pk = id_for(request.auth, idempotency_key, said.model_dump(mode="json"))
    events = [str(one) for one in dict.fromkeys(said.events)]
    made = Webhook.objects.begin(team, said.url, events, request.user, pk)
    if made is None:
        told = f"A team has at most {MOST_OF_A_TEAM} webhooks."
        raise NotAllowed(409, "too_many_webhooks", told)
    made.note("webhook_made", token=by(request), events=events)
    response["Location"] = url(request, "get_webhook", made.pk)
    return Status(201, made)


@router.get("/{uuid:webhook}", response=WebhookOut, summary="Look at a webhook")
def get_webhook(request: Call, webhook: UUID) -> Any:
    return own(request, webhook)


@router.patch(
    "/{uuid:webhook}",
    response=WebhookOut,
    summary="Change a webhook, or switch it off or on",
)
def change_webhook(request: Call, webhook: UUID, said: WebhookChange) -> Any:
    row = own(request, webhook)
    changes: dict[str, Any] = {}
    if said.url is not None:
        check(said.url)
        changes["url"] = said.url
    if said.events is not None:
        changes["events"] = [str(one) for one in dict.fromkeys(said.events)]
    if changes:
        Webhook.objects.filter(pk=row.pk).update(**changes)
        row.note("webhook_changed", token=by(request), fields=sorted(changes))
    if said.active is not None and said.active != row.active:
        _ = row.enable() if said.active else row.disable(Ended.BY_HAND)
        row.note("webhook_on" if said.active else "webhook_off", token=by(request))
    return own(request, webhook)


@router.delete("/{uuid:webhook}", response={204: None}, summary="Delete a webhook")
def delete_webhook(request: Call, webhook: UUID) -> Any:
    """What was sent to it is forgotten, too."""
    row = own(request, webhook)
    row.note("webhook_deleted", token=by(request))
    row.delete()
    return Status(204, None)


@router.post(
    "/{uuid:webhook}/rotate",
    response=WebhookMade,
    summary="Change the secret",
)
def rotate_webhook(request: Call, webhook: UUID) -> Any:
    """The new `secret` is in this answer alone. For 24 hours both sign each message."""
    row = own(request, webhook)
    row.rotate()
    row.note("webhook_secret_changed", token=by(request))
    return own(request, webhook)


@router.post(
    "/{uuid:webhook}/test",
    response={202: DeliveryOut, 409: None},
    summary="Send a test",
)
def test_webhook(request: Call, webhook: UUID) -> Any:
    """A message of the type `test`, tried once."""
    row = on(own(request, webhook))
    limit(f"notify:{request.user.pk}", SENDS)
    return Status(202, row.tell(TEST, {"webhook": str(row.pk)}))


@router.get(
    "/{uuid:webhook}/deliveries",
    response=DeliveryPage,
    summary="List what was sent to a webhook",
)
def list_deliveries(request: Call, webhook: UUID, asked: Query[Paging]) -> Any:
    """Kept for 30 days."""
    rows = WebhookDelivery.objects.filter(webhook=own(request, webhook))
    found, following = page(rows, asked)
    return {"items": found, "next": following}


@deliveries.post(
    "/{uuid:delivery}/replay",
    response={202: DeliveryOut, 409: None},
    summary="Send a message again",
)
def replay_delivery(request: Call, delivery: UUID) -> Any:
    """With the same id and body; 409 while it is under way."""
    rows = WebhookDelivery.objects.visible_to(request.user).select_related("webhook")
    row = get_object_or_404(rows, pk=delivery)
    on(row.webhook)
    limit(f"notify:{request.user.pk}", SENDS)
    if not row.replay():
        raise NotAllowed(409, "under_way", "This message is under way already.")
    return Status(202, rows.get(pk=delivery))


def on(row: Webhook) -> Webhook:
    """Raise NotAllowed for a webhook that is switched off."""
    if not row.active:
        raise NotAllowed(409, "switched_off", "This webhook is switched off.")
    return row
