"""The API of our own, and files by addresses that are signed."""

from tests.permissions import row

ROWS = {
    "api/v1/": row("ANY nobody"),
    "api/v1/openapi.json": row("ANY anyone"),
    "api/v1/docs": row("ANY anyone"),
    "signed/<str:named>/<path:name>": row("GET holder", named="signed", name="=a.jpg"),
    "presigned/<str:key>": row("PUT holder", key="presigned"),
}
