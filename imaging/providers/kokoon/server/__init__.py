"""Kokoon's image super-resolution API, v3, answered by Darkroom.

After the same pages as `wire`; what they leave open is answered as its client reads it.
"""

from django.urls import path, re_path

from imaging.providers.kokoon import wire
from imaging.providers.kokoon.server import credit, images, tasks
from imaging.providers.kokoon.server.door import no_route, server

OPERATION = tasks.OPERATION
IMAGE = f"{wire.IMAGES}/<str:vid>".lstrip("/")

urlpatterns = [
    path(
        wire.IMAGES.lstrip("/"),
        server.by_method(GET=images.list_images, POST=images.upload_image),
    ),
    path(IMAGE, server.by_method(GET=images.get_image, DELETE=images.delete_image)),
    path(
        f"{IMAGE}/download-inc-count",
        server.by_method(POST=images.download_inc_count),
    ),
    path(wire.PRICE.lstrip("/"), server.by_method(POST=credit.calc_credit)),
    path(wire.BALANCE.lstrip("/"), server.by_method(GET=credit.my_credit)),
    path(
        wire.TASKS.lstrip("/"),
        server.by_method(GET=tasks.list_tasks, POST=tasks.create_task),
    ),
    path(f"{wire.TASKS}/<str:tid>".lstrip("/"), server.by_method(GET=tasks.get_task)),
    re_path(r"^kokoon/api/", server.open_operation(no_route)),
]
