"""Log lines: whose request and task they are about, for people and for programs."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from imaging.background.acts import perform
from imaging.reporting import logs
from imaging.reporting.masking import Masked, masked

TOKEN = "t0k3nt0k3nt0k3n"
LONG = "a-request-0123456789"


@pytest.fixture(autouse=True)
def _no_request() -> Iterator[None]:
    before = logs.request_id.set("")
    yield
    logs.request_id.reset(before)


def logged(formatter: logging.Formatter) -> tuple[logging.Logger, io.StringIO]:
    """Return a logger as the settings make them, and what it writes."""
    paper = io.StringIO()
    handler = logging.StreamHandler(paper)
    handler.setFormatter(formatter)
    handler.addFilter(Masked())
    handler.addFilter(logs.Stamped())
    logger = logging.Logger("imaging.test")
    logger.addHandler(handler)
    return logger, paper


def line() -> logs.Line:
    return logs.Line("{levelname} {name}{ids}: {message}", style="{")


def test_a_line_names_its_request_and_its_task() -> None:
    logger, paper = logged(line())
    logger.info("started")
    logs.begin_request(LONG)
    logs.of_task(lambda pk: logger.info("sent"))("7")
    logger.info("done")
    assert paper.getvalue().splitlines() == [
        "INFO imaging.test: started",
        f"INFO imaging.test [request {LONG} task 7]: sent",
        f"INFO imaging.test [request {LONG}]: done",
    ]


def test_json_has_one_object_a_line() -> None:
    logger, paper = logged(logs.Json())
    logs.begin_request(LONG)
    logs.of_task(lambda pk: logger.info("said “%s”", "a\nb", extra={"n": 3}))("7")
    (said,) = map(json.loads, paper.getvalue().splitlines())
    assert said.pop("at")
    assert said == {
        "message": "said “a\nb”",
        "level": "INFO",
        "logger": "imaging.test",
        "request_id": LONG,
        "task_id": "7",
        "n": 3,
    }


@pytest.mark.parametrize("formatter", [line(), logs.Json()], ids=["line", "json"])
def test_no_line_and_no_traceback_has_a_token(formatter: logging.Formatter) -> None:
    logger, paper = logged(formatter)
    try:
        raise ValueError(f'no such thing: "/s/{TOKEN}" and ?X-Amz-Signature={TOKEN}')
    except ValueError:
        where = f"/signed/{TOKEN}/a.jpg"
        logger.exception("Not Found: %s", where, extra={"path": where})
    said = paper.getvalue()
    assert "ValueError" in said
    assert "/signed/…/a.jpg" in said
    assert TOKEN not in said


@pytest.mark.parametrize(
    "where",
    [
        f"/accounts/password/reset/key/3a-{TOKEN}/",
        f"/accounts/confirm-email/{TOKEN}/",
        f"/batches/7/changes/?seen=3&permit={TOKEN}",
        f"https://api.example.com/v1?access_token={TOKEN}&page=2",
        f"/presigned/7?X-Expires=9&X-Signature={TOKEN}",
    ],
)
def test_what_opens_an_account_or_a_batch_is_left_out(where: str) -> None:
    assert TOKEN not in masked(where)
    assert len(masked(where)) > len(where) - len(TOKEN) - 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "trusted", "taken"),
    [
        (LONG, True, True),
        (LONG, False, False),
        ("short", True, False),
        ("a" * 65, True, False),
        ("bad id with spaces", True, False),
        ("line\u0085break-0123", True, False),
    ],
)
def test_an_id_is_taken_from_our_own_proxies_alone(
    given: str, trusted: bool, taken: bool, client: Client, settings: Settings
) -> None:
    import ipaddress

    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.1")] if trusted else []
    answer = client.get("/accounts/login/", headers={"x-request-id": given})
    assert (answer["X-Request-ID"] == given) == taken
    assert logs.GIVEN.fullmatch(answer["X-Request-ID"])
    assert logs.request_id.get() == answer["X-Request-ID"]


@pytest.mark.django_db
def test_requests_have_ids_of_their_own(client: Client) -> None:
    ids = {client.get("/healthz/live")["X-Request-ID"] for _ in range(5)}
    assert len(ids) == 5


def test_a_form_that_cannot_be_read_is_a_line() -> None:
    logger, paper = logged(line())
    logger.name = "django.request"
    for say in (logger.warning, logger.error):
        try:
            raise ValueError("no parts")
        except ValueError:
            say("%s", "Bad request", exc_info=True)
    first, second = paper.getvalue().splitlines()[:2]
    assert (first, second) == (
        "WARNING django.request: Bad request",
        "ERROR django.request: Bad request",
    )
    assert paper.getvalue().count("Traceback") == 1


def test_a_workers_act_is_about_its_task(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    from imaging.models import Task

    def claim(*_: object) -> None:
        seen.append(logs.task_id.get())

    monkeypatch.setattr(type(Task.objects), "claim", claim)
    perform("0f0e0d0c-0b0a-4900-8807-060504030201", "submit", lambda *_: None)
    assert seen == ["0f0e0d0c-0b0a-4900-8807-060504030201"]
    assert logs.task_id.get() == ""


def test_the_settings_say_how_lines_look() -> None:
    import os
    import subprocess

    code = (
        "import django; django.setup(); import logging;"
        "logging.getLogger('a').warning('b'); logging.getLogger('a').info('c')"
    )
    env = {"LOG_FORMAT": "json", "LOG_LEVEL": "warning"}
    env |= {"DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=True,
    )
    (said,) = map(json.loads, done.stderr.splitlines())
    assert (said["message"], said["level"]) == ("b", "WARNING")


def test_a_line_with_wrong_arguments_harms_nobody() -> None:
    record = logging.makeLogRecord({"msg": "%d pictures", "args": ("many",)})
    assert Masked().filter(record)
