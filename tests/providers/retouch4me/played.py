"""Retouch4me's media processing server, played from its pages.

`python -m tests.providers.retouch4me.played PORT` serves it alone, with one token.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image

from tests.providers.playing import Heard, answer
from tests.providers.vendor import Vendor, Work, call, golden, serve

API = "/api/v1"
TOKEN = "reto_x7K2mQ9Lp4Nz8Vb1cR5Ty0Hs"
SAMPLE_ID, SAMPLE_DATE = "s0me-very-l0ng-1d", "2026-03-18T21:58:47.836Z"
# Plugins by their blend mode in the archive, as the pages have them.
MODES = {
    "Heal": "normal",
    "Eye Vessels": "normal",
    "Eye Brilliance": "normal",
    "White Teeth": "normal",
    "Mattifier": "darken",
    "Dodge Burn": "softLight",
    "Skin Tone": "softLight",
    "Portrait Volumes": "softLight",
    "Glasses Anti Glare": "linearLight",
    "Clean Backdrop": "normal",
    "Fabric": "normal",
    "Dust": "normal",
    "Skin Mask": "none",
}
NO_LAYER = {"Face Detection", "Face Lifting", "Color Correction", "Crop"}


@dataclass
class Portrait(Work):
    """One job: the picture as it was sent, under its name, and what is to be done."""

    name: str = ""
    body: bytes = b""
    tasks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def layered(self) -> bool:
        return any(task.get("Layer") == 1 for task in self.tasks)


class Played(Vendor):
    """The server; `offers_limits` is off in production, as its page says."""

    job = Portrait
    offers_limits = True
    knows_balance = True
    quota = 999

    def reply(self, name: str, id: str = "") -> bytes:
        changes = {SAMPLE_ID: id} if name == "started" else {}
        text = golden(f"retouch4me/{name}.http", **changes)
        kept_to = datetime.now(UTC) + timedelta(hours=24)
        now = kept_to.strftime("%Y-%m-%dT%H:%M:%S.") + "836Z"
        return text.replace(SAMPLE_DATE.encode(), now.encode())

    def name_of(self, number: int) -> str:
        id = f"s0me-very-l0ng-{number}d"
        self.whispered.add(id)
        return id

    @call(f"POST {API}/retoucher/start", act="submit")
    def start(self, heard: Heard) -> bytes:
        form = heard.form()
        name, body = form.get("file", (None, b""))
        if not name:
            return self.reply("no-file")
        token = form.get("token", (None, b""))[1].decode()
        if heard.headers.get("x-retouch-token", token) != TOKEN:
            return self.reply("token-not-found")
        payload = json.loads(form["payload"][1])
        tasks = payload["tasks"]
        known = all(one["Plugin"] in {*MODES, *NO_LAYER} for one in tasks)
        if payload["mode"] != "professional" or not tasks or not known:
            return self.reply("invalid-task")
        if self.quota <= len(self.jobs):
            return self.reply("limit-reached")
        key = heard.headers.get("idempotency-key", "")
        work = self.take(key, name=name, body=body, tasks=tasks)
        return self.reply("started", work.id)

    @call(f"GET {API}/retoucher/status/{{id}}", act="poll")
    def status(self, heard: Heard, id: str) -> bytes:
        if not (work := self.jobs.get(id)):
            return self.reply("unknown-job")
        share = self.share(work)
        if share >= 1:
            return self.reply("completed")
        names = ("waiting", "active", "uploading")
        return self.reply(names[min(work.polls, len(names)) - 1])

    @call(f"GET {API}/retoucher/getFile/{{id}}", act="fetch", picture=True)
    def get_file(self, heard: Heard, id: str) -> bytes:
        work = self.jobs.get(id)
        if not work or work.polls < self.ready_after:
            return self.reply("unknown-job")
        if work.layered:
            return answer(archive_of(work), type="binary/octet-stream")
        return answer(flat_of(work), type="image/jpeg")

    @call(f"GET {API}/info/limits", act="inquire")
    def limits(self, heard: Heard) -> bytes:
        return self.reply("limits") if self.offers_limits else answer(b"", 404)

    @call(f"POST {API}/balance", act="inquire")
    def balance(self, heard: Heard) -> bytes:
        if not self.knows_balance:
            return answer(b"", 404)
        if heard.headers.get("x-retouch-token") != TOKEN:
            return self.reply("token-over")
        assert heard.json() == {"modes": ["professional"]}
        return self.reply("balance")


def picture_of(work: Portrait) -> Image.Image:
    picture = Image.open(io.BytesIO(work.body))
    assert picture.format in {"JPEG", "PNG"}, "neither was documented to be taken"
    return picture.convert("RGB")


def flat_of(work: Portrait) -> bytes:
    """Retouch as far as anybody here can: a little lighter."""
    to = io.BytesIO()
    picture_of(work).point(lambda value: min(value + 10, 255)).save(to, "JPEG")
    return to.getvalue()


def layer(size: tuple[int, int], grey: int, opacity: int = 255) -> bytes:
    """Draw a layer: its left half in one grey, nothing on the right."""
    width, height = size
    drawn = Image.new("RGBA", size)
    drawn.paste((grey, grey, grey, opacity), (0, 0, width // 2, height))
    to = io.BytesIO()
    drawn.save(to, "PNG")
    return to.getvalue()


def archive_of(work: Portrait) -> bytes:
    """Pack a layer for each task that asked for one, under the names of the pages."""
    size = picture_of(work).size
    asked = [one for one in work.tasks if one.get("Layer") == 1]
    names = [one["Plugin"] for one in asked if one["Plugin"] not in NO_LAYER]
    entries = {
        f"index={at}&blendmode={MODES[name]}&name={name}.png": layer(size, 60 + 40 * at)
        for at, name in enumerate(names)
    }
    told = [{"pluginName": name, "metadata": {}} for name in names]
    entries["result.json"] = json.dumps({"jsonVersion": "1", "plugins": told}).encode()
    return packed(entries)


def packed(entries: dict[str, bytes]) -> bytes:
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w") as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
    return to.getvalue()


if __name__ == "__main__":
    serve(Played)
