"""A task's timeline: all that was done for it, to look at and to send to support."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from imaging.console.site import page, show_page
from imaging.models import Task
from imaging.operating.timeline import in_plain_text, timeline_of


def found(pk: UUID) -> Task:
    related = ("team", "owner", "subject", "batch")
    return get_object_or_404(Task.objects.select_related(*related), pk=pk)


@page("tasks/<uuid:pk>/timeline/", "task_timeline")
@require_GET
def show_timeline(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show events, requests and waits of one task, in their order."""
    task = found(pk)
    story = timeline_of(task)
    context: dict[str, Any] = {
        "title": _("Timeline of a task"),
        "task": task,
        "story": story,
        "text": in_plain_text(task, story),
    }
    return show_page(request, "admin/task_timeline.html", context)


@page("tasks/<uuid:pk>/timeline.txt", "task_timeline_text")
@require_GET
def give_timeline(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Hand out the same as plain text, for support."""
    task = found(pk)
    text = in_plain_text(task, timeline_of(task))
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="task-{task.pk}.txt"'
    return answer
