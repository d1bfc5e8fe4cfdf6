"""Rows that the application writes: lists to search and to look at."""

from __future__ import annotations

from django.contrib import admin
from django.db import models

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
show(AuditEvent, "at user action team address data", "action user__email", "-at")
show(Image, "name team owner created expires parent trashed", "=id name", "-created")
show(Blob, "digest team format size width height created", "digest", "-created")
show(Upload, "name team user state created expires", "name", "-created", hidden="key")
show(Batch, "created name team user", "=id name", "-created")
show(
    Task,
    "created image_name provider operation team state stage code",
    "=id image_name code",
    "-created",
    hidden="ticket",
)
show(Subject, "name team owner consented withdrawn", "=id name", "folded")
show(TaskEvent, "at task kind message", "=task__id kind", "-id")
show(Result, "name kind task image", "=task__id name", "-task")
show(Download, "at image visitor door", "=image__id visitor", "-at")
show(Gallery, "name team owner visibility created", "=id name", "-created")
show(
    ShareLink,
    "name gallery team mode created expires revoked opens",
    "=id name gallery__name",
    "-created",
    hidden="token digest password",
)
show(
    TaskRequest,
    "at task act method endpoint status error times longest",
    "=task__id endpoint",
    "-id",
)
show(ProviderControl, "provider mode most_at_once rate changed", "provider", "provider")
show(Heartbeat, "kind host at since", "kind host", "kind")
