"""The doctor finds what is wrong, names it, and says how to mend it."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core import mail
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from imaging.models import (
    AuditEvent,
    Blob,
    Heartbeat,
    ProviderAccount,
    Team,
    User,
)
from imaging.operating import doctor
from imaging.operating.checkup import house, machines, stores
from imaging.operating.checkup.finding import ERROR, OK, WARNING, Finding, ok
from imaging.upkeep import beat
from tests.application import PASSWORD
from tests.services import ROOT
from tests.stored import add_rendition, an_image

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


def only(found: Iterator[Finding], level: str) -> Finding:
    """Return the one finding, which has this level, and mends what is wrong."""
    (one,) = found
    assert one.level == level, one
    assert bool(one.mend) == (level != OK), one
    return one


def test_each_dead_process_is_named_with_the_line_that_starts_it() -> None:
    beat("watch")
    Heartbeat.objects.create(kind="worker", host="rack-7", at=long_ago())
    found = list(machines.processes())
    text = "\n".join(f"{one.level} {one.said} {one.act}" for one in found)
    assert "error No worker is running on any host. python manage.py cluster" in text
    assert "No engine is running" in text
    assert "error worker on rack-7 has not been heard of since" in text
    assert "No watch" not in text


def long_ago() -> object:
    return timezone.now() - timedelta(minutes=5)


def test_a_silent_host_whose_work_others_do_is_a_warning() -> None:
    for kind in ("worker", "engine", "watch"):
        beat(kind)
    assert "watch @" in only(machines.processes(), OK).said
    Heartbeat.objects.create(kind="engine", host="rack-7", at=long_ago())
    assert "engine on rack-7" in only(machines.processes(), WARNING).said


def test_other_versions_and_clocks_that_are_off_are_named() -> None:
    facts = {"darkroom": "0.0.1", "clock": -40.0}
    Heartbeat.objects.create(kind="engine", host="rack-7", facts=facts)
    said = [one.said for one in machines.processes()]
    assert any("engine on rack-7 runs version 0.0.1" in one for one in said)
    assert "rack-7 is -40.0 s off" in only(machines.clock(), ERROR).said


def test_files_that_are_gone_are_found(studio: Team) -> None:
    image = an_image(studio, b"bytes")
    add_rendition(image, "320", b"small")
    assert "All 2 files" in only(stores.renditions(), OK).said
    default_storage.delete(image.blob.key)
    found = only(stores.renditions(), ERROR)
    assert image.blob.key in found.said
    assert "--repair" in found.act


def test_what_no_key_opens_is_an_error_and_old_keys_are_named_as_needed(
    studio: Team, settings: Settings
) -> None:
    ProviderAccount.objects.create(team=studio, provider="x", sealed="{}")
    kept = settings.ENCRYPTION_KEYS
    assert "1 sealed rows were opened" in only(house.keys(), OK).said
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *kept]
    assert "1 of 1 sealed rows still need" in only(house.keys(), OK).said
    settings.ENCRYPTION_KEYS = [new]
    found = only(house.keys(), ERROR)
    assert "1 sealed rows" in found.said
    assert new not in str(found)


@pytest.mark.parametrize(
    ("changed", "word", "level"),
    [
        ({"DEBUG": True}, "DEBUG", WARNING),
        ({"ALLOWED_HOSTS": ["else.example"]}, "ALLOWED_HOSTS", ERROR),
        ({"ALLOWED_HOSTS": ["*"]}, "Any host name", WARNING),
        ({"HTTPS": True}, "TRUSTED_PROXIES", ERROR),
    ],
)
def test_addresses_that_do_not_fit_are_told(
    changed: dict[str, object], word: str, level: str, settings: Settings
) -> None:
    for name, value in changed.items():
        setattr(settings, name, value)
    found = only(house.addresses(), level)
    assert word in f"{found.said} {found.act}"


def test_a_retry_that_comes_too_early_is_found(settings: Settings) -> None:
    assert only(stores.queues(), OK)
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "retry": 901}
    first = next(stores.queues())
    assert first.level == ERROR
    assert "worker" in first.said


def test_a_mail_server_that_is_not_there_is_an_error(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert "EMAIL_URL=" in only(house.mail(), WARNING).act
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    settings.EMAIL_HOST_PASSWORD = "pa55word"
    found = only(house.mail(), ERROR)
    assert "127.0.0.1:9" in found.said
    assert "pa55word" not in str(found)


def test_what_is_well_is_said_to_be_well() -> None:
    for check in (stores.storage, stores.caching, stores.migrations, stores.database):
        only(check(), OK)
    for check in (machines.codecs, stores.temporary, stores.static, house.rounds):
        only(check(), OK)


def test_a_check_that_hangs_or_breaks_is_a_finding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = threading.Event()

    def hangs() -> Iterator[Finding]:
        over.wait()
        yield ok("never")

    def breaks() -> Iterator[Finding]:
        raise LookupError("s3cret")
        yield ok("never")

    monkeypatch.setattr(doctor, "PATIENCE", 0.2)
    monkeypatch.setattr(doctor, "CHECKS", [("Slow", hangs), ("Broken", breaks)])
    slow, broken = doctor.examine()
    over.set()
    assert (slow.level, broken.level) == (ERROR, ERROR)
    assert "no answer within 0.2 seconds" in slow.said
    assert "LookupError" in broken.said
    assert "s3cret" not in str(broken)


def test_the_page_shows_all_of_it_and_looks_again(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    dead = "No worker is running on any host."
    page = client.get(reverse("admin:doctor")).text
    assert dead in page
    assert "python manage.py cluster worker" in page
    for kind in ("worker", "engine", "watch"):
        beat(kind)
    assert (
        "No worker is running on any host." in client.get(reverse("admin:doctor")).text
    )
    page = client.post(reverse("admin:doctor"), follow=True).text
    assert dead not in page
    cache.clear()


def test_a_mail_is_sent_to_whoever_asks(client: Client) -> None:
    root = User.objects.create_superuser("root@example.com", PASSWORD)
    client.force_login(root)
    assert client.get(reverse("admin:doctor_mail")).status_code == 405
    client.post(reverse("admin:doctor_mail"))
    assert [one.to for one in mail.outbox] == [["root@example.com"]]
    assert AuditEvent.objects.get().user == root


def test_the_command_exits_1_on_an_error_and_prints_json() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    said = json.loads(done.stdout)
    assert done.returncode == 1
    assert not said["ok"]
    levels = [one["level"] for one in said["findings"]]
    assert levels == sorted(levels, key=[ERROR, WARNING, OK].index)


def test_a_row_without_keys_is_no_key(
    studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house, "operators", lambda provider: None)
    row = ProviderAccount.objects.create(team=studio, provider="x", paused=True)
    assert only(house.accounts(), WARNING)
    row.sealed = '{"key": "k"}'
    row.save()
    assert only(house.accounts(), OK)


def test_a_slow_storage_is_asked_for_fewer_files(
    studio: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    for data in (b"1", b"2"):
        an_image(studio, data)
    monkeypatch.setattr(stores, "SECONDS", -1)
    assert "All 1 files" in only(stores.renditions(), OK).said


def test_what_is_lost_waits_for_no_larger_version(studio: Team) -> None:
    image = an_image(studio, b"bytes")
    late = timezone.now() - timedelta(days=1)
    Blob.objects.filter(pk=image.blob_id).update(rendered=False, created=late)
    assert "waited long" in only(stores.renditions(), WARNING).said
    Blob.objects.update(flaw="size")
    assert only(stores.renditions(), OK)
