"""The room of the people in pictures: consent, reports, and scores over time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Prefetch, Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from imaging.forms.people import SubjectForm
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Refusal, Result, State, Subject, Task
from imaging.models.subjects import CONSENT
from imaging.models.tasksets import TaskQuerySet
from imaging.views.chosen import last_seen
from imaging.views.courses import courses_of, why_no_score

PAGE = 50
# So many analyses are shown and drawn; a file of all can be had.
SHOWN = 100


@require_GET
def subjects(request: SignedInRequest) -> HttpResponse:
    """List the team's subjects by name, a page at a time."""
    mine = Subject.objects.visible_to(request.user).filter(team=current_team(request))
    asked = request.GET.get("q", "")[:150].replace("\0", "")
    after = last_seen(request, mine)
    done = Q(tasks__state=State.COMPLETED)
    rows = (
        mine.named(asked)
        .after(after)
        .annotate(
            analyses=Count("tasks", filter=done),
            last=Max("tasks__created", filter=done),
        )
    )
    found = list(rows[: PAGE + 1])
    context = {"subjects": found[:PAGE], "more": found[PAGE:], "q": asked}
    return render(request, "subjects/page.html", context | {"after": after})


@require_GET
def subject(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Show one person: consent, what was measured when, and how scores went."""
    return page(request, subject_of(request, pk))


def page(
    request: SignedInRequest,
    found: Subject,
    form: SubjectForm | None = None,
    problem: str = "",
) -> HttpResponse:
    tasks = list(analyses(found)[: SHOWN + 1])
    courses, rows = courses_of(tasks[:SHOWN])
    for task in tasks:
        task.unscored = [
            line for report in task.reports for line in why_no_score(report.data)
        ]
    context = {
        "subject": found,
        "tasks": tasks[:SHOWN],
        "more": tasks[SHOWN:],
        "shown": SHOWN,
        "courses": courses,
        "rows": rows,
        "providers": len({one.provider for one in courses}) > 1,
        "words": CONSENT,
        "may_change": changeable(request).filter(pk=found.pk).exists(),
        "form": form or SubjectForm(instance=found),
        "problem": problem,
    }
    status = 422 if problem or form else 200
    return render(request, "subject/page.html", context, status=status)


def subject_of(request: SignedInRequest, pk: UUID) -> Subject:
    mine = Subject.objects.visible_to(request.user)
    return get_object_or_404(mine.select_related("consented_by"), pk=pk)


def changeable(request: SignedInRequest) -> Any:
    return Subject.objects.changeable_by(request.user).select_related("team")


def analyses(found: Subject) -> TaskQuerySet:
    """Return what was ordered for this person, newest first, with its reports."""
    reports = Prefetch("results", Result.objects.filter(kind="report"), "reports")
    rows = Task.objects.filter(subject=found).select_related("image__blob")
    return rows.prefetch_related(reports).order_by("-created", "-id")


@require_POST
def subject_set(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Change name and notes."""
    found = get_object_or_404(changeable(request), pk=pk)
    form = SubjectForm(request.POST, instance=found)
    if not form.is_valid():
        return page(request, subject_of(request, pk), form)
    try:
        with transaction.atomic():
            form.save()
    except IntegrityError:
        form.add_error("name", _("There is a subject of this name already."))
        return page(request, subject_of(request, pk), form)
    messages.success(request, _("Saved."))
    return redirect("subject", pk)


@require_POST
def subject_consent_set(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Record that this person has agreed, or that they no longer do."""
    found = get_object_or_404(changeable(request), pk=pk)
    if request.POST.get("agreed") == "yes":
        if not found.has_consent:
            found.record_consent(request.user)
        messages.success(request, _("The consent is recorded."))
    elif request.POST.get("agreed") == "no":
        found.withdraw_consent(request.user)
        messages.success(
            request, _("The consent is withdrawn. Nothing new is measured from now on.")
        )
    return redirect("subject", pk)


@require_POST
def subject_delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Delete a person here, with all that was measured of them."""
    found = get_object_or_404(changeable(request), pk=pk)
    if request.POST.get("sure") != "yes":
        return page(request, subject_of(request, pk), problem=_("Tick the box first."))
    try:
        found.erase(request.user)
    except Refusal as refusal:
        return page(request, subject_of(request, pk), problem=refusal.message)
    messages.success(
        request, _("The subject is deleted, with all reports and masks of them.")
    )
    return redirect("subjects")


@require_GET
def subject_download(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Hand out all that is kept of a person, values unrounded."""
    found = subject_of(request, pk)
    answer = JsonResponse(
        {
            "name": found.name,
            "notes": found.notes,
            "created": found.created,
            "consent": {
                "recorded": found.consented,
                "recorded_by": found.consented_by and str(found.consented_by),
                "words": found.consent_words,
                "withdrawn": found.withdrawn,
            },
            "analyses": [told(task) for task in analyses(found)],
        },
        json_dumps_params={"indent": 2, "ensure_ascii": False},
    )
    name = f"{found.name}.json"
    answer["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


def told(task: Task) -> dict[str, Any]:
    return {
        "picture": task.image_name,
        "provider": task.provider,
        "operation": task.operation,
        "options": task.options,
        "ordered": task.created,
        "finished": task.finished,
        "state": task.state,
        "message": task.message,
        "reports": [one.data for one in task.reports],  # type: ignore[attr-defined]
    }
