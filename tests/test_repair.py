"""A repair mends what can be mended, says what cannot, and takes nothing away."""

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from imaging import worker
from imaging.models import (
    AuditEvent,
    Batch,
    Blob,
    Checkup,
    Image,
    Order,
    Task,
    Team,
    Upload,
    User,
)
from imaging.models.leases import identity
from imaging.operating import mending
from imaging.operating.checking import check
from imaging.operating.walking import stored_files
from tests.drawing import jpeg
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with an empty storage, in which nothing is too young to be deleted."""
    for key in stored_files(""):
        default_storage.delete(key)
    monkeypatch.setattr(mending, "GRACE", timedelta(0))
    monkeypatch.setattr("imaging.operating.files.GRACE", timedelta(0))


@pytest.fixture
def image(studio: Team, bob: User, tmp_path: Path) -> Image:
    """A picture with all its renditions."""
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(800, 600))
    made = Image.objects.store(path, team=studio, owner=bob, name="a.jpg")
    worker.render(str(made.blob_id))
    made.blob.refresh_from_db()
    return made


def gone() -> str:
    """Name a writer that is dead."""
    return f"{identity().rsplit('/', 1)[0]}/1"


def break_much(image: Image, bob: User) -> None:
    """Let everything be wrong that a program can set right."""
    default_storage.save("team/00/0000/original.jpg", ContentFile(b"x"))
    default_storage.save(f"{image.blob.folder}/web-0.jpg", ContentFile(b"x"))
    default_storage.save("loose.jpg", ContentFile(b"x"))
    for name in ("320", "640"):
        default_storage.delete(image.blob.renditions[name]["key"])
    unused = an_image(image.team, b"unused")
    Image.objects.filter(pk=unused.pk).delete()
    half = an_image(image.team, b"half")
    Image.objects.filter(pk=half.pk).delete()
    Blob.objects.filter(pk=half.blob_id).update(stored=False, writer=gone())
    result = an_image(image.team, b"result")
    Image.objects.filter(pk=result.pk).update(parent=image)
    Image.objects.filter(pk=image.pk).update(trashed=timezone.now())
    Batch.objects.create(team=image.team, created=timezone.now() - timedelta(days=1))
    Team.objects.filter(pk=image.team_id).update(bytes_used=1)


def test_a_second_check_is_clean(image: Image, bob: User) -> None:
    break_much(image, bob)
    assert len(check().problems) == 10
    report = check(mend=True)
    assert (report.problems, len(report.repaired)) == ([], 10)
    worker.render(str(image.blob_id))
    assert check(deep=True).problems == []
    image.refresh_from_db()
    assert image.trashed is None
    assert set(image.blob.renditions) == {"320", "640", "1600"}
    assert Blob.objects.count() == Image.objects.count() == 2
    event = AuditEvent.objects.get(action="integrity_repaired")
    assert event.data == {"repaired": 10, "left": 0}
    last = Checkup.objects.last()
    assert last
    assert (last.found, Checkup.objects.filter(mended=10).count()) == (0, 1)


def test_what_is_lost_is_said_and_comes_back_with_the_same_file(
    image: Image, bob: User, client: Client, tmp_path: Path
) -> None:
    data = (tmp_path / "a.jpg").read_bytes()
    default_storage.delete(image.blob.key)
    for _ in range(2):
        [problem] = check(mend=True).problems
        assert "is missing: bring it back from a backup" in problem
    client.force_login(bob)
    page = reverse("image", args=[image.pk])
    assert "The file of this picture is missing" in client.get(page).text
    again = tmp_path / "again.jpg"
    again.write_bytes(data)
    Image.objects.store(again, team=image.team, owner=bob, name="again.jpg")
    assert "is missing" not in client.get(page).text
    assert default_storage.open(image.blob.key).read() == data
    worker.render(str(image.blob_id))
    assert check(mend=True, deep=True).problems == []


def test_a_file_that_was_put_back_is_shown_again(image: Image) -> None:
    data = default_storage.open(image.blob.key).read()
    default_storage.delete(image.blob.key)
    check(mend=True)
    default_storage.save(image.blob.key, ContentFile(data))
    [problem] = check().problems
    assert "is said to be missing" in problem
    assert check(mend=True).problems == []
    assert Blob.objects.get().flaw == ""


def test_changed_bytes_stay_marked_until_they_are_right(image: Image) -> None:
    default_storage.delete(image.blob.key)
    default_storage.save(image.blob.key, ContentFile(b"x" * image.blob.size))
    assert "have changed" in check(deep=True, mend=True).problems[0]
    assert Blob.objects.get().flaw == "changed"
    assert check(mend=True).problems
    assert Blob.objects.get().flaw == "changed"


def test_what_is_young_or_known_is_left_alone(
    image: Image, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Upload.objects.permit(image.team, bob, "b.jpg")
    default_storage.save(f"uploads/{upload.key}/0", ContentFile(b"part"))
    assert check(mend=True).problems == []
    assert mending.sweep_away(f"uploads/{upload.key}/0") == ""
    assert mending.sweep_away(image.blob.key) == ""
    assert (
        mending.erase_half(image.blob_id) == mending.erase_unused(image.blob_id) == ""
    )
    assert default_storage.exists(image.blob.key)
    monkeypatch.setattr(mending, "GRACE", timedelta(hours=1))
    default_storage.save("team/00/0000/original.jpg", ContentFile(b"x"))
    [problem] = check(mend=True).problems
    assert "younger than 1 hour" in problem
    assert default_storage.exists("team/00/0000/original.jpg")


def test_tasks_are_set_right(image: Image, bob: User) -> None:
    order = Order.of(image.team, "local", "convert", {"format": "png"})
    task = Task.objects.start([image], order, team=image.team, user=bob).tasks.get()
    worker.submit(str(task.pk))
    other = Team.objects.create(name="Other")
    Task.objects.update(finished=None, state="error", message="", team=other)
    Task.objects.update(began=None, cost=1, unit="credits", reserved=timezone.now())
    assert len(check().problems) == 5
    assert check(mend=True).problems == []
    assert check().problems == []
    task.refresh_from_db()
    assert (task.team, task.cost) == (image.team, None)
    assert task.finished


def test_the_command_says_what_it_did_and_what_is_left(image: Image) -> None:
    default_storage.save("loose.jpg", ContentFile(b"x"))
    default_storage.delete(image.blob.key)
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("check_integrity", "--json", "--repair", stdout=out)
    said = json.loads(out.getvalue())
    assert set(said) == {"ok", "problems", "repaired"}
    assert (said["ok"], len(said["problems"]), len(said["repaired"])) == (False, 1, 1)
    Image.objects.get().remove()
    out = io.StringIO()
    call_command("check_integrity", "--repair", stdout=out)
    assert out.getvalue() == "Everything is as it should be.\n"
