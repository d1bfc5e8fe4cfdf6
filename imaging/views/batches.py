"""The room where work is watched: batches, their tasks, cancel and retry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from imaging import live
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Batch, Image, State, Task
from imaging.models.states import OPEN
from imaging.models.tasksets import TaskQuerySet

PAGE = 30
Choose = Callable[[TaskQuerySet], TaskQuerySet]


@login_required
@require_GET
def batches(request: SignedInRequest) -> HttpResponse:
    """List the team's batches, newest first."""
    rows = Batch.objects.visible_to(request.user).filter(team=current_team(request))
    page = Paginator(rows.order_by("-created", "-id"), PAGE).get_page(
        request.GET.get("page")
    )
    first = Image.objects.filter(tasks__batch=OuterRef("pk"))
    counted = Batch.objects.filter(pk__in=[row.pk for row in page]).annotate(
        picture=Subquery(first.order_by("tasks__created").values("pk")[:1]),
        total=Count("tasks"),
        done=Count("tasks", filter=Q(tasks__state=State.COMPLETED)),
        failed=Count("tasks", filter=Q(tasks__state=State.ERROR)),
        cancelled=Count("tasks", filter=Q(tasks__state=State.CANCELLED)),
        open=Count("tasks", filter=Q(tasks__state__in=OPEN)),
    )
    newest = counted.select_related("user").order_by("-created", "-id")
    return render(request, "batches/page.html", {"page": page, "batches": newest})


@login_required
@require_GET
def batch(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Show one batch and all its tasks, as they stand."""
    found = get_object_or_404(
        Batch.objects.visible_to(request.user).select_related("team", "user"), pk=pk
    )
    tasks = with_pictures(found.tasks.order_by("created", "id"))
    return render(request, "batch/page.html", {**shown(request, found), "tasks": tasks})


def shown(request: SignedInRequest, found: Batch) -> dict[str, Any]:
    """Return what both the page and each of its changes need."""
    failed = found.tasks.filter(state=State.ERROR).order_by("created", "id")
    return {
        "batch": found,
        "tally": found.tally(),
        "failed": with_pictures(failed),
        "permit": live.permit(request.user, found),
        "may_change": found.tasks.changeable_by(request.user).exists(),
    }


def with_pictures(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Load originals and results along with the tasks."""
    results = Image.objects.select_related("blob").order_by("created")
    return tasks.select_related("image__blob").prefetch_related(
        Prefetch("images", results, to_attr="pictures")
    )


@require_GET
def changes(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Answer a watching page: what changed since the revision it has seen, or 204.

    "Nothing new" is answered from memory, without the session or the database.
    """
    since = number(request.GET.get("since"))
    seen = live.look(request.GET.get("permit", ""), pk)
    if seen and seen.revision in {since, live.UNREAD}:
        return HttpResponse(status=204)
    # The person is asked for again with each full answer, which renews the permit.
    if not request.user.is_authenticated:
        raise Http404
    mine = Batch.objects.visible_to(request.user).select_related("team", "user")
    found = get_object_or_404(mine, pk=pk)
    tasks = with_pictures(found.tasks.filter(revision__gt=since))
    context = {**shown(request, found), "tasks": tasks, "live": True}
    return render(request, "batch/_changes.html", context)


def number(text: str | None) -> int:
    """Read a revision; whatever is none shows everything."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


@login_required
@require_POST
def batch_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Cancel every open task of a batch that this person may change."""
    return act_on(request, pk, "cancel", lambda tasks: tasks.open())


@login_required
@require_POST
def batch_retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Begin again every failed task of a batch; an unknown outcome stays."""
    return act_on(request, pk, "retry", lambda tasks: tasks.filter(state=State.ERROR))


def act_on(
    request: SignedInRequest, pk: UUID, verb: str, choose: Choose
) -> HttpResponse:
    """Do one thing to each chosen task of a batch that this person may change."""
    found = get_object_or_404(Batch.objects.visible_to(request.user), pk=pk)
    for task in choose(found.tasks.changeable_by(request.user)):
        getattr(task, verb)()
    return done(request, found.pk)


@login_required
@require_POST
def task_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Cancel one task: at once while it waits, else as soon as its worker sees it."""
    task = get_object_or_404(Task.objects.changeable_by(request.user), pk=pk)
    task.cancel()
    return done(request, task.batch_id)


@login_required
@require_POST
def task_retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Begin one task again; after an unknown outcome only with `confirmed`."""
    task = get_object_or_404(Task.objects.changeable_by(request.user), pk=pk)
    task.retry(confirmed=request.POST.get("confirmed") == "yes")
    return done(request, task.batch_id)


def done(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Return to the batch; a watching page is told to look at once."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204, headers={"HX-Trigger": "look"})
    return redirect("batch", pk)
