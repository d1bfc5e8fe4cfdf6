"""Kokoon, played: the documented answers to the documented calls, on a socket.

`python -m tests.providers.kokoon.played PORT` serves until it is ended. Where its files
lie is on the same host, and refuses whoever comes with a token, as signed addresses do.
"""

from __future__ import annotations

import io
import json
import math
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from PIL import Image

from tests.providers.playing import Heard, Steps, answer
from tests.providers.vendor import Vendor, Work, call, golden, serve

TOKEN = "eyJraWQiOiJPMGs5.eyJzdWIiOiIzN2U3NzYxM.played"
ROOT = "/kokoon/api/image/sr/v3"
NIL = str(uuid.UUID(int=0))
WANTED = (
    *("task_type", "category", "use_sr", "input_quality", "option", "vid"),
    *("width", "height"),
)
KEPT = timedelta(days=14)
KINDS = {"png": "PNG", "jpg": "JPEG", "bmp": "BMP"}


def words(name: str) -> dict[str, Any]:
    """Return the body of a documented answer."""
    return dict(json.loads(said(name).partition(b"\r\n\r\n")[2]))


def said(name: str) -> bytes:
    """Return a documented answer to the byte."""
    return golden(f"kokoon/{name}.http")


@dataclass
class Stored:
    """An image at Kokoon; `parent` and `task` are those of one that was made."""

    vid: str
    filename: str
    body: bytes
    size: tuple[int, int]
    parent: str = NIL
    task: str = NIL
    downloads: int = 0
    signature: str = ""
    category: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Made(Work):
    """One task, and what was asked for."""

    asked: dict[str, Any] = field(default_factory=dict)
    out_vid: str = ""

    @property
    def is_preview(self) -> bool:
        return bool(self.asked["task_type"] == "SR_IMAGE_PREVIEW")


