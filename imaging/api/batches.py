"""The room of orders: work on pictures begun together, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from imaging.api.callers import NotAllowed, Token
from imaging.api.native import Call
from imaging.api.ordering import BatchIn, name_of, order_for, ordered, person_for
from imaging.api.paging import Moment, Paging, given, page
from imaging.api.repeating import IdempotencyKey, id_before, id_for
from imaging.api.serving import via
from imaging.api.shapes import url
from imaging.api.tasks import (
    Confirmation,
    Links,
    TaskResults,
    dump_results,
    links,
    with_results,
)
from imaging.models import (
    Batch,
    Scope,
    State,
    Task,
)
from imaging.models.states import OPEN

router = Router(tags=["Batches"])


class TaskBrief(Links):
    id: UUID
    image: UUID | None
    state: State


class BatchOut(Links):
    """Tasks that were begun together, counted by state."""

    id: UUID
    team: UUID
    name: str
    door: str = Field(description="By which way it came.")
    created: datetime
    total: int
    open: int = Field(description="How many have not ended yet.")
    pending: int
    processing: int
    completed: int
    error: int
    cancelled: int


class BatchMade(BatchOut):
    tasks: list[TaskBrief]


class BatchPage(Schema):
    items: list[BatchOut]
    next: str | None


class ResultsPage(Schema):
    items: list[TaskResults]
    next: str | None


class Asked(Paging):
    team: UUID | None = None
    since: Moment | None = Field(None, description="Created at or after.")
    until: Moment | None = Field(None, description="Created before.")


def dump_batches(request: HttpRequest, found: Sequence[Batch]) -> list[dict[str, Any]]:
    """Say of these how far they have come; one query for them all."""
    tasks = Task.objects.filter(batch__in=[one.pk for one in found]).order_by()
    counts: dict[UUID, dict[str, int]] = {}
    for pk, state, count in tasks.values_list("batch", "state").annotate(Count("pk")):
        counts.setdefault(pk, {})[state] = count
    return [dump_batch(request, one, counts.get(one.pk, {})) for one in found]


def dump_batch(
    request: HttpRequest, batch: Batch, counts: dict[str, int]
) -> dict[str, Any]:
    by_state = {state: counts.get(state, 0) for state in State.values}
    return {
        "id": batch.pk,
        "team": batch.team_id,
        "name": str(batch),
        "door": batch.door,
        "created": batch.created,
        "total": sum(by_state.values()),
        "open": sum(by_state[state] for state in OPEN),
        **by_state,
        **links(request, "batch", batch.pk),
    }


def made(request: HttpRequest, batch: Batch) -> dict[str, Any]:
    rows = batch.tasks.order_by("created", "id").values_list("pk", "image", "state")
    tasks = [
        {"id": pk, "image": image, "state": state, **links(request, "task", pk)}
        for pk, image, state in rows
    ]
    return dump_batches(request, [batch])[0] | {"tasks": tasks}


@router.post(
    "",
    auth=Token(Scope.PROCESS),
    response={202: BatchMade, 508: None},
    summary="Have pictures processed",
)
def start_batch(
    request: Call,
    response: HttpResponse,
    said: BatchIn,
    idempotency_key: IdempotencyKey,
) -> Any:
    """What is not given in `options` gets its default; `GET /operations` tells all.

    A picture that the provider does not take becomes a task that failed at once, with
    the reason; where it takes none of them, nothing is begun.
    """
    # What it needed may be gone or used up since, so it is not judged again.
    before = id_before(request.auth, idempotency_key, said.model_dump(mode="json"))
    batches = Batch.objects.visible_to(request.user)
    batch = batches.filter(key=before).first() if before else None
    batch = batch or begun(request, said, idempotency_key)
    response["Location"] = url(request, "get_batch", batch.pk)
    return Status(202, made(request, batch))


def begun(request: Call, said: BatchIn, idempotency_key: str) -> Batch:
    """Return the batch that a call begins, or has begun. Raises Refusal."""
    images = ordered(request, said.images)
    team = images[0].team
    order = order_for(request, team, said)
    # What cannot begin must not leave a consent behind.
    order.verdicts(images)
    came = via(request, "api")
    return Task.objects.start(
        images,
        order,
        team=team,
        user=request.user,
        subject=person_for(request, team, order, said.subject),
        name=said.name or name_of(images, order),
        key=id_for(request.auth, idempotency_key, said.model_dump(mode="json")),
        via=came,
    )


def batch_of(request: Call, pk: UUID) -> Batch:
    return get_object_or_404(Batch.objects.visible_to(request.user), pk=pk)


@router.get("", response=BatchPage, summary="List batches")
def list_batches(request: Call, asked: Query[Asked]) -> Any:
    span = {"created__gte": asked.since, "created__lt": asked.until}
    mine = Batch.objects.visible_to(request.user)
    rows = mine.filter(**given(team=asked.team, **span))
    found, following = page(rows, asked)
    return {"items": dump_batches(request, found), "next": following}


@router.get("/{uuid:batch}", response=BatchOut, summary="See how far a batch has come")
def get_batch(request: Call, batch: UUID) -> Any:
    """Its tasks are at `GET /tasks?batch=`."""
    return dump_batches(request, [batch_of(request, batch)])[0]


@router.get(
    "/{uuid:batch}/results",
    response=ResultsPage,
    summary="See what a batch has made",
)
def batch_results(request: Call, batch: UUID, asked: Query[Paging]) -> Any:
    """One item for each of its tasks, those that have not ended, too."""
    tasks = Task.objects.filter(batch=batch_of(request, batch))
    found, following = page(with_results(tasks), asked)
    return {"items": dump_results(request, found), "next": following}


@router.post(
    "/{uuid:batch}/cancel",
    auth=Token(Scope.PROCESS),
    response={202: BatchOut},
    summary="Stop a batch",
)
def cancel_batch(request: Call, batch: UUID) -> Any:
    """What waits ends at once, what runs as soon as its worker sees it."""
    found, tasks = changeable_tasks(request, batch)
    found.cancel(tasks)
    return Status(202, dump_batches(request, [found])[0])


@router.post(
    "/{uuid:batch}/retry",
    auth=Token(Scope.PROCESS),
    response={202: BatchOut},
    summary="Begin what failed again",
)
def retry_batch(request: Call, batch: UUID, said: Confirmation | None = None) -> Any:
    """Those whose outcome is unknown only with `confirm`. Blocked ones stay."""
    found, tasks = changeable_tasks(request, batch)
    failed = tasks.failed().select_related("subject", "team").order_by("created", "id")
    for task in [one for one in failed if one.may_repeat]:
        task.retry(confirmed=bool(said and said.confirm))
    return Status(202, dump_batches(request, [found])[0])


def changeable_tasks(request: Call, pk: UUID) -> tuple[Batch, Any]:
    """Return a batch, and those of its tasks that its caller may change."""
    found = batch_of(request, pk)
    tasks = Task.objects.changeable_by(request.user).filter(batch=found)
    if not tasks.exists():
        raise NotAllowed(403, "forbidden", "Your role in its team may only look at it.")
    return found, tasks
