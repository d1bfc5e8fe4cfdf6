"""Room on Python's stack for whatever is called deep below."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
# Values of 8 bytes: more than half of the piece that Python then takes, 512 KiB.
ROOM = 33_000


def roomy(function: Function) -> Function:
    """Return the function with all that it calls in one piece of Python's stack.

    Up to 3.13 that grows by pieces of 16 KiB, and every call across the end of one
    takes memory from the system and gives it back (python/cpython#142183): a page of
    60 tiles took twice as long. For a frame as large as this one a piece is made in
    which there is room for much more; what of it nobody touches takes no memory.
    """

    def entered(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    entered.__code__ = entered.__code__.replace(co_stacksize=ROOM)
    return update_wrapper(entered, function)  # type: ignore[return-value]