class Played(Vendor):
    """Stores originals, makes them larger by repeating pixels, counts what it is told.

    `factor` multiplies every price; `fails` is what it says of a task that fails.
    A page of a list has at most `page_most` rows, however many are asked for.
    """

    job = Made
    page_most = 100

    def __init__(self, port: int = 0) -> None:
        super().__init__(port=port)
        self.images: dict[str, Stored] = {}
        self.credit, self.factor, self.fails = 4058, 1, ""

    def name_of(self, number: int) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.url}/{number}"))

    def refusal(self, heard: Heard) -> bytes | None:
        """Refuse whoever does not send the bare token."""
        known = heard.headers.get("authorization") == TOKEN
        return None if known else said("unauthorized")

    @call(f"POST {ROOT}/image", act="submit")
    def upload(self, heard: Heard) -> Steps:
        if no := self.refusal(heard):
            return no
        name, body = heard.form()["file"]
        with Image.open(io.BytesIO(body)) as picture:
            taken, size = picture.format in KINDS.values(), picture.size
        if not taken:
            return answer({"message": "unsupported format"}, 415)
        if min(size) < 64 or max(size) > 3840 or min(size) > 2160:
            return answer({"message": "unsupported resolution"}, 422)
        image = Stored(str(uuid.uuid4()), str(name), body, size)
        self.images[image.vid] = image
        return answer(self.described(image, "uploaded"))

    @call(f"GET {ROOT}/image")
    def listed(self, heard: Heard) -> Steps:
        part = asked_for(heard)["filename"]
        found = [one for one in self.images.values() if part in one.filename]
        rows = [self.described(one, "image") for one in found if one.parent == NIL]
        count = {"all_count": len(rows), "curr_count": len(rows)}
        return answer({**words("images"), **count, "videos": rows})

    @call(f"POST {ROOT}/credit/calc", act="submit")
    def price(self, heard: Heard) -> Steps:
        asked = heard.json()
        return self.mistake(heard, asked) or answer({"credit": self.cost(asked)})

    @call(f"POST {ROOT}/task", act="submit")
    def create(self, heard: Heard) -> Steps:
        asked = heard.json()
        if no := self.mistake(heard, asked):
            return no
        cost = 0 if asked["task_type"] == "SR_IMAGE_PREVIEW" else self.cost(asked)
        if cost > self.credit:
            return said("poor")
        made = self.take(asked=asked)
        made.out_vid = str(uuid.uuid5(uuid.NAMESPACE_URL, made.id))
        self.credit -= cost
        self.images[asked["vid"]].category = asked["category"]
        ids = {"tid": made.id, "in_vid": asked["vid"], "out_vid": made.out_vid}
        return answer({**words("created"), **ids})

    @call(f"GET {ROOT}/task/{{tid}}", act="poll")
    def task(self, heard: Heard, tid: str) -> Steps:
        if no := self.refusal(heard):
            return no
        if not (made := self.jobs.get(tid)):
            return said("gone")
        done = self.share(made) >= 1
        step, message = ("done", "success") if done else ("running", "")
        if done and self.fails:
            step, message = "error", self.fails
        row = self.row(made, step) | {"result_message": message}
        if made.is_preview and done:
            row |= {
                "preview_orig_url": self.signed(self.cut(made, "orig")),
                "preview_sr_url": self.signed(self.cut(made, "sr")),
            }
        return answer(row)

    @call(f"GET {ROOT}/task")
    def tasks(self, heard: Heard) -> Steps:
        query = asked_for(heard)
        rows = [self.row(one, "running") for one in self.jobs.values()]
        rows = [one for one in rows if one["task_type"] == query["task_type"]]
        size = min(int(query["page_size"]), self.page_most)
        page = int(query["page_num"])
        shown = rows[size * page : size * (page + 1)]
        count = {"all_count": len(rows), "curr_count": len(shown)}
        return answer({**words("tasks"), **count, "sr_tasks": shown})

    @call(f"GET {ROOT}/image/{{vid}}", act="poll")
    def image(self, heard: Heard, vid: str) -> Steps:
        if no := self.refusal(heard):
            return no
        self.develop(vid)
        if not (image := self.images.get(vid)):
            return said("gone")
        return answer(self.described(image, "image"))

    @call("GET /storage/{name}", act="fetch", picture=True)
    def file(self, heard: Heard, name: str) -> Steps:
        image = self.images.get(name)
        sent = heard.target.partition("?")[2]
        if "authorization" in heard.headers or not image or sent != image.signature:
            return answer(b"<Error><Code>AccessDenied</Code></Error>", 403)
        return answer(image.body, type="image/png")

    @call(f"GET {ROOT}/credit/me", act="inquire")
    def balance(self, heard: Heard) -> Steps:
        left = {**words("balance"), "credit": self.credit}
        return self.refusal(heard) or answer(left)

    @call(f"POST {ROOT}/image/{{vid}}/download-inc-count")
    def count_download(self, heard: Heard, vid: str) -> Steps:
        if no := self.refusal(heard):
            return no
        if not (image := self.images.get(vid)):
            return said("gone")
        image.downloads += 1
        now = {"vid": vid, "download_cnt": image.downloads}
        return answer({**words("counted"), **now})

    def cost(self, asked: dict[str, Any]) -> int:
        pixels = asked["width"] * asked["height"]
        return self.factor * max(1, math.ceil(pixels / 2_073_600))

    def mistake(self, heard: Heard, asked: dict[str, Any]) -> bytes | None:
        """Refuse what a validator of JSON schemas would, and unknown originals."""
        if no := self.refusal(heard):
            return no
        for name in WANTED:
            if name not in asked:
                message = f"must have required property '{name}'"
                return answer({"message": message}, 400)
        return None if asked["vid"] in self.images else said("gone")

    def row(self, made: Made, step: str) -> dict[str, Any]:
        ids = {"tid": made.id, "in_vid": made.asked["vid"], "out_vid": made.out_vid}
        kind = {"task_type": made.asked["task_type"], "step": step}
        urls = {"preview_orig_url": None, "preview_sr_url": None}
        body = {"request_body": {**made.asked, "codec": "png"}}
        return {**words("task"), **body, **ids, **kind, **urls}

    def develop(self, vid: str) -> None:
        """Make the picture of a task that is asked for, unless it is made already."""
        made = next((one for one in self.jobs.values() if one.out_vid == vid), None)
        if not made or made.is_preview or vid in self.images:
            return
        given = self.images[made.asked["vid"]]
        size = made.asked["width"], made.asked["height"]
        body = larger(given.body, size, made.asked["format"])
        name = f"{given.filename.rpartition('.')[0]}.{made.asked['format']}"
        self.images[vid] = Stored(vid, name, body, size, given.vid, made.id)

    def cut(self, made: Made, what: str) -> Stored:
        """Make one picture of a preview, which is no image that can be asked for."""
        given = self.images[made.asked["vid"]]
        body = larger(given.body, (128, 128), "png")
        name = f"{what}_{made.id}"
        return self.images.setdefault(name, Stored(name, name, body, (128, 128)))

    def signed(self, image: Stored) -> str:
        """Return where a file can be fetched until it is asked for the next time."""
        image.signature = f"signature={uuid.uuid4().hex}"
        self.whispered.add(image.signature)
        return f"{self.url}/storage/{image.vid}?{image.signature}"

    def described(self, image: Stored, page: str) -> dict[str, Any]:
        width, height = image.size
        url = self.signed(image)
        facts = {
            **{"vid": image.vid, "pid": image.parent, "tid": image.task},
            **{"filename": image.filename, "size": len(image.body)},
            **{"width": width, "height": height, "download_cnt": image.downloads},
            **{"url": url, "thumb_url": url},
            **{"created_time": stamp(image.at), "expired_time": stamp(image.at + KEPT)},
        }
        last = {"last_category": image.category} if page == "image" else {}
        return {**words(page), **facts, **last}


def stamp(at: datetime) -> str:
    """Write a moment as Kokoon does."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def asked_for(heard: Heard) -> dict[str, str]:
    """Return what follows the question mark."""
    query = parse_qs(urlsplit(heard.target).query)
    return {name: values[0] for name, values in query.items()}


def larger(data: bytes, size: tuple[int, int], form: str) -> bytes:
    """Repeat pixels; another size than was asked for would be noticed."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(data)) as picture:
        made = picture.convert("RGB").resize(size, Image.Resampling.NEAREST)
    made.save(file, KINDS[form], **({"compress_level": 1} if form == "png" else {}))
    return file.getvalue()


if __name__ == "__main__":
    serve(Played)
