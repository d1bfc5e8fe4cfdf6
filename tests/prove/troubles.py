"""All that can be wrong with a provider: what can befall any call, and single lies."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from PIL import Image

from tests.drawing import jpeg, save
from tests.providers.naver.played import said as naver
from tests.providers.playing import RESET, answer, redirect
from tests.providers.retouch4me.played import packed
from tests.providers.vendor import NO_PICTURES, TROUBLES, Trouble, after, instead

REFUSALS = (400, 401, 403, 404, 409, 413, 422, 451)
FAULTS = (501, 504, 507)
SOON = format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)
METADATA = "http://169.254.169.254/latest/meta-data/iam/"
# Where nobody may be led; "ELSEWHERE" is another port of this very machine.
INWARD = (
    METADATA,
    "http://127.0.0.1:22/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://10.0.0.1/",
    "https://2130706433/",
    "file:///etc/passwd",
    "ELSEWHERE",
)

# What can befall every call of every provider, for as long as it is asked.
OF_ANY_CALL: dict[str, Trouble] = {
    **TROUBLES,
    **{f"refuses with {one}": instead(answer({}, one)) for one in REFUSALS},
    **{f"fails with {one}": instead(answer(b"", one)) for one in FAULTS},
    "wants fewer calls until a date": instead(answer(b"", 429, Retry_After=SOON)),
    "wants fewer calls and nonsense": instead(answer(b"", 429, Retry_After="soon")),
    "resets": instead([RESET]),
    "resets once it is done": after([RESET]),
    "answers nothing with 200": after(answer(b"")),
    "answers null": after(answer(b"null", type="application/json")),
    "answers a name for each thing": lambda truth: spoken(truth(), "?"),
    "answers a list for each thing": lambda truth: spoken(truth(), []),
    "answers with a NUL": after(answer(b'{"id": "\\u0000"}', type="application/json")),
}
# The same, each for as long as the patience is: these are told of the acts.
SLOW_CALLS: dict[str, Trouble] = {
    "never answers": after([math.inf]),
    "never takes it": instead([math.inf]),
    "sends a byte now and then": lambda truth: dripping(truth()),
}


def spoken(reply: Any, value: Any) -> Any:
    """Say the same names as an answer, with another value for each."""
    head, _, body = reply.partition(b"\r\n\r\n")
    try:
        said = json.loads(body)
    except ValueError:
        return reply
    return answer(told(said, value))


def told(said: Any, value: Any) -> Any:
    if isinstance(said, list):
        return [told(one, value) for one in said]
    if isinstance(said, dict):
        return dict.fromkeys(said, value)
    return value


def dripping(reply: bytes) -> list[Any]:
    """Send a byte each second, as far as anybody has the patience."""
    return [step for at in range(60) for step in (reply[at : at + 1], 1.0)]


def changed(**names: Any) -> Trouble:
    """Answer truly but for these names, wherever they stand."""

    def play(truth: Callable[[], Any]) -> Any:
        head, _, body = truth().partition(b"\r\n\r\n")
        return answer(renamed(json.loads(body), names))

    return play


def renamed(said: Any, names: Mapping[str, Any]) -> Any:
    if isinstance(said, list):
        return [renamed(one, names) for one in said]
    if isinstance(said, dict):
        return {
            name: names[name] if name in names else renamed(one, names)
            for name, one in said.items()
        }
    return said


def bomb(size: int = 1 << 28) -> bytes:
    """Pack a layer's worth of zeros into next to nothing."""
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        named = "index=0&blendmode=normal&name=Heal.png"
        with archive.open(named, "w", force_zip64=True) as file:
            for _ in range(size >> 20):
                file.write(bytes(1 << 20))
    return to.getvalue()


def of_colour(size: tuple[int, int], form: str) -> bytes:
    return save(Image.new("RGB", size, (90, 120, 60)), form)


# What may come for the picture itself. `True`: that it is used is right, too.
PICTURES: dict[str, Trouble] = {
    **NO_PICTURES,
    "is another format": instead(answer(of_colour((640, 480), "GIF"))),
    "is too small": instead(answer(jpeg(16, 16), type="image/jpeg")),
    "is another size": instead(answer(jpeg(200, 90), type="image/jpeg")),
    "is an archive that bursts": instead(answer(bomb(), type="application/zip")),
    "is nothing at all": instead(answer(b"", type="image/jpeg")),
    "is gone": instead(answer(b"", 404)),
}

ALONE = "the work is done on this machine: nobody is asked"
ONE_FILE = "it hands out pictures one by one, never an archive"
NO_FILE = "it hands out keys, never a picture"
STATES = {"status": 200, "progress": 100}
Row = tuple[str, Trouble] | str
# What only the vendor's own words can say: by stage, the call that says it, or why not.
LIES: dict[str, dict[str, Row]] = {
    "kokoon": {
        "unknown state": ("task", changed(step="dreaming")),
        "it failed": ("task", changed(step="error", result_message="")),
        "done without a file": ("image", instead(answer({"message": "gone"}, 404))),
        "archive that bursts": ONE_FILE,
    },
    "retouch4me": {
        "unknown state": ("status", changed(state="dreaming")),
        "it failed": ("status", changed(state="failed")),
        "done without a file": (
            "get_file",
            instead(answer({"status": 404, "error": "not found"}, 404)),
        ),
        "archive that bursts": ("get_file", instead(answer(bomb()))),
    },
    "retouch4me, layers": {
        "unknown state": ("status", instead(answer({**STATES, "state": 7}))),
        "it failed": ("status", changed(state="failed", failedReason=None)),
        "done without a file": ("get_file", instead(answer(packed({})))),
        "archive that bursts": ("get_file", instead(answer(bomb()))),
    },
    "haut": {
        "unknown state": ("list_results", changed(is_ok="perhaps")),
        "it failed": ("list_results", changed(is_ok=False, result={})),
        "done without a file": ("image", instead(answer({"message": "gone"}, 404))),
        "archive that bursts": ONE_FILE,
    },
    "naver": {
        "unknown state": ("complete", changed(uploadStatus="DREAMING")),
        "it failed": ("complete", instead(naver("failed-untold"))),
        "done without a file": NO_FILE,
        "archive that bursts": NO_FILE,
    },
    "naver, search": {
        "unknown state": ("hits", changed(status="DREAMING")),
        "it failed": ("hits", instead(naver("search-failed"))),
        "done without a file": NO_FILE,
        "archive that bursts": NO_FILE,
    },
    "local": {
        "unknown state": ALONE,
        "it failed": ALONE,
        "done without a file": ALONE,
        "archive that bursts": ALONE,
    },
}


def inward(where: str) -> Trouble:
    return instead(redirect(where))
