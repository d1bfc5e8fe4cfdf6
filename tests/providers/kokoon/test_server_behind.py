"""Our own client against our own door, over a socket, in two whole Darkrooms."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_django import Settings

from imaging.providers.accounts import Account
from imaging.providers.kokoon import wire
from imaging.providers.kokoon.calls import Calls
from tests.application import Application
from tests.behind import EMAIL, Behind, in_front_of
from tests.drawing import jpeg, png
from tests.providers.kokoon.calling import Program, wanted
from tests.services import eventually

pytestmark = pytest.mark.both
AT_ONCE = 60


@pytest.fixture
def program(behind: Behind) -> Program:
    return Program(behind.url, behind.token)


@pytest.fixture
def calls(behind: Behind, settings: Settings) -> Calls:
    settings.OUTGOING_ALLOW_PRIVATE = True
    values = {"token": behind.token}
    return Calls(Account(url=behind.url, values=values, operator_set=True))


def test_the_client_understands_every_answer(calls: Calls, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(jpeg(320, 240))
    before = calls.balance()[0]
    vid = calls.upload(photo, "photo-key17.jpg")
    assert calls.uploaded("key17") == vid
    asked = wire.Wanted(
        vid,
        1280,
        960,
        "general",
        use_sr=True,
        input_quality="high",
        switches={},
        format="jpg",
    )
    assert calls.price(asked) == 1
    begun = calls.create(asked)
    found = calls.task_of(vid, wire.FULL, "2020-01-01")
    assert found
    assert found.tid == begun["tid"]
    assert calls.balance()[0] == before - 1

    def ended() -> bool:
        return calls.task(begun["tid"]).step == wire.DONE

    eventually("the task is done", ended, 120)
    image = calls.image(begun["out_vid"])
    assert (image.state, image.width, image.height) == (wire.COMPLETED, 1280, 960)
    calls.fetch(image.url, tmp_path / "result", 10**8)
    assert (tmp_path / "result").read_bytes()[:2] == b"\xff\xd8"
    counted = [calls.downloaded(*route(image.vid)) for _ in range(2)]
    assert counted == [1, 2]


def route(vid: str) -> tuple[str, str]:
    method, path = wire.read_route("") or ("", "")
    return method, wire.route_path(path, vid)


def test_one_darkroom_is_the_kokoon_of_another(
    behind: Behind, program: Program
) -> None:
    processes = ("web", "worker", "watch")
    with in_front_of(behind, "kokoon", *processes, token=behind.token) as site:
        told(site, "Team.objects.update(served_by={'kokoon': 'kokoon'})")
        front = Program(site.url, site.manage("apitoken", EMAIL).split()[0])
        vid = front.upload(png(300, 200), "from-the-front.png").json["vid"]
        asked = wanted(vid, width=601, height=399, format="bmp", category="cg")
        ids = front.post("/task", asked).json

        def ended() -> bool:
            return bool(front.get(f"/task/{ids['tid']}").json["finish_time"])

        eventually("the task has ended", ended, 120)
        assert front.get(f"/task/{ids['tid']}").json["result_message"] == "success"
        here = front.get(f"/image/{ids['out_vid']}").json
        assert (here["width"], here["height"]) == (601, 399)
        assert here["codec_name"] == "bmp"
        assert front.fetch(here["url"]).body[:2] == b"BM"
        there = made_there(program)
        assert (there["width"], there["height"], there["size"]) == (
            601,
            399,
            here["size"],
        )
        assert there["download_cnt"] == 0
        front.post(f"/image/{ids['out_vid']}/download-inc-count")
        assert front.get(f"/image/{ids['out_vid']}").json["download_cnt"] == 1

        def counted() -> bool:
            return bool(made_there(program)["download_cnt"] == 1)

        eventually("the one behind has counted it, too", counted, 60)


def made_there(program: Program) -> dict[str, object]:
    """Return the result that the one behind has made."""
    query = "orig_type=sr&filename=from-the-front"
    (found,) = program.get(f"/image?{query}").json["images"]
    return dict(found)


def told(site: Application, sentence: str) -> str:
    """Have an operator do something in the shell."""
    return site.manage("shell", "-c", f"from imaging.models import *\n{sentence}")


def test_uploads_at_once_are_all_taken(program: Program) -> None:
    def upload(seed: int) -> int:
        return program.upload(png(64, 64, seed), f"at-once-{seed}.png").status

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(upload, range(AT_ONCE)))
    assert answers == [200] * AT_ONCE
    assert program.get("/image?filename=at-once-").json["all_count"] == AT_ONCE


def test_credit_for_three_is_three_tasks_however_many_ask(
    behind: Behind, program: Program
) -> None:
    vid = program.upload(png(64, 64)).json["vid"]
    row = "VendorRecord.objects.filter(provider='kokoon', kind='account')"
    assert program.post("/task", wanted(vid)).status == 200
    left = program.get("/credit/me").json["credit"]
    told(behind.site, f"{row}.update(data={{'granted': {10_000_000 - left + 3}}})")
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(lambda _: program.post("/task", wanted(vid)), range(8))
            assert sorted(one.status for one in answers) == [200] * 3 + [402] * 5
        assert program.get("/credit/me").json["credit"] == 0
    finally:
        told(behind.site, f"{row}.update(data={{}})")
