"""Blobs: bytes once per team, whoever stores, deletes or dies at the same time."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from imaging import pictures, worker
from imaging.background import sweeping
from imaging.models import Blob, Image, Team, User
from imaging.operating.integrity import problems
from imaging.operating.walking import stored_files
from tests.drawing import jpeg
from tests.hearing import Clock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


@pytest.fixture(autouse=True)
def _empty_storage() -> None:
    """Begin without files: the storage knows no transaction to roll back."""
    for key in stored_files(""):
        default_storage.delete(key)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg())
    return path


def store(team: Team, path: Path, owner: User | None = None) -> Image:
    return Image.objects.store(path, team=team, owner=owner, name=path.name)


def at_once(*calls: Callable[[], object]) -> None:
    """Make these calls at the same time, each on a connection of its own."""
    if connection.vendor == "sqlite":
        pytest.skip("in memory, where these tests keep it, SQLite cannot wait")
    barrier, failures = threading.Barrier(len(calls)), []

    def run(call: Callable[[], object]) -> None:
        try:
            barrier.wait()
            call()
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def used(team: Team) -> int:
    team.refresh_from_db()
    return team.bytes_used


def test_the_bytes_are_shared_and_the_image_is_new(studio: Team, photo: Path) -> None:
    one, two = store(studio, photo), store(studio, photo)
    assert one != two
    assert one.blob == two.blob
    assert used(studio) == one.blob.size == len(photo.read_bytes())
    assert one.blob.digest == hashlib.sha256(photo.read_bytes()).hexdigest()
    one.remove()
    assert not list(problems(deep=True))
    assert used(studio) == two.blob.size
    two.remove()
    assert (used(studio), Blob.objects.count()) == (0, 0)
    assert not list(stored_files(""))


def test_teams_share_nothing(studio: Team, charlie: User, photo: Path) -> None:
    other = charlie.own_teams()[0]
    assert store(studio, photo).blob != store(other, photo).blob


def test_a_full_storage_takes_nothing_and_keeps_nothing(
    studio: Team, photo: Path
) -> None:
    studio.max_bytes = photo.stat().st_size - 1
    studio.save()
    with pytest.raises(pictures.Refused) as refused:
        store(studio, photo)
    assert (refused.value.code, refused.value.status) == ("storage_full", 413)
    assert not Blob.objects.exists()
    assert not list(stored_files(""))
    assert used(studio) == 0


def test_a_storage_that_fails_keeps_nothing(
    studio: Team, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Blob, "write_renditions", fail)
    with pytest.raises(OSError, match="No space left"):
        store(studio, photo)
    assert not Blob.objects.exists()
    assert not list(stored_files(""))


def test_two_that_store_the_same_at_once_share_it(studio: Team, photo: Path) -> None:
    for _ in range(3):
        at_once(*[lambda: store(studio, photo)] * 4)
    assert Image.objects.count() == 12
    assert Blob.objects.count() == 1
    assert not list(problems(deep=True))


def test_storing_and_deleting_at_once_loses_nothing(studio: Team, photo: Path) -> None:
    for _ in range(8):
        last = store(studio, photo)
        at_once(last.remove, lambda: store(studio, photo))
        assert not list(problems(deep=True))
        Image.objects.get().remove()
    assert not list(stored_files(""))


def test_the_last_two_images_deleted_at_once_take_the_bytes_along(
    studio: Team, photo: Path
) -> None:
    for _ in range(8):
        at_once(store(studio, photo).remove, store(studio, photo).remove)
        assert (Blob.objects.count(), used(studio)) == (0, 0)
    assert not list(stored_files(""))


def test_a_blob_of_a_living_writer_is_left_alone(studio: Team, photo: Path) -> None:
    drafted(studio, photo)
    sweeping.erase_abandoned()
    assert Blob.objects.filter(stored=False).exists()


def test_what_a_dead_writer_left_is_swept_with_every_file(
    studio: Team, photo: Path
) -> None:
    blob = drafted(studio, photo)
    # It died before it had noted this rendition.
    Blob.objects.update(writer=dead(blob.writer), renditions={})
    assert list(problems())
    sweeping.erase_abandoned()
    assert not list(problems())
    assert not list(stored_files(""))


def test_a_late_writer_cannot_make_swept_bytes_count(studio: Team, photo: Path) -> None:
    blob = drafted(studio, photo)
    Blob.objects.update(writer=dead(blob.writer))
    sweeping.erase_abandoned()
    with pytest.raises(Blob.DoesNotExist):
        Image.objects.add(blob, owner=None, name="late")
    assert not Image.objects.exists()


def test_bytes_deleted_while_they_are_rendered_leave_no_file(
    studio: Team, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, render = store(studio, photo), pictures.render

    def slow(path: Path, want: list[str]) -> object:
        made = render(path, want)
        image.remove()
        return made

    monkeypatch.setattr(pictures, "render", slow)
    worker.render(str(image.blob.pk))
    assert not list(stored_files(""))
    assert not list(problems())


def test_bytes_deleted_just_before_they_are_shared_are_stored_again(
    studio: Team, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, add, adds = store(studio, photo), Image.objects.add, []

    def late(blob: Blob, **fields: object) -> Image:
        if not adds:
            other.remove()
        adds.append(blob)
        return add(blob, **fields)

    monkeypatch.setattr(Image.objects, "add", late)
    image = store(studio, photo)
    assert len(adds) == 2
    assert image.blob != adds[0]
    assert not list(problems(deep=True))


def test_a_process_that_dies_while_it_deletes_leaves_nothing_for_good(
    studio: Team, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = store(studio, photo)
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(Blob, "erase", die)
        image.remove()
    Blob.objects.update(writer=dead(Blob.objects.get().writer))
    sweeping.erase_abandoned()
    assert not list(problems())
    assert not list(stored_files(""))


def test_a_process_that_fails_while_it_deletes_and_lives_on_leaves_nothing(
    studio: Team, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, clock = store(studio, photo), Clock()
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(Blob, "erase", die)
        image.remove()
    sweeping.erase_abandoned()
    assert Blob.objects.exists()
    clock.forward(seconds=31)
    with monkeypatch.context() as patch:
        patch.setattr("django.utils.timezone.now", clock.now)
        sweeping.erase_abandoned()
    assert not Blob.objects.exists()
    assert not list(stored_files(""))


def test_an_image_is_deleted_with_its_bytes_or_not_at_all(
    studio: Team, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = store(studio, photo)
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(Team, "give_back_bytes", die)
        image.remove()
    assert Image.objects.count() == 1
    assert not list(problems(deep=True))


def drafted(team: Team, path: Path) -> Blob:
    digest = pictures.digest_of(path)
    return Blob.objects.draft(team, path, digest, pictures.inspect(path))


def die(*args: object) -> None:
    raise SystemExit


def dead(owner: str) -> str:
    """Return an owner of this machine that is no more."""
    return f"{owner.rsplit('/', 1)[0]}/1"
