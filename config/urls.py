"""Every address of the site."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import include, path


def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """Show browsers that look for it by its old name where the icon is."""
    return HttpResponseRedirect(static("icons/favicon.svg"))


urlpatterns = [
    path("favicon.ico", favicon),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("imaging.urls")),
]
