"""What hostile files may cost: time, memory, and nothing that stays behind."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from imaging import pictures
from imaging.decoding import forkserver, sandbox
from imaging.decoding.sandbox import SANDBOX
from imaging.pictures import Refused
from tests import drawing


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A picture that takes longer than it may, at a door that allows one second."""
    monkeypatch.setattr(pictures, "DOOR", 1)
    path = tmp_path / "slow.bmp"
    path.write_bytes(drawing.slow_bmp())
    return path


def refusal(path: Path) -> Refused:
    with pytest.raises(Refused) as caught:
        pictures.inspect(path)
    return caught.value


def server() -> psutil.Process:
    assert SANDBOX.server is not None
    return psutil.Process(SANDBOX.server.process.pid)


def at_work() -> list[psutil.Process]:
    """Return the children that have read their order, and are bound by it.

    One more may wait; while it is forked it has the server's files for a moment.
    """
    if SANDBOX.server is None:
        return []
    with suppress(psutil.NoSuchProcess):
        return [child for child in server().children() if is_bound(child)]
    return []


def is_bound(child: psutil.Process) -> bool:
    return bool(child.open_files()) and child.rlimit(psutil.RLIMIT_NOFILE) == (0, 0)


def child() -> psutil.Process:
    """Wait until a child is at work, and return it."""
    while not (found := at_work()):
        threading.Event().wait(0.01)
    return found[0]


def test_computing_too_long_is_refused(slow: Path) -> None:
    refused = refusal(slow)
    assert (refused.code, refused.status) == ("too_slow", 422)
    # A busy machine may reach the limit on the clock before that of computing.
    assert refused.limit in (1, 1.3)
    assert f"more than the {refused.limit} seconds" in refused.message
    assert psutil.wait_procs(at_work(), timeout=5)[1] == []


def test_waiting_too_long_is_refused(slow: Path) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(refusal, slow)
        child().suspend()
        refused = waiting.result()
    assert refused.code == "too_slow"
    assert "on the clock" in refused.message
    assert psutil.wait_procs(at_work(), timeout=5)[1] == []


def test_a_jpeg_of_thousands_of_passes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "scans.jpg"
    path.write_bytes(drawing.many_scans())
    assert path.stat().st_size < 130_000
    refused = refusal(path)
    assert (refused.code, refused.limit) == ("too_complex", 100)


def test_a_child_killed_while_it_waited_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "good.jpg"
    path.write_bytes(drawing.jpeg())
    pictures.inspect(path)
    children = server().children()
    for waiting in children:
        waiting.kill()
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert pictures.inspect(path).width == 640
    assert pictures.inspect(path).width == 640


@pytest.mark.parametrize("signum", [signal.SIGSEGV, signal.SIGKILL])
def test_a_decoder_that_crashes_is_a_refusal(
    slow: Path, signum: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "DOOR", 60)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(refusal, slow)
        child().send_signal(signum)
        refused = waiting.result()
    assert refused.code == "damaged"
    assert "BMP file is damaged" in refused.message


def test_a_server_that_is_killed_is_started_again(tmp_path: Path) -> None:
    path = tmp_path / "good.jpg"
    path.write_bytes(drawing.jpeg())
    pictures.inspect(path)
    first = server()
    first.kill()
    assert pictures.inspect(path).width == 640
    assert server().pid != first.pid


def test_a_server_killed_at_work_is_started_again(slow: Path) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(refusal, slow)
        first = child()
        server().kill()
        assert waiting.result().code == "too_slow"
    assert psutil.wait_procs([first], timeout=10)[1] == []


def test_memory_beyond_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(drawing.save(drawing.large(5000, 4000, "L"), "PNG"))
    assert pictures.inspect(path).width == 5000
    bounds = pictures.bounds(3)
    tight = sandbox.Limits(8 * 2**20, bounds.seconds, bounds.pixels)
    monkeypatch.setattr(pictures, "bounds", lambda seconds: tight)
    refused = refusal(path)
    assert refused.code == "too_complex"
    assert "8 MB of memory" in refused.message


def test_two_are_decoded_at_once_and_the_others_wait(slow: Path) -> None:
    most = 0
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(refusal, slow) for _ in range(4)]
        while not all(answer.done() for answer in waiting):
            most = max(most, len(at_work()))
            threading.Event().wait(0.01)
    assert most == sandbox.AT_ONCE
    assert {answer.result().code for answer in waiting} == {"too_slow"}


def test_what_nobody_waits_for_leaves_the_processor_to_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(drawing.jpeg())
    monkeypatch.setattr(SANDBOX, "yields", True)
    SANDBOX.close()
    try:
        assert pictures.inspect(path).format == "jpeg"
        assert server().nice() == forkserver.NICE
        ours = Path(f"/proc/{server().pid}/autogroup")
        assert not ours.exists() or ours.read_text().endswith(
            f"nice {forkserver.NICE}\n"
        )
        # It may wait for long, and yet not compute for longer than at the door.
        assert pictures.bounds(3).clock(0) > 30
        assert pictures.bounds(3).processor(0) == 3
    finally:
        SANDBOX.close()
