"""Every address of the site."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import include, path, re_path
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from imaging import providers
from imaging.api.native import nothing
from imaging.views import batches


@require_safe
def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """Show browsers that look for it by its old name where the icon is."""
    return HttpResponseRedirect(static("icons/favicon.svg"))


handler500 = "imaging.views.outage.failed"

urlpatterns = [
    # Every page that watches asks here again and again: found before all others.
    path("batches/<uuid:pk>/changes/", batches.changes, name="batch_changes"),
    path("favicon.ico", favicon),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("language/", require_POST(set_language), name="language"),
    # Programs: what is ours is matched before what the vendors' APIs look like.
    path("", include("imaging.api.urls")),
    *(path("", include(server)) for server in providers.servers()),
    re_path("^api/v1/", nothing),
    path("", include("imaging.urls")),
]
