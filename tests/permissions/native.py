"""The API of our own, and files by addresses that are signed."""

from tests.drawing import jpeg
from tests.permissions import row

ORDER = {"images": ["{image}"], "provider": "local", "operation": "upscale"}

ROWS = {
    "api/v1/": row("ANY nobody"),
    "api/v1/openapi.json": row("ANY anyone"),
    "api/v1/docs": row("ANY anyone"),
    # Pictures. What is new goes to the caller's own team unless another is named.
    "api/v1/images": row(
        "GET person read, POST person upload", sends={"POST": {"file": jpeg(80, 64)}}
    ),
    "api/v1/images/<uuidstr:image>": row(
        "GET viewer read, PATCH contributor upload, DELETE contributor upload",
        image="image",
        sends={"PATCH": {"name": "b.jpg"}},
    ),
    "api/v1/images/<uuidstr:image>/download": row("GET viewer read", image="image"),
    "api/v1/images/<uuidstr:image>/similar": row("GET viewer read", image="image"),
    # Work
    "api/v1/batches": row(
        "GET person read, POST contributor process", sends={"POST": ORDER}
    ),
    "api/v1/batches/<uuidstr:batch>": row("GET viewer read", batch="batch"),
    "api/v1/batches/<uuidstr:batch>/results": row("GET viewer read", batch="batch"),
    "api/v1/batches/<uuidstr:batch>/cancel": row(
        "POST contributor process", batch="batch"
    ),
    "api/v1/batches/<uuidstr:batch>/retry": row(
        "POST contributor process", batch="batch"
    ),
    "api/v1/tasks": row("GET person read"),
    "api/v1/tasks/<uuidstr:task>": row("GET viewer read", task="task"),
    "api/v1/tasks/<uuidstr:task>/results": row("GET viewer read", task="task"),
    "api/v1/tasks/<uuidstr:task>/cancel": row("POST contributor process", task="task"),
    "api/v1/tasks/<uuidstr:task>/retry": row("POST contributor process", task="task"),
    # Files
    "signed/<str:named>/<path:name>": row("GET holder", named="signed", name="=a.jpg"),
    "presigned/<str:key>": row("PUT holder", key="presigned"),
}
