"""The client against the played vendor: its sentences, keys, clocks, calls a second."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from imaging.failures import ProviderError
from imaging.providers.accounts import Account
from imaging.providers.base import Facts, Job, Ticket
from imaging.providers.circuit import Quota
from imaging.providers.naver.calls import Calls
from imaging.providers.naver.client import Client
from imaging.providers.naver.operations import Search, SearchOptions
from tests.drawing import bmp, heic, jpeg, large, save
from tests.providers.naver.played import (
    ACCESS,
    FOUND,
    SECRET,
    WORKSPACE,
    Played,
    said,
)
from tests.providers.vendor import instead

pytestmark = [pytest.mark.django_db, pytest.mark.both]
CLIENT = Client()


@pytest.fixture(autouse=True)
def _private(settings: Settings) -> None:
    settings.OUTGOING_ALLOW_PRIVATE = True


@pytest.fixture
def vendor() -> Iterator[Played]:
    with Played() as vendor:
        yield vendor


def account(vendor: Played, **changes: str) -> Account:
    values = {"access_key": ACCESS, "secret_key": SECRET, "workspace": WORKSPACE}
    return Account("naver:test", vendor.url, {**values, **changes})


def a_job(
    vendor: Played,
    folder: Path,
    data: bytes,
    form: str = "jpeg",
    size: tuple[int, int] = (640, 480),
    operation: str = "search-asset",
    **options: Any,
) -> Job:
    path = folder / "original"
    path.write_bytes(data)

    @contextmanager
    def source() -> Iterator[Path]:
        yield path

    defaults = CLIENT.operation(operation).defaults()
    return Job(
        id="0d7e2c3a-0000-4000-8000-000000000001",
        attempt=1,
        operation=operation,
        options={**defaults, **options},
        facts=Facts("My photo.x", form, len(data), *size),
        scratch=folder,
        source=source,
        progress=lambda fraction: None,
        account=account(vendor),
    )


def a_ticket() -> Ticket:
    return Ticket({}, lambda facts: None)


def outcome(job: Job, ticket: Ticket) -> dict[str, Any]:
    """Do every act of a job; return what it produced."""
    CLIENT.submit(job, ticket)
    while not CLIENT.poll(job, ticket).done:
        pass
    (output,) = CLIENT.fetch(job, ticket)
    return output.data


def refusal(act: Callable[[], object]) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        act()
    return raised.value


def test_an_image_gets_its_key(vendor: Played, tmp_path: Path) -> None:
    data = jpeg()
    key = outcome(a_job(vendor, tmp_path, data), a_ticket())["key"]
    assert re.fullmatch(r"images/[0-9a-f]{32}/0d7e2c3a-.*\.jpg", key)
    assert vendor.stored[key].body == data
    assert [heard.method for heard in vendor.heard] == ["POST", "PUT", "POST"]
    put = vendor.heard[1]
    assert put.headers["content-type"] == "image/jpeg"
    assert int(put.headers["content-length"]) == len(data)


def test_a_heic_goes_by_the_key_of_its_jpg(vendor: Played, tmp_path: Path) -> None:
    data = heic(320, 240)
    job = a_job(vendor, tmp_path, data, "heic", (320, 240))
    ticket = a_ticket()
    key = outcome(job, ticket)["key"]
    assert ticket["key"].endswith(".heic")
    assert key == ticket["key"].removesuffix(".heic") + ".jpg"
    assert vendor.stored[ticket["key"]].body == data


@pytest.mark.parametrize(
    ("data", "form"),
    [(bmp(), "bmp"), (save(large(2_600, 2_600), "BMP"), "bmp")],
    ids=["another format", "too large"],
)
def test_what_does_not_fit_is_sent_as_a_copy(
    vendor: Played, tmp_path: Path, data: bytes, form: str
) -> None:
    size = (640, 480) if len(data) < 2_000_000 else (2_600, 2_600)
    key = outcome(a_job(vendor, tmp_path, data, form, size), a_ticket())["key"]
    sent = vendor.stored[key].body
    assert sent.startswith(b"\xff\xd8\xff")
    assert len(sent) <= 5 * 1024 * 1024
    assert key.endswith(".jpg")


def test_too_large_is_said_with_limit_and_size(vendor: Played, tmp_path: Path) -> None:
    job, ticket = a_job(vendor, tmp_path, jpeg()), a_ticket()
    CLIENT.submit(job, ticket)
    ticket["size"] = 6 * 1024 * 1024
    vendor.spoil("complete", instead(said("over-size")))
    error = refusal(lambda: CLIENT.poll(job, ticket))
    assert error.message == (
        "Naver Cloud takes files of at most 5 MB; it was sent 6 MB."
    )
    assert error.permanent


def test_a_file_that_is_not_found_is_asked_for_three_times(
    vendor: Played, tmp_path: Path
) -> None:
    job, ticket = a_job(vendor, tmp_path, jpeg()), a_ticket()
    CLIENT.submit(job, ticket)
    vendor.spoil("complete", *[instead(said("absent"))] * 4)
    errors = [refusal(lambda: CLIENT.poll(job, ticket)) for _ in range(4)]
    assert [error.code for error in errors] == ["file_not_exist"] * 4
    assert [error.permanent for error in errors] == [False, False, False, True]
    assert errors[0].retry_after == 1


def test_an_address_is_used_once_and_a_refused_one_is_replaced(
    vendor: Played, tmp_path: Path
) -> None:
    job, ticket = a_job(vendor, tmp_path, jpeg()), a_ticket()
    vendor.spoil("put", instead(said("store-expired")))
    error = refusal(lambda: CLIENT.submit(job, ticket))
    assert (error.code, error.permanent) == ("address_refused", False)
    CLIENT.submit(job, ticket)
    targets = [heard.target for heard in vendor.asked["put"]]
    assert len(targets) == len(set(targets)) == 2
    # Whoever comes back after a crash finds it there.
    CLIENT.submit(job, ticket)
    assert len(vendor.asked["put"]) == 2


@pytest.mark.parametrize("ahead", [360.0, -360.0])
def test_a_clock_that_is_wrong_is_named(
    vendor: Played, tmp_path: Path, ahead: float
) -> None:
    vendor.ahead = ahead
    error = refusal(lambda: CLIENT.inquire(account(vendor)))
    assert error.code == "clock"
    assert error.permanent
    assert f"{timezone.now():%Y-%m-%d}" in error.message
    assert "more than five minutes apart" in error.message
    assert error.hint == "Set the clock."


def test_wrong_keys_are_named_and_the_clock_is_shown(vendor: Played) -> None:
    error = refusal(lambda: CLIENT.inquire(account(vendor, secret_key="x" * 40)))
    assert error.code == "keys"
    assert "does not accept these keys" in error.message
    assert "this machine's clock: it says 20" in error.hint
    assert "x" * 40 not in f"{error.message} {error.hint}"


def test_an_account_is_asked_for_its_workspace(vendor: Played) -> None:
    assert CLIENT.inquire(account(vendor)) == {
        "workspaces": [WORKSPACE],
        "analyses": 42,
    }
    assert CLIENT.inquire(account(vendor, workspace="")) == {"workspaces": [WORKSPACE]}
    error = refusal(lambda: CLIENT.inquire(account(vendor, workspace="other")))
    assert error.message == "There is no workspace other; there are: my-workspace."


def test_a_search_brings_what_was_found(vendor: Played, tmp_path: Path) -> None:
    job = a_job(
        vendor,
        tmp_path,
        jpeg(),
        operation="search",
        narrow=True,
        narrow_persons_any="12, 34",
        narrow_dialogue_none="fog",
        narrow_option={"level": 1},
    )
    ticket = a_ticket()
    found = outcome(job, ticket)
    assert ticket["search"] == FOUND
    assert vendor.searches == [
        {
            "query": {
                "imageQuery": ticket["asset"],
                "personQuery": {"any": [12, 34]},
                "dialogQuery": {"not": ["fog"]},
            },
            "queryOption": {"level": 1},
        }
    ]
    (match,) = found["matches"]
    assert found["total"] == 1
    assert (match["score"], match["label"]) == (0.87, "IMAGE 5678")
    assert match["raw"]["indexId"] == 1001


def test_as_many_pages_are_fetched_as_are_wanted(
    vendor: Played, tmp_path: Path
) -> None:
    job = a_job(vendor, tmp_path, jpeg(), operation="search", most=3)
    ticket = a_ticket()
    CLIENT.submit(job, ticket)
    while not CLIENT.poll(job, ticket).done:
        pass
    before = vendor.count()
    page = said(
        "found", ('"totalCount":1,"totalPage":1', '"totalCount":9,"totalPage":9')
    )
    vendor.spoil("hits", *[instead(page)] * 9)
    (output,) = CLIENT.fetch(job, ticket)
    assert len(output.data["matches"]) == 3
    assert output.data["total"] == 9
    targets = [heard.target for heard in vendor.heard[before:]]
    assert [one.rpartition("&")[2] for one in targets] == [
        "pageNum=1",
        "pageNum=2",
        "pageNum=3",
    ]


def test_without_a_workspace_nothing_is_searched(vendor: Played) -> None:
    facts = Facts("a.jpg", "jpeg", 1_000, 640, 480)
    assert not Search().at(account(vendor)).check(facts, {}).blocked
    verdict = Search().at(account(vendor, workspace="")).check(facts, {})
    assert verdict.reason == "The account names no workspace to search in."


@pytest.mark.parametrize(
    "options",
    [
        {"narrow_persons_any": "1, two"},
        {"narrow_dialogue_must": "a;b"},
        {"narrow_dialogue_any": "a|b"},
        {"narrow_dialogue_none": "a`b"},
        {"narrow_option": "[1]"},
        {"narrow_filter": "no"},
        {"most": 0},
    ],
)
def test_options_that_would_be_refused_are_refused_here(options: dict) -> None:
    form = SearchOptions({**Search().defaults(), **options})
    assert list(form.errors) == list(options)


def test_the_form_takes_what_it_has_shown() -> None:
    given = {**Search().defaults(), "narrow": True, "narrow_option": {"a": 1}}
    form = SearchOptions(given)
    assert form.is_valid()
    again = SearchOptions(form.cleaned_data)
    assert again.is_valid()
    assert again.cleaned_data == form.cleaned_data
    shown = str(SearchOptions(initial=given)["narrow_option"])
    assert "{&quot;a&quot;: 1}" in shown
    assert "null" not in str(SearchOptions(initial=Search().defaults()))


def test_calls_keep_to_the_documented_rates(
    vendor: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int, float]] = []

    def wait(quota: Quota, longest: float = 60.0) -> bool:
        asked.append((quota.key, quota.places, quota.window))
        return False

    monkeypatch.setattr(Quota, "wait", wait)
    calls = Calls(account(vendor))
    for act in (
        lambda: calls.presign("a.jpg"),
        lambda: calls.complete("images/k/a.jpg"),
        lambda: calls.search(WORKSPACE, Search.query("k", {})),
    ):
        error = refusal(act)
        assert (error.code, error.permanent) == ("busy", False)
    # 8 in 0.2 s are at most 48 in any second; 16 in a second 976 in any minute.
    assert asked == [
        ("quota:naver:test:presign", 8, 0.2),
        ("quota:naver:test:complete", 16, 1.0),
        ("quota:naver:test:search", 16, 1.0),
    ]
    assert not vendor.heard


@pytest.mark.skipif(
    not (os.environ.get("NAVER_LIVE") == "1" and os.environ.get("NAVER_ACCESS_KEY")),
    reason="Naver itself was not asked: that needs NAVER_LIVE=1 and the keys",
)
def test_the_real_vendor_takes_a_photograph(tmp_path: Path, vendor: Played) -> None:
    names = ("access_key", "secret_key", "workspace")
    values = {name: os.environ.get(f"NAVER_{name.upper()}", "") for name in names}
    real = Account("naver:live", os.environ.get("NAVER_URL", CLIENT.home), values)
    assert isinstance(CLIENT.inquire(real), dict)
    job = a_job(vendor, tmp_path, jpeg())
    job = Job(**{**vars(job), "account": real})
    ticket = a_ticket()
    CLIENT.submit(job, ticket)
    done = False
    for _ in range(10):
        with suppress(ProviderError):
            done = done or CLIENT.poll(job, ticket).done
    assert done
    assert json.dumps(CLIENT.fetch(job, ticket)[0].data)
