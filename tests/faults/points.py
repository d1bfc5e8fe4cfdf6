"""The named points of the application, read from its source, and the ways to them."""

import ast
from collections.abc import Callable, Iterator
from typing import Any

from tests.faults.site import Site
from tests.faults.ways import (
    Way,
    convert,
    deliver,
    develop,
    develop_asking,
    mail,
    order,
    remove,
    send_parts,
    upload,
)
from tests.services import ROOT

# The acts of a worker; a point that is named after the act is one in each.
ACTS = ("submit", "fetch")
# What has to be done for a process to come by; where several do, each is one way.
WAYS: dict[str, list[Callable[[Site], Way]]] = {
    "submit-claimed": [develop, convert],
    "intent-saved": [develop, develop_asking],
    "answered": [develop, develop_asking],
    "ticket-saved": [develop, develop_asking],
    "submitted": [develop, convert],
    "poll-claimed": [develop],
    "answers-committed": [develop],
    "fetch-claimed": [develop],
    "fetched": [develop],
    "file-begun": [convert, upload],
    "file-written": [convert, upload],
    "result-written": [develop, convert],
    "result-committed": [develop, convert],
    "row-committed": [upload, send_parts],
    "part-written": [send_parts],
    "upload-ended": [send_parts],
    "tasks-committed": [order],
    "wake-up-due": [order, develop],
    "wake-up-sent": [order, develop],
    "image-deleted": [remove],
    "notify-claimed": [deliver],
    "notified": [deliver],
    "letter-claimed": [mail],
}


def points() -> set[str]:
    """Return the names of all points that the application's source reaches."""
    found = set()
    for path in (ROOT / "imaging").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "faults.reach":
                found.update(names(node.args[0]))
    return found


def names(argument: ast.expr) -> Iterator[str]:
    """Yield what one call names: a text, or one in which `{act}` stands."""
    text = ast.literal_eval(ast.unparse(argument).removeprefix("f"))
    for act in ACTS if "{act}" in text else ("",):
        yield text.replace("{act}", act)


def meet(
    site: Site,
    point: str,
    way: Callable[[Site], Way],
    fault: str = "",
    cure: Callable[[], None] = lambda: None,
) -> Way:
    """Go a way on which a process meets a fault at a point; return what is left of it.

    `cure` is called once the fault has been met.
    """
    steps = way(site)
    next(steps)
    site.arm(point, fault)
    next(steps)
    site.was_reached(point)
    cure()
    return steps


def overcome(*how: Any) -> None:
    """Meet a fault, and see that all ends well."""
    assert not list(meet(*how))
