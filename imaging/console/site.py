"""The console's site: its own pages beside Django's lists, and what all lists share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.views import logout
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import DataError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise

View = Callable[..., HttpResponseBase]
# Nobody searches for more; a thousand words are too many conditions for a database.
LONGEST_SEARCH = 254


@dataclass(frozen=True)
class Page:
    """One page of ours; what has a label stands in the console's menu."""

    route: str
    name: str
    view: View
    label: str | Promise


PAGES: list[Page] = []
# The menu begins with what is looked at first when something is wrong.
MENU = ("doctor", "failures", "providers", "storage", "retention", "audit")


def in_menu(one: Page) -> int:
    """Return where a page stands in the menu; what has no place of its own is last."""
    return MENU.index(one.name) if one.name in MENU else len(MENU)


def page(route: str, name: str, label: str | Promise = "") -> Callable[[View], View]:
    """Add a view to the console as `admin:<name>`, for superusers alone."""

    def add(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_superuser:
                raise PermissionDenied
            return view(request, **kwargs)

        PAGES.append(Page(route, name, guarded, label))
        return guarded

    return add


def show_page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Answer with a page of the console; its templates extend admin/console.html."""
    whole = admin.site.each_context(request) | context
    return render(request, template, whole, status=status)


def asked_name(request: HttpRequest) -> str:
    """Return the name that is searched for; no database takes a NUL."""
    return request.GET.get("q", "").replace("\0", "").strip()[:100]


class Console(admin.AdminSite):
    """Django's admin with pages of our own; signing in and out is allauth's affair."""

    site_header = site_title = "Darkroom"
    enable_nav_sidebar = False
    index_template = "admin/start.html"

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the figures to whoever may see everything, the lists to all staff."""
        from imaging.console import start

        shown = start.context() if request.user.is_superuser else {}
        return super().index(request, shown | (extra_context or {}))

    def get_urls(self) -> list[Any]:
        ours: list[URLPattern] = [
            path(one.route, self.admin_view(one.view), name=one.name) for one in PAGES
        ]
        return ours + super().get_urls()

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        context["console_pages"] = [
            {"url": reverse(f"admin:{one.name}"), "label": one.label}
            for one in sorted(PAGES, key=in_menu)
            if one.label and request.user.is_superuser
        ]
        return context

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Sign in on the site's own page: throttled, with the second factor."""
        return secure_admin_login(super().login)(request, extra_context)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return logout(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")


class Bearing(admin.ModelAdmin):
    """A list that bears whatever an address says."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        try:
            return super().get_changelist_instance(request)
        except (OverflowError, DataError) as error:
            # A moment at the end of all years, in a zone in which it is none; a NUL.
            raise IncorrectLookupParameters from error

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        said = search_term[:LONGEST_SEARCH]
        return super().get_search_results(request, queryset, said)


class Shown(Bearing):
    """Rows that the application writes; here they are only looked at."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser


class Guarded(Bearing):
    """Whoever may change people, or their addresses, may become any of them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser
