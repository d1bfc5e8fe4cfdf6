"""One job for each key, and nothing that stays of what strangers send."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from imaging.models import Batch, Calls, Image, Task, User
from imaging.providers.retouch4me.server import entrance
from imaging.providers.retouch4me.server.quota import account_of
from tests.api.calling import a_token
from tests.providers.retouch4me.asking import (
    PICTURE,
    parts,
    start,
)

KEY = "0b9f6a3e-6d1f-4b1e-9a4e-2f8c7d5e1a00"


@pytest.fixture
def token(bob: User) -> str:
    return a_token(bob)


@pytest.mark.both
@pytest.mark.django_db
def test_the_same_key_gives_the_first_answer_again(token: str, bob: User) -> None:
    first = start(parts(token), Idempotency_Key=KEY)
    again = start(parts(token), Idempotency_Key=KEY)
    assert again.body == first.body
    # Whatever else is sent with it, and though nothing is left.
    account_of(bob.own_teams()[0]).learn(daily=1)
    assert start(parts(token, "{"), Idempotency_Key=KEY).body == first.body
    assert (Task.objects.count(), Image.objects.count()) == (1, 1)
    assert start(parts(token), Idempotency_Key="another").status == 461


@pytest.mark.both
@pytest.mark.django_db
def test_a_key_is_of_one_token_and_of_one_day(token: str, bob: User) -> None:
    first = start(parts(token), Idempotency_Key=KEY).said["id"]
    other = start(parts(a_token(bob)), Idempotency_Key=KEY).said["id"]
    Batch.objects.update(created=timezone.now() - timedelta(hours=24))
    later = start(parts(token), Idempotency_Key=KEY).said["id"]
    assert len({first, other, later}) == 3
    assert start(parts(token), Idempotency_Key=KEY).said["id"] == later


@pytest.fixture
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    """Where files lie until their sender is known."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    return tmp_path


class Watched(entrance.Room):
    """Notes what lies in the folder whenever a stranger's bytes come in."""

    def __init__(self, folder: Path, **bounds: int) -> None:
        super().__init__(**bounds)
        self.folder, self.seen = folder, 0

    def take(self, source: str, count: int) -> None:
        self.seen = max(self.seen, len(list(self.folder.iterdir())))
        super().take(source, count)


@pytest.mark.django_db
def test_a_stranger_leaves_nothing_and_a_token_first_keeps_files_away(
    token: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Watched(folder, most=10**9, each=10**9)
    monkeypatch.setattr(entrance, "UNKNOWN", room)
    assert start(parts("wrong")).status == 460
    assert start(parts(token)).status == 200
    assert room.seen == 0
    assert start(parts("wrong", late=True)).status == 460
    assert room.seen == 1
    assert not list(folder.iterdir())
    assert not room.held


@pytest.mark.django_db
def test_files_of_strangers_are_bounded_in_all(
    token: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = entrance.Room(most=len(PICTURE) - 1, each=10**9)
    monkeypatch.setattr(entrance, "UNKNOWN", room)
    refused = start(parts(token, late=True))
    assert refused.error[0] == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert not list(folder.iterdir())
    assert not room.held
    # Who says first who it is needs none of that room.
    assert start(parts(token)).status == 200


@pytest.mark.both
@pytest.mark.django_db
def test_files_of_strangers_are_bounded_by_source(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "UNKNOWN_A_MINUTE", 2)
    Calls.objects._held.clear()
    codes = [start(parts("", late=True)).status for _ in range(3)]
    assert codes == [460, 460, 429]
    assert start(parts(token)).status == 200


def test_room_is_shared_among_sources() -> None:
    room = entrance.Room(most=10, each=6)
    room.take("a", 6)
    for source, count in (("a", 1), ("b", 5)):
        with pytest.raises(entrance.NotAllowed):
            room.take(source, count)
    room.take("b", 4)
    room.give("a", 6)
    room.take("b", 2)
    assert room.held == {"b": 6}
