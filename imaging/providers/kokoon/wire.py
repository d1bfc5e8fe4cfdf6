"""What goes over the wire to Kokoon's image super-resolution API, v3.

After its pages "Upload a original image", "Get a image information", "Calc credit" and
"Get task"; what they leave open is read in every likely form.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

HOME = "https://develop.kokoon.cloud"
ROOT = "/kokoon/api/image/sr/v3"
IMAGES = f"{ROOT}/image"
PRICE = f"{ROOT}/credit/calc"
BALANCE = f"{ROOT}/credit/me"
TASKS = f"{ROOT}/task"

FULL, PREVIEW = "SR_IMAGE", "SR_IMAGE_PREVIEW"
CATEGORIES = ("person", "animation", "cg", "retro", "general")
QUALITIES = ("high", "medium")
SWITCHES = ("face_enhance", "denoise", "add_noise")
# For these Kokoon ignores all the switches.
UNSWITCHED = frozenset({"animation", "cg"})
# What may be made, the default first.
FORMATS = ("png", "jpg", "jpeg", "bmp")

DONE = "done"
FAILED_STEPS = frozenset({"error", "cancel"})
COMPLETED, ERROR = "completed", "error"

PAGE = 100
# The operation is described, its route is not.
DOWNLOADED = "POST /image/{vid}/download-inc-count"
METHODS = frozenset({"GET", "POST", "PUT", "PATCH"})


@dataclass(frozen=True)
class Image:
    """An image at Kokoon, uploaded or made; `url` is short-lived and never kept."""

    vid: str
    state: str
    url: str
    width: int
    height: int
    filename: str
    expires: str
    downloads: int


@dataclass(frozen=True)
class Task:
    """A task at Kokoon; `before` and `after` are the addresses of a preview."""

    tid: str
    in_vid: str
    out_vid: str
    step: str
    message: str
    before: str
    after: str


@dataclass(frozen=True)
class Wanted:
    """What is asked for: the body of both "calc credit" and "create task"."""

    vid: str
    width: int
    height: int
    category: str
    use_sr: bool
    input_quality: str
    switches: Mapping[str, bool]
    format: str
    task_type: str = FULL


def dump_wanted(wanted: Wanted) -> dict[str, Any]:
    return {
        "task_type": wanted.task_type,
        "category": wanted.category,
        "use_sr": wanted.use_sr,
        "input_quality": wanted.input_quality,
        "option": {name: bool(wanted.switches.get(name)) for name in SWITCHES},
        "vid": wanted.vid,
        "width": wanted.width,
        "height": wanted.height,
        "format": wanted.format,
    }


def image_path(vid: str) -> str:
    return f"{IMAGES}/{quote(vid, safe='')}"


def task_path(tid: str) -> str:
    return f"{TASKS}/{quote(tid, safe='')}"


def images_path(filename: str) -> str:
    """Return where originals are listed whose name contains this."""
    query = {"orig_type": "original", "filename": filename}
    return f"{IMAGES}?{urlencode(query)}"


def tasks_path(task_type: str, since: str, page: int) -> str:
    """Return where the tasks of one type since a day are listed, page by page."""
    query = {"task_type": task_type, "start_date": since}
    pages = {"page_size": PAGE, "page_num": page}
    return f"{TASKS}?{urlencode(query | pages)}"


def read_route(text: str) -> tuple[str, str] | None:
    """Read "METHOD /path/{vid}"; None for "off". Raises ValueError.

    A path that does not begin as all of Kokoon's do is taken from the API's root.
    """
    text = text.strip(" '\"")
    if text.lower() == "off":
        return None
    method, _, path = (text or DOWNLOADED).partition(" ")
    path = path.strip()
    if method not in METHODS or not path.startswith("/") or "{vid}" not in path:
        raise ValueError(f"{text!r} is no method and path with {{vid}} in it.")
    return method, path if path.startswith("/kokoon/") else ROOT + path


def route_path(path: str, vid: str) -> str:
    return path.replace("{vid}", quote(vid, safe=""))


def read_image(said: Mapping[str, Any]) -> Image:
    """Read an image object. Raises ValueError."""
    return Image(
        vid=name_in(said, "vid"),
        state=text_in(said, "state"),
        url=text_in(said, "url"),
        width=number_in(said, "width"),
        height=number_in(said, "height"),
        filename=text_in(said, "filename"),
        expires=text_in(said, "expired_time"),
        downloads=number_in(said, "download_cnt"),
    )


def read_images(said: Mapping[str, Any]) -> list[Image]:
    """Read a list of images, by either name that it may have. Raises ValueError."""
    return [read_image(one) for one in rows_in(said, "images", "videos")]


def read_created(said: Mapping[str, Any]) -> dict[str, str]:
    """Read the ids of a new task: `tid`, and the `out_vid` of what it makes."""
    return {"tid": name_in(said, "tid"), "out_vid": name_in(said, "out_vid")}


def read_task(said: Mapping[str, Any]) -> Task:
    """Read a task, in full or from a list. Raises ValueError."""
    return Task(
        tid=name_in(said, "tid"),
        in_vid=text_in(said, "in_vid"),
        out_vid=text_in(said, "out_vid"),
        step=text_in(said, "step"),
        message=text_in(said, "result_message"),
        before=text_in(said, "preview_orig_url"),
        after=text_in(said, "preview_sr_url"),
    )


def read_tasks(said: Mapping[str, Any]) -> list[Task]:
    return [read_task(one) for one in rows_in(said, "sr_tasks")]


def read_credit(said: Mapping[str, Any]) -> float:
    """Read credits: a number in the samples, a string by the table."""
    try:
        credit = float(said["credit"])
    except (KeyError, TypeError) as error:
        raise ValueError("no credit is named") from error
    if not (math.isfinite(credit) and credit >= 0):
        raise ValueError(f"{credit} is no number of credits")
    return credit


def read_point(said: Mapping[str, Any]) -> float:
    """Read what Kokoon calls points, and does not explain; 0 where it is not told."""
    try:
        return float(said.get("point") or 0)
    except (TypeError, ValueError):
        return 0


def read_size(text: str) -> tuple[int, int] | None:
    """Read "7680x4320", the longer side first; None for anything else."""
    found = re.fullmatch(r"\s*(\d{2,6})\s*[x×*]\s*(\d{2,6})\s*", text)
    if not found:
        return None
    sides = int(found[1]), int(found[2])
    return max(sides), min(sides)


def name_in(said: Mapping[str, Any], key: str) -> str:
    """Return an id, which must be there. Raises ValueError."""
    if not (found := text_in(said, key)):
        raise ValueError(f"no {key} is named")
    return found


def text_in(said: Mapping[str, Any], key: str) -> str:
    """Return a text; missing, null and anything that is none are as empty."""
    value = said.get(key)
    return value if isinstance(value, str) else ""


def number_in(said: Mapping[str, Any], key: str) -> int:
    """Return a whole number, which may be a string; 0 where there is none."""
    try:
        return int(said.get(key) or 0)
    except (TypeError, ValueError):
        return 0


def rows_in(said: Mapping[str, Any], *names: str) -> list[Mapping[str, Any]]:
    """Return the rows of a list. Raises ValueError where there is none."""
    for name in names:
        if isinstance(rows := said.get(name), list):
            return [one for one in rows if isinstance(one, dict)]
    raise ValueError(f"no {names[0]} are listed")
