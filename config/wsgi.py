"""The callable that gunicorn serves."""

import os
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

answer = get_wsgi_application()

from imaging.outage import presence  # noqa: E402

presence.begin()

# Of 8 bytes each: more than half of what Python then takes, which is 512 KiB.
ROOM = 33_000


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer a request within one piece of Python's stack.

    Up to 3.13 that grows by pieces of 16 KiB, and every call across the end of one
    takes memory from the system and gives it back (python/cpython#142183): a page of
    60 tiles took twice as long. For a frame as large as this one a piece is made in
    which there is room for all that it calls; what nobody touches takes no memory.
    """
    return answer(environ, start_response)


application.__code__ = application.__code__.replace(co_stacksize=ROOM)
