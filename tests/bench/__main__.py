"""`python -m tests.bench`: every figure beside its goal."""

import os
import sys
from importlib import import_module

import django

from tests.bench.figures import show

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    chosen = sys.argv[1:] or ["pages", "flight", "upscaling", "similarity"]
    measures = [import_module(f"tests.bench.{name}").measure for name in chosen]
    figures = [figure for measure in measures for figure in measure()]
    sys.exit(0 if show(figures) else 1)
