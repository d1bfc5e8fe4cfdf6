"""The room of work: how each task is going, what came of it, stop and retry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from imaging.api.callers import Token
from imaging.api.native import Call, own, problem
from imaging.api.paging import Paging, given, page
from imaging.api.shapes import ImageOut, dump_images, url
from imaging.models import Image, Result, Scope, State, Task
from imaging.models.subjects import without_consent
from imaging.models.tasksets import TaskQuerySet

router = Router(tags=["Tasks"])


class Links(Schema):
    status_url: str = Field(description="Where to look how it is going.")
    result_url: str = Field(description="Where to find what came of it.")
    cancel_url: str = Field(description="Where to POST to stop it.")


class TaskOut(Links):
    """One operation on one picture."""

    id: UUID
    batch: UUID
    team: UUID
    image: UUID | None
    image_name: str
    subject: UUID | None
    provider: str
    operation: str
    options: dict[str, Any]
    state: State
    stage: str = Field(description="What is being done now; empty when it has ended.")
    progress: int | None = Field(description="Percent, where somebody says.")
    code: str = Field(description="Why it failed, for programs.")
    message: str = Field(description="Why it failed, for people.")
    hint: str = Field(description="What can be done about it.")
    cost: float | None = Field(description="Reserved or spent, in `unit`.")
    unit: str
    charged: bool = Field(description="Whether the provider has named the cost.")
    attempt: int
    created: datetime
    began: datetime | None
    finished: datetime | None


class TaskPage(Schema):
    items: list[TaskOut]
    next: str | None


class ResultOut(Schema):
    """One thing that a task made: a picture, or values."""

    id: UUID
    kind: str = Field(description="image, layer, report, asset, matches …")
    name: str
    image: ImageOut | None
    asset_key: str | None
    data: dict[str, Any] = Field(description="Values as the provider said them.")


class TaskResults(Schema):
    task: UUID
    state: State
    items: list[ResultOut]


class Asked(Paging):
    team: UUID | None = None
    state: State | None = None
    batch: UUID | None = None
    image: UUID | None = None
    provider: str = Field("", max_length=40)
    operation: str = Field("", max_length=40)

    def apply(self, rows: TaskQuerySet) -> TaskQuerySet:
        """Return those of the rows that are asked for."""
        conditions = Asked.model_fields.keys() - Paging.model_fields.keys()
        return rows.filter(
            **given(**{name: getattr(self, name) for name in conditions})
        )


class Confirmation(Schema):
    confirm: bool = Field(
        False,
        description="Begin again although nobody knows whether the provider has taken "
        "it: it may be paid twice.",
    )


def links(request: HttpRequest, kind: str, pk: UUID) -> dict[str, str]:
    """Return the addresses of a task, or of a batch."""
    return {
        "status_url": url(request, f"get_{kind}", pk),
        "result_url": url(request, f"{kind}_results", pk),
        "cancel_url": url(request, f"cancel_{kind}", pk),
    }


RELATED = {"batch", "team", "image", "subject"}
PLAIN = TaskOut.model_fields.keys() - Links.model_fields.keys() - RELATED - {"cost"}


def dump_task(request: HttpRequest, task: Task) -> dict[str, Any]:
    told = {name: getattr(task, name) for name in PLAIN}
    told |= {name: getattr(task, f"{name}_id") for name in RELATED}
    cost = None if task.cost is None else float(task.cost)
    return told | {"cost": cost} | links(request, "task", task.pk)


def with_results(tasks: TaskQuerySet) -> TaskQuerySet:
    """Load what these have made; no picture from the trash."""
    kept = Image.objects.kept().select_related("blob")
    results = Result.objects.prefetch_related(Prefetch("image", kept))
    return tasks.prefetch_related(Prefetch("results", results, to_attr="made"))


def dump_results(request: Call, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """Say what tasks have made, which are `with_results`; one query for them all."""
    made = {task.pk: list(getattr(task, "made", ())) for task in tasks}
    pictures = [one.image for rows in made.values() for one in rows if one.image]
    told = {one["id"]: one for one in dump_images(request, pictures)}
    return [
        {
            "task": task.pk,
            "state": task.state,
            "items": [dump_result(one, told) for one in made[task.pk]],
        }
        for task in tasks
    ]


def dump_result(result: Result, told: dict[UUID, dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": result.pk,
        "kind": result.kind,
        "name": result.name,
        "image": told.get(result.image_id) if result.image_id else None,
        "asset_key": result.data.get("key"),
        "data": result.data,
    }


def seen(request: Call) -> TaskQuerySet:
    return Task.objects.visible_to(request.user)


def mine(request: Call) -> TaskQuerySet:
    return Task.objects.changeable_by(request.user)


@router.get("", response=TaskPage, summary="List tasks")
def list_tasks(request: Call, asked: Query[Asked]) -> Any:
    rows, following = page(asked.apply(seen(request)), asked)
    return {"items": [dump_task(request, one) for one in rows], "next": following}


@router.get("/{uuid:task}", response=TaskOut, summary="Look a task up")
def get_task(request: Call, task: UUID) -> Any:
    return dump_task(request, get_object_or_404(seen(request), pk=task))


@router.get(
    "/{uuid:task}/results",
    response=TaskResults,
    summary="See what a task has made",
)
def task_results(request: Call, task: UUID) -> Any:
    """Pictures with their addresses, and values unrounded; nothing while it runs."""
    found = get_object_or_404(with_results(seen(request)), pk=task)
    return dump_results(request, [found])[0]


@router.post(
    "/{uuid:task}/cancel",
    auth=Token(Scope.PROCESS),
    response={202: TaskOut},
    summary="Stop a task",
)
def cancel_task(request: Call, task: UUID) -> Any:
    """At once while it waits, else as soon as its worker sees it."""
    found = own(seen(request), mine(request), task)
    found.cancel()
    return Status(202, dump_task(request, seen(request).get(pk=task)))


@router.post(
    "/{uuid:task}/retry",
    auth=Token(Scope.PROCESS),
    response={202: TaskOut, 409: None},
    summary="Begin a task again",
)
def retry_task(request: Call, task: UUID, said: Confirmation | None = None) -> Any:
    """One that failed or was stopped; after an unknown outcome only with `confirm`."""
    found = own(seen(request), mine(request).select_related("subject", "team"), task)
    confirmed = bool(said and said.confirm)
    if not found.retry(confirmed=confirmed):
        return problem(409, "not_begun", why_not(found, confirmed=confirmed))
    return Status(202, dump_task(request, seen(request).get(pk=task)))


def why_not(task: Task, *, confirmed: bool) -> str:
    """Say why a task did not begin again."""
    if task.is_unknown and not confirmed:
        return (
            "Nobody knows whether the provider has taken it, and is paid. Look there, "
            'then send {"confirm": true}.'
        )
    if task.subject and not task.subject.has_consent:
        return without_consent(task.subject, task.subject.name)
    if task.is_open or task.state == State.COMPLETED:
        return "Only what has failed or was cancelled begins again."
    return "Its picture, or the person in it, is not here any more."
