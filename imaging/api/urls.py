"""The addresses of our own for programs: the API, its rooms, and files."""

from django.urls import path

from imaging.api import batches, images, tasks
from imaging.api.addresses import signed_file
from imaging.api.native import api
from imaging.api.presigned import presigned_put

api.add_router("/images", images.router)
api.add_router("/batches", batches.router)
api.add_router("/tasks", tasks.router)

urlpatterns = [
    path("api/v1/", api.urls),
    path("signed/<str:named>/<path:name>", signed_file, name="signed_file"),
    path("presigned/<str:key>", presigned_put, name="presigned_put"),
]
