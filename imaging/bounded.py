"""Ask something that may hang, and go on without an answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from django.db import connections

Answer = TypeVar("Answer")


def within(seconds: float, ask: Callable[[], Answer]) -> Answer:
    """Return the answer; TimeoutError when it takes longer, and it goes on alone.

    It is asked in a thread, with a connection to the database of its own.
    """
    answer: Future[Answer] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except Exception as error:  # noqa: BLE001 - raised again where it is awaited
            answer.set_exception(error)
        finally:
            connections.close_all()

    threading.Thread(target=run, daemon=True, name="bounded").start()
    try:
        return answer.result(seconds)
    except TimeoutError as error:
        raise TimeoutError(f"no answer within {seconds:g} s") from error
