"""What runs here: versions, codecs, cores, and how far this clock is off."""

from __future__ import annotations

import os
import platform
import sqlite3
import tomllib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pillow_heif
from django.conf import settings
from PIL import features

from imaging import clock


@cache
def darkroom() -> str:
    """Return the version of this application."""
    text = (settings.BASE_DIR / "pyproject.toml").read_text()
    return str(tomllib.loads(text)["project"]["version"])


@cache
def versions() -> dict[str, str]:
    """Return the versions of what everything is made with, the codecs among it."""
    found = {
        "darkroom": darkroom(),
        "python": platform.python_version(),
        "pillow": installed("pillow"),
        "libjpeg": features.version("libjpeg_turbo") or features.version("jpg"),
        "libwebp": features.version("webp"),
        "libheif": pillow_heif.libheif_version(),
        "opencv": installed("opencv-python-headless"),
        "ncnn": installed("ncnn"),
        "sqlite": sqlite3.sqlite_version,
    }
    return {name: value or "none" for name, value in found.items()}


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def cores() -> int:
    """Count the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def facts() -> dict[str, Any]:
    """Return what a process says of itself when it begins."""
    return {
        **versions(),
        "cores": cores(),
        "pid": os.getpid(),
        "parent": os.getppid(),
        "clock": clock.offset(),
    }
