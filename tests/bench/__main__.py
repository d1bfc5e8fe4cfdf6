"""`python -m tests.bench`: every figure beside its goal."""

import os
import sys
from importlib import import_module

import django

from tests.bench.figures import show

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    every = ["pages", "walls", "flight", "archives", "upscaling", "similarity"]
    every += ["console"]
    chosen = sys.argv[1:] or every
    measures = [import_module(f"tests.bench.{name}").measure for name in chosen]
    figures = [figure for measure in measures for figure in measure()]
    sys.exit(0 if show(figures) else 1)
