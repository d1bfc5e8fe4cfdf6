"""Tables for spreadsheet programs, which take what people typed for no formula."""

import csv
import io
from collections.abc import Sequence
from typing import Any

# Such programs know by it that the file is UTF-8.
BOM = "\ufeff"
# What they would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
