"""The addresses of our own for programs: the API, its rooms, and files."""

from django.urls import path

from imaging.api import (
    archives,
    batches,
    downloads,
    galleries,
    images,
    items,
    operations,
    people,
    shares,
    subjects,
    tasks,
    uploads,
    webhooks,
)
from imaging.api.addresses import signed_file
from imaging.api.native import api
from imaging.api.presigned import presigned_part, presigned_put

api.add_router("/images", images.router)
api.add_router("/uploads", uploads.router)
api.add_router("/batches", batches.router)
api.add_router("/tasks", tasks.router)
api.add_router("/galleries", galleries.router)
api.add_router("/galleries", items.router)
api.add_router("", archives.router)
api.add_router("/galleries", shares.of_gallery)
api.add_router("/shares", shares.router)
api.add_router("", operations.router)
api.add_router("/subjects", subjects.router)
api.add_router("/downloads", downloads.router)
api.add_router("", people.router)
api.add_router("/webhooks", webhooks.router)
api.add_router("/deliveries", webhooks.deliveries)

urlpatterns = [
    path("api/v1/", api.urls),
    path("signed/<str:named>/<path:name>", signed_file, name="signed_file"),
    path("presigned/<str:key>", presigned_put, name="presigned_put"),
    path("presigned/<str:key>/<int:number>", presigned_part, name="presigned_part"),
]
