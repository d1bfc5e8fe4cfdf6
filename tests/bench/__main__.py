"""`python -m tests.bench`: every figure beside its goal."""

import sys

from tests.bench import flight, pages
from tests.bench.figures import show

if __name__ == "__main__":
    chosen = sys.argv[1:] or ["pages", "flight"]
    measures = {"pages": pages.measure, "flight": flight.measure}
    figures = [figure for name in chosen for figure in measures[name]()]
    sys.exit(0 if show(figures) else 1)
