"""Naver Cloud Media Intelligence, answered here: its own paths, on our pictures.

Pages "Get search asset upload status" and those around it; see `wire`. What a page
does not say is answered as our client expects it.
"""

from django.urls import path, re_path

from imaging.providers.naver import wire
from imaging.providers.naver.server import searches, uploads, workspaces
from imaging.providers.naver.server.entrance import no_route, server

WORKSPACES = wire.WORKSPACES.lstrip("/")
SEARCH = f"{WORKSPACES}/<str:workspace>/assets/search"

urlpatterns = [
    path(wire.PRESIGN.lstrip("/"), server.by_method(POST=uploads.presign)),
    path(wire.COMPLETE.lstrip("/"), server.by_method(POST=uploads.complete)),
    path(
        WORKSPACES,
        server.by_method(GET=workspaces.list_all, POST=workspaces.create),
    ),
    path(f"{WORKSPACES}/<str:workspace>", server.by_method(GET=workspaces.details)),
    path(SEARCH, server.by_method(POST=searches.search)),
    path(f"{SEARCH}/<str:search>", server.by_method(GET=searches.result)),
    re_path(r"^api/v1/(?:query-assets|workspaces)/", no_route),
]
