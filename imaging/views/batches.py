"""The room where work is watched: batches, their tasks, cancel and retry."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from imaging import live
from imaging.language.readout import read_out
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Batch, Image, Refusal, State, Task
from imaging.models.states import OPEN
from imaging.models.subjects import without_consent
from imaging.models.tasksets import TaskQuerySet
from imaging.views.chosen import last_seen
from imaging.views.orders import meant

PAGE = 30
ROWS = 60
# How many tasks one transaction begins again: nobody else can write meanwhile.
CHUNK = 50
# The tabs over the rows: the word in the address, and the state that it shows.
SHOWN = {
    "done": State.COMPLETED,
    "running": State.PROCESSING,
    "waiting": State.PENDING,
    "failed": State.ERROR,
    "cancelled": State.CANCELLED,
}


@require_GET
def batches(request: SignedInRequest) -> HttpResponse:
    """List the team's batches, newest first; `after` names the last one seen."""
    team = current_team(request)
    mine = Batch.objects.visible_to(request.user).filter(team=team)
    show = request.GET.get("show", "")
    if show == "running":
        open_ones = Task.objects.filter(team=team).open()
        mine = mine.filter(pk__in=open_ones.values("batch"))
    elif show == "failed":
        failed = Task.objects.filter(team=team).failed()
        mine = mine.filter(pk__in=failed.values("batch"))
    last = last_seen(request, mine)
    pks = list(mine.newest(last).values_list("pk", flat=True)[: PAGE + 1])
    rows = list(counted(pks[:PAGE]))
    context = {
        "batches": rows,
        "more": pks[PAGE:],
        "after": last,
        "show": show if show in {"running", "failed"} else "",
        "any_open": any(getattr(row, "open", 0) for row in rows),
    }
    return render(request, "batches/page.html", context)


def counted(pks: list[UUID]) -> QuerySet[Batch]:
    """Load these batches with their numbers, and a picture to know each by."""
    first = Image.objects.kept().filter(tasks__batch=OuterRef("pk"))
    found = Batch.objects.filter(pk__in=pks).annotate(
        picture=Subquery(first.order_by("tasks__created").values("pk")[:1]),
        total=Count("tasks"),
        done=Count("tasks", filter=Q(tasks__state=State.COMPLETED)),
        failed=Count("tasks", filter=Q(tasks__state=State.ERROR)),
        cancelled=Count("tasks", filter=Q(tasks__state=State.CANCELLED)),
        running=Count("tasks", filter=Q(tasks__state=State.PROCESSING)),
        open=Count("tasks", filter=Q(tasks__state__in=OPEN)),
    )
    return found.select_related("user").order_by("-created", "-id")


