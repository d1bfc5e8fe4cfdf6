"""Rows that the application writes: lists to search and to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from imaging.console.lists import (
    Chosen,
    Listed,
    OfProvider,
    OfState,
    OfTeam,
    link,
    since,
    team_link,
)
from imaging.console.site import Shown
from imaging.models import (
    AuditEvent,
    Batch,
    Blob,
    Budget,
    Download,
    Gallery,
    Heartbeat,
    Image,
    ProviderAccount,
    ProviderControl,
    Result,
    ShareLink,
    Subject,
    Task,
    TaskEvent,
    TaskRequest,
    Upload,
)
from imaging.models.heartbeats import KINDS


def show(
    model: type[models.Model], columns: str, search: str, order: str, hidden: str = ""
) -> None:
    """Register a model to look at; the lists are words separated by spaces."""
    names = columns.split()
    fields = {field.name: field for field in model._meta.get_fields()}
    related = [n for n in names if n in fields and fields[n].many_to_one]
    options = {
        "list_display": names,
        "list_select_related": related,
        "search_fields": search.split(),
        "ordering": [order],
        "exclude": hidden.split(),
    }
    admin.site.register(model, type(f"{model.__name__}Admin", (Shown,), options))


show(
    ProviderAccount,
    "team provider url paused changed changed_by",
    "team__name provider",
    "-changed",
    hidden="sealed",
)
show(Budget, "team provider limit", "team__name provider", "team")
show(Subject, "name team owner consented withdrawn", "=id name", "folded")
show(Gallery, "name team owner visibility created", "=id name", "-created")
show(
    ShareLink,
    "name gallery team mode created expires revoked opens",
    "=id name gallery__name",
    "-created",
    hidden="token digest password",
)
show(ProviderControl, "provider mode most_at_once rate changed", "provider", "provider")

BY_ID = _("By an id.")
BY_ID_OR_NAME = _("By an id, or by a whole name.")


@admin.register(Task)
class TaskAdmin(Listed):
    """Everything that was ever asked for."""

    list_display = (
        "created",
        "image_link",
        "provider",
        "operation",
        "team_link",
        "batch_link",
        "state",
        "stage",
        "code",
        "finished",
    )
    list_select_related = ("image", "team", "batch")
    list_filter = (
        OfState,
        OfProvider,
        since("created", _("asked for"), "asked"),
        since("finished", _("ended"), "ended"),
        OfTeam,
    )
    ordering = ("-created",)
    ids = ("pk", "batch", "image", "result_id")
    texts = ("image__folded",)
    folds = True
    search_help_text = _(
        "By the id of a task, a batch, a picture or a result, or by a picture's whole "
        "name."
    )
    exclude = ("ticket",)
    readonly_fields = ("timeline",)
    image_link = link("image", _("picture"))
    team_link = team_link
    batch_link = link("batch", _("batch"))

    @admin.display(description=_("timeline"))
    def timeline(self, row: Task) -> str:
        where = reverse("admin:task_timeline", args=[row.pk])
        return format_html('<a href="{}">{}</a>', where, _("Every act and request"))


@admin.register(TaskEvent)
class TaskEventAdmin(Listed):
    list_display = ("at", "task_link", "kind", "message")
    list_select_related = ("task",)
    ordering = ("-id",)
    ids = ("task",)
    search_help_text = _("By the id of a task.")
    task_link = link("task", _("task"))


@admin.register(TaskRequest)
class TaskRequestAdmin(Listed):
    list_display = (
        "at",
        "task_link",
        "provider",
        "act",
        "method",
        "endpoint",
        "status",
        "error",
        "times",
        "longest",
    )
    list_select_related = ("task",)
    list_filter = (OfProvider, since("at", _("begun"), "begun"))
    ordering = ("-at", "-id")
    ids = ("task",)
    search_help_text = _("By the id of a task.")
    task_link = link("task", _("task"))


@admin.register(Batch)
class BatchAdmin(Listed):
    list_display = ("created", "name", "team_link", "user")
    list_select_related = ("team", "user")
    list_filter = (since("created", _("begun"), "begun"), OfTeam)
    ordering = ("-created",)
    search_help_text = BY_ID
    team_link = team_link


@admin.register(Result)
class ResultAdmin(Listed):
    list_display = ("name", "kind", "task_link", "image_link")
    list_select_related = ("task", "image")
    ordering = ("-task",)
    ids = ("pk", "task")
    search_help_text = _("By its id, or by that of its task.")
    task_link = link("task", _("task"))
    image_link = link("image", _("picture"))


@admin.register(Image)
class ImageAdmin(Listed):
    list_display = (
        "name",
        "team_link",
        "owner",
        "created",
        "expires",
        "parent_link",
        "trashed",
    )
    list_select_related = ("team", "owner", "parent")
    list_filter = (since("created", _("stored"), "stored"), OfTeam)
    ordering = ("-created",)
    ids = ("pk", "blob", "task", "parent")
    texts = ("folded",)
    folds = True
    search_help_text = BY_ID_OR_NAME
    team_link = team_link
    parent_link = link("parent", _("made of"))


@admin.register(Blob)
class BlobAdmin(Listed):
    list_display = (
        "digest",
        "team_link",
        "format",
        "size",
        "width",
        "height",
        "created",
    )
    list_select_related = ("team",)
    list_filter = (since("created", _("stored"), "stored"), OfTeam)
    ordering = ("-created",)
    search_help_text = BY_ID
    team_link = team_link


@admin.register(Upload)
class UploadAdmin(Listed):
    list_display = ("name", "team_link", "user", "state", "created", "expires")
    list_select_related = ("team", "user")
    ordering = ("-created",)
    search_help_text = BY_ID
    exclude = ("key",)
    team_link = team_link


@admin.register(Download)
class DownloadAdmin(Listed):
    list_display = ("at", "image_link", "team_link", "user", "door")
    list_select_related = ("image", "team", "user")
    list_filter = (since("at", _("taken"), "taken"), OfTeam)
    ordering = ("-at",)
    ids = ("pk", "image", "link", "bundle")
    search_help_text = _("By the id of a picture, a share link or a bundle.")
    image_link = link("image", _("picture"))
    team_link = team_link


@admin.register(AuditEvent)
class AuditEventAdmin(Listed):
    list_display = ("at", "who", "token", "action", "team_link", "address", "data")
    list_select_related = ("team",)
    list_filter = (since("at", _("at"), "when"), OfTeam)
    ordering = ("-at",)
    ids = ("pk", "user", "team")
    texts = ("action",)
    search_help_text = _("By the id of a person or a team, or by a whole action.")
    team_link = team_link


class OfKind(Chosen):
    title = _("kind")
    parameter_name = column = "kind"

    def lookups(self, request: Any, model_admin: Any) -> list[Any]:
        return [(kind, kind) for kind in KINDS]


@admin.register(Heartbeat)
class HeartbeatAdmin(Shown):
    list_display = ("kind", "host", "at", "since")
    list_filter = (OfKind,)
    search_fields = ("kind", "host")
    ordering = ("kind", "host")
