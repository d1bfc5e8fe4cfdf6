"""Images and tasks in Kokoon's words: names, order and types of its pages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from imaging.models import Image, Stage, State, Task
from imaging.providers.kokoon import wire
from imaging.providers.kokoon.server.door import KEPT_DAYS

NIL = str(UUID(int=0))
# When what has no end expires.
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
# A prober's names of what pictures are encoded with.
CODECS = {"jpeg": "mjpeg", "jpg": "mjpeg", "heic": "hevc"}
SUFFIXES = {"jpeg": ".jpg"}
ENDED = {State.COMPLETED: "done", State.ERROR: "error", State.CANCELLED: "cancel"}
BEFORE_WORK = (Stage.QUEUED, Stage.SENDING)
PIXELS_PER_CREDIT = 1920 * 1080
REQUEST = (
    *("task_type", "category", "use_sr", "input_quality", "option", "vid"),
    *("width", "height", "codec", "format"),
)


def price_of(wanted: wire.Wanted) -> int:
    """Return what a task costs, in credits; previews are free."""
    if wanted.task_type == wire.PREVIEW:
        return 0
    return max(1, math.ceil(wanted.width * wanted.height / PIXELS_PER_CREDIT))


def dump_request(wanted: wire.Wanted) -> dict[str, Any]:
    """Return the body of a task as it is kept: defaults filled in, and the codec."""
    said = wire.dump_wanted(wanted)
    form = said.pop("format")
    return {**said, "codec": CODECS.get(form, form), "format": form}


def in_order(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was kept of a task's body in its order, which PostgreSQL forgets."""
    option = {name: request["option"][name] for name in wire.SWITCHES}
    return {**{name: request[name] for name in REQUEST}, "option": option}


def dump_image(
    image: Image, downloads: int, url: str, thumb_url: str
) -> dict[str, Any]:
    """Describe an image that exists. Needs its blob."""
    blob = image.blob
    return {
        "uid": str(image.owner_id or NIL),
        "vid": str(image.pk),
        "pid": str(image.parent_id or NIL),
        "tid": str(image.task_id or NIL),
        "created_time": stamp(image.created),
        "filename": image.name,
        "size": blob.size,
        "codec_name": CODECS.get(blob.format, blob.format),
        "fps": "25/1",
        "duration": "0",
        "nb_frames": str(blob.frames),
        "bitrate": "0",
        "width": blob.width,
        "height": blob.height,
        "download_cnt": downloads,
        "expired_time": stamp(image.expires or NEVER),
        "state": wire.COMPLETED,
        "url": url,
        "thumb_url": thumb_url,
    }


def dump_unmade(task: Task, request: dict[str, Any]) -> dict[str, Any]:
    """Describe the image that a task will make, or could not make."""
    form = request["format"]
    suffix = SUFFIXES.get(form, f".{form}")
    return {
        "uid": str(task.owner_id or NIL),
        "vid": str(task.result_id),
        "pid": request["vid"],
        "tid": str(task.pk),
        "created_time": stamp(task.created),
        "filename": PurePath(task.image_name).stem + suffix,
        "size": 0,
        "codec_name": request["codec"],
        "fps": "25/1",
        "duration": "0",
        "nb_frames": "1",
        "bitrate": "0",
        "width": request["width"],
        "height": request["height"],
        "download_cnt": 0,
        "expired_time": stamp(task.created + timedelta(days=KEPT_DAYS)),
        "state": state_of(task),
        "url": "",
        "thumb_url": "",
        "last_category": None,
    }


def dump_row(task: Task, request: dict[str, Any]) -> dict[str, Any]:
    """Describe a task as it is listed."""
    return {
        "tid": str(task.pk),
        "uid": str(task.owner_id or NIL),
        "in_vid": request["vid"],
        "out_vid": str(task.result_id),
        "task_type": request["task_type"],
        "step": step_of(task),
        "filename": task.image_name,
        "request_time": second(task.created),
        "start_time": second(task.began),
        "finish_time": second(task.finished),
        "nb_frames": "1",
        "sr_nb_frames": "1",
        "progress": progress_of(task),
    }


def dump_task(
    task: Task, request: dict[str, Any], before: str | None, after: str | None
) -> dict[str, Any]:
    """Describe a task in full, with the addresses of its preview if it made one."""
    return {
        "request_body": in_order(request),
        "uid": str(task.owner_id or NIL),
        "tid": str(task.pk),
        "in_vid": request["vid"],
        "out_vid": str(task.result_id),
        "task_type": request["task_type"],
        "step": step_of(task),
        "filename": task.image_name,
        "request_time": second(task.created),
        "start_time": second(task.began),
        "finish_time": second(task.finished),
        "result_message": result_of(task),
        "bitrate": "0",
        "fps": "25/1",
        "nb_frames": "1",
        "sr_nb_frames": "1",
        "progress": progress_of(task),
        "preview_orig_url": before,
        "preview_sr_url": after,
    }


def step_of(task: Task) -> str:
    """Return how far a task is, in Kokoon's steps."""
    if task.state == State.PENDING:
        return "ready"
    if task.state == State.PROCESSING:
        return "preparing" if task.stage in BEFORE_WORK else "running"
    return ENDED[State(task.state)]


def state_of(task: Task) -> str:
    """Return the state of the image that an unfinished or failed task makes."""
    if step_of(task) == "ready":
        return "pending"
    return "processing" if task.is_open else wire.ERROR


def progress_of(task: Task) -> str:
    """Count the frames that are done: one, or none yet."""
    return "1" if task.state == State.COMPLETED else "0"


def result_of(task: Task) -> str:
    """Say how a task has ended; nothing while it has not."""
    if task.state == State.COMPLETED:
        return "success"
    if task.state == State.CANCELLED:
        return "cancelled"
    return task.message if task.state == State.ERROR else ""


def stamp(at: datetime) -> str:
    """Write a moment to the millisecond, as `2024-02-01T12:17:32.699Z`."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def second(at: datetime | None) -> str | None:
    """Write a moment to the second, as the times of tasks are; None where unknown."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z" if at else None