@require_GET
def batch(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Show one batch and its tasks, as they stand; `after` names the last one seen."""
    found = get_object_or_404(
        Batch.objects.visible_to(request.user).select_related("team", "user"), pk=pk
    )
    last = last_seen(request, found.tasks.all())
    rows = list(with_pictures(shown_tasks(request, found).after(last)[: ROWS + 1]))
    context = {
        **shown(request, found),
        "tasks": rows[:ROWS],
        "more": rows[ROWS:],
        "after": last,
    }
    return render(request, "batch/page.html", context)


def shown(request: SignedInRequest, found: Batch) -> dict[str, Any]:
    """Return what both the page and each of its changes need."""
    tally = found.tally()
    # Under the tabs of what needs nobody, what does would only stand in the way.
    word = word_of(request)
    groups = found.failures() if tally.error and word in {"", "failed"} else []
    return {
        "batch": found,
        "tally": tally,
        "show": word,
        "groups": groups,
        "repeatable": sum(one.may_repeat for one in groups if not one.first.is_unknown),
        # An operator who looks as somebody gets nothing that outlives the look.
        "permit": ""
        if hasattr(request, "operator")
        else live.permit(request.user, found),
        "may_change": found.tasks.changeable_by(request.user).exists(),
    }


def word_of(request: SignedInRequest) -> str:
    """Return which tab is open; "" is all."""
    word = request.GET.get("show", "")
    return word if word in SHOWN else ""


def shown_tasks(request: SignedInRequest, found: Batch) -> TaskQuerySet:
    """Return the tasks of the tab that is open."""
    word = word_of(request)
    tasks = Task.objects.filter(batch=found)
    return tasks.filter(state=SHOWN[word]) if word else tasks


def with_pictures(tasks: TaskQuerySet) -> TaskQuerySet:
    """Load originals and results along with the tasks; none from the trash."""
    kept = Image.objects.kept().select_related("blob").order_by("created")
    return tasks.with_keys().prefetch_related(
        Prefetch("image", kept), Prefetch("images", kept.whole(), to_attr="pictures")
    )


@require_GET
def changes(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Answer a watching page: what changed since the revision it has seen.

    "Nothing new" has been answered from memory by then, see WatchMiddleware.
    """
    since = live.number(request.GET.get("since"))
    # The person is asked for again with each full answer, which renews the permit.
    if not request.user.is_authenticated:
        raise Http404
    mine = Batch.objects.visible_to(request.user).select_related("team", "user")
    found = get_object_or_404(mine, pk=pk)
    tasks = Task.objects.filter(batch=found, revision__gt=since)
    tasks = tasks.after(last_seen(request, found.tasks.all()))
    if last := last_seen(request, found.tasks.all(), "until"):
        tasks = tasks.up_to(last)
    context = {
        **shown(request, found),
        "tasks": with_pictures(tasks),
        "state": SHOWN.get(word_of(request)),
        "live": True,
    }
    return render(request, "batch/_changes.html", context)


@require_POST
def batch_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Cancel every open task of a batch that this person may change."""
    found = get_object_or_404(Batch.objects.visible_to(request.user), pk=pk)
    found.cancel(found.tasks.changeable_by(request.user))
    return done(request, found.pk)


@require_POST
def batch_retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Begin failed tasks of a batch again; `like` names one of those that are meant.

    An unknown outcome stays unless `confirmed`; so does what is blocked as it is.
    """
    found = get_object_or_404(Batch.objects.visible_to(request.user), pk=pk)
    mine = found.tasks.changeable_by(request.user)
    tasks = [one for one in meant(request, mine) if one.may_repeat]
    confirmed = request.POST.get("confirmed") == "yes"
    try:
        for start in range(0, len(tasks), CHUNK):
            retry_all(tasks[start : start + CHUNK], confirmed=confirmed)
    except Refusal as refusal:
        messages.error(request, read_out(refusal.message))
        return done(request, found.pk, told=True)
    return done(request, found.pk, told=bool(tasks) and tell_consent(request, tasks[0]))


def retry_all(tasks: list[Task], *, confirmed: bool) -> None:
    """Begin tasks again in one transaction; what precedes a Refusal stays begun."""
    refused: list[Refusal] = []
    with transaction.atomic():
        for task in tasks:
            try:
                task.retry(confirmed=confirmed)
            except Refusal as refusal:
                refused.append(refusal)
                break
    if refused:
        raise refused[0]


@require_POST
def task_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Cancel one task: at once while it waits, else as soon as its worker sees it."""
    task = get_object_or_404(Task.objects.changeable_by(request.user), pk=pk)
    task.cancel()
    return done(request, task.batch_id)


@require_POST
def task_retry(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Begin one task again; after an unknown outcome only with `confirmed`."""
    task = get_object_or_404(Task.objects.changeable_by(request.user), pk=pk)
    try:
        task.retry(confirmed=request.POST.get("confirmed") == "yes")
    except Refusal as refusal:
        messages.error(request, read_out(refusal.message))
        return done(request, task.batch_id, told=True)
    return done(request, task.batch_id, told=tell_consent(request, task))


def tell_consent(request: SignedInRequest, task: Task) -> bool:
    """Say why nothing begins again, where the person measured does not agree."""
    subject = task.subject
    if subject is None or subject.has_consent:
        return False
    messages.error(request, without_consent(subject, subject.name))
    return True


def done(request: SignedInRequest, pk: UUID, *, told: bool = False) -> HttpResponse:
    """Return to the batch; a watching page looks at once, or shows what it is told."""
    if request.htmx:  # type: ignore[attr-defined]
        news = {"HX-Refresh": "true"} if told else {"HX-Trigger": "look"}
        return HttpResponse(status=204, headers=news)
    return redirect("batch", pk)
