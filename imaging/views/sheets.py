"""Tables for spreadsheet programs, which take what people typed for no formula."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, override

from imaging.delivery.handover import release_connections

# Such programs know by it that the file is UTF-8.
BOM = "\ufeff"
# What they would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# So many rows of a long table are read at once: no query is kept open.
CHUNK = 2_000


def written(
    head: str, some: Iterable[list[Any]], write: Callable[[list[Any]], str]
) -> Iterator[str]:
    """Write a long table, some rows at a time.

    In the words and the time of the reader, whose request is over by then.
    """
    language, zone = get_language(), timezone.get_current_timezone()

    def parts() -> Iterator[str]:
        yield head
        for rows in some:
            with override(language), timezone.override(zone):
                said = write(rows)
            release_connections()
            yield said

    return parts()


def line(cells: Sequence[Any]) -> str:
    """Write one line of a table."""
    out = io.StringIO()
    csv.writer(out).writerow([safe(cell) for cell in cells])
    return out.getvalue()


def safe(cell: Any) -> Any:
    """Return a cell that is taken for no formula; numbers are none."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell
