"""The trash: who throws what away, what goes along, what comes back, what ends."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from imaging import upkeep
from imaging.models import Blob, Image, Period, Role, Task, Team, User
from imaging.operating import integrity
from tests.lab import Lab
from tests.labwork import a_picture, begin, lab_fixture  # noqa: F401
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


@pytest.fixture
def original(studio: Team) -> Image:
    return a_picture(studio, "cat.jpg")


def result_of(original: Image, name: str = "large cat.jpg") -> Image:
    return Image.objects.add(original.blob, owner=None, name=name, parent=original)


def post(client: Client, act: str, *images: Image, **fields: object) -> str:
    """Press one of the trash's buttons; return what the next page says."""
    pks = [str(image.pk) for image in images]
    answer = client.post(reverse(f"trash_{act}"), {"image": pks, **fields}, follow=True)
    assert answer.status_code == 200, answer.status_code
    return str(answer.text)


def kept() -> set[str]:
    return set(Image.objects.kept().values_list("name", flat=True))


def test_what_is_in_the_trash_is_nowhere_else(
    client: Client, original: Image, bob: User
) -> None:
    addresses = [
        reverse("image", args=[original.pk]),
        reverse("image_facts", args=[original.pk]),
        reverse("original", args=[original.pk]),
        reverse("download", args=[original.pk]),
        reverse("rendition", args=[original.pk, 320]),
    ]
    assert {client.get(one).status_code for one in addresses} == {200}
    assert "1 picture is in the trash." in post(client, "add", original)
    assert {client.get(one).status_code for one in addresses} == {404}
    assert "cat.jpg" not in client.get(reverse("library")).text
    assert not Image.objects.changeable_by(bob).exists()
    page = client.get(reverse("trash")).text
    assert "cat.jpg" in page
    assert "Bob" in page
    assert client.get(reverse("trash_rendition", args=[original.pk])).status_code == 200


def test_results_go_along_and_exactly_those_come_back(
    client: Client, original: Image
) -> None:
    early, late = result_of(original, "early"), result_of(original, "late")
    post(client, "add", early)
    post(client, "add", original)
    assert kept() == set()
    listed = client.get(reverse("trash")).context["images"]
    assert [image.name for image in listed] == ["cat.jpg", "early"]
    post(client, "restore", original)
    assert kept() == {"cat.jpg", "late"}
    late.refresh_from_db()
    assert (late.trashed, late.trashed_by) == (None, None)


def test_a_result_brings_its_original_back(client: Client, original: Image) -> None:
    result = result_of(original)
    post(client, "add", result)
    post(client, "add", original)
    post(client, "restore", result)
    assert kept() == {"cat.jpg", "large cat.jpg"}
    assert not list(integrity.left_behind())


def test_what_was_made_of_results_goes_and_comes_along(
    client: Client, original: Image
) -> None:
    first = result_of(original, "first")
    second = result_of(first, "second")
    post(client, "add", original)
    assert kept() == set()
    assert not list(integrity.left_behind())
    post(client, "restore", second)
    assert kept() == {"cat.jpg", "first", "second"}
    post(client, "add", original)
    post(client, "restore", original)
    assert kept() == {"cat.jpg", "first", "second"}
    post(client, "add", first)
    assert kept() == {"cat.jpg"}
    post(client, "add", original)
    post(client, "delete", all="yes")
    assert not Image.objects.exists()


def test_an_original_stays_while_what_was_made_of_a_result_is_worked_on(
    client: Client, original: Image, lab: Lab
) -> None:
    last = result_of(result_of(original, "first"), "second")
    task = begin(last)
    page = post(client, "add", original)
    assert "1 picture is being worked on and stayed. Cancel that first." in page
    task.cancel()
    post(client, "add", original)
    assert kept() == set()


def test_undo_takes_back_one_act(client: Client, original: Image, studio: Team) -> None:
    others = [a_picture(studio, f"{seed}.jpg", seed=seed) for seed in (1, 2)]
    result_of(original)
    post(client, "add", others[0])
    page = post(client, "add", original, others[1])
    assert "2 pictures are in the trash." in page
    moment = Image.objects.get(pk=original.pk).trashed
    assert moment
    assert moment.isoformat() in page
    assert "2 pictures are back." in post(client, "restore", moment=moment.isoformat())
    assert kept() == {"cat.jpg", "large cat.jpg", "2.jpg"}


@pytest.mark.parametrize("moment", ["x", "2026-02-31T00:00:00Z", "2026-01-01T00:00"])
def test_no_moment_restores_nothing(client: Client, moment: str) -> None:
    answer = client.post(reverse("trash_restore"), {"moment": moment})
    assert answer.status_code == 404


def test_a_result_that_arrives_late_joins_its_original(
    client: Client, original: Image
) -> None:
    post(client, "add", original)
    result = result_of(original)
    original.refresh_from_db()
    assert result.trashed == original.trashed
    assert not list(integrity.left_behind())
    post(client, "restore", original)
    assert kept() == {"cat.jpg", "large cat.jpg"}


def test_a_result_beside_a_trashed_original_is_found_to_be_wrong(
    original: Image,
) -> None:
    result_of(original)
    Image.objects.filter(pk=original.pk).update(trashed=timezone.now())
    [problem] = integrity.left_behind()
    assert "its original is in the trash" in problem


def test_what_is_worked_on_stays(client: Client, original: Image, lab: Lab) -> None:
    result = result_of(original)
    task = begin(result)
    for image in (original, result):
        page = post(client, "add", image)
        assert "1 picture is being worked on and stayed. Cancel that first." in page
    task.cancel()
    post(client, "add", original)
    assert kept() == set()


def test_nothing_begins_again_on_what_is_in_the_trash(
    client: Client, original: Image, lab: Lab
) -> None:
    task = begin(original)
    task.cancel()
    post(client, "add", original)
    assert not Task.objects.get().retry()
    assert "No picture is chosen" in client.get(
        reverse("process"), {"image": original.pk}
    ).text.replace("\n", "")
    post(client, "restore", original)
    assert Task.objects.get().retry()


def test_a_batch_says_what_is_in_the_trash(
    client: Client, original: Image, lab: Lab
) -> None:
    task = begin(original)
    task.cancel()
    addresses = [reverse("batch", args=[task.batch_id]), reverse("batches")]
    link = reverse("image", args=[original.pk])
    assert link in client.get(addresses[0]).text
    post(client, "add", original)
    page, rows = [client.get(one).text for one in addresses]
    assert "in the trash" in page
    for text in (page, rows):
        assert link not in text


@pytest.mark.parametrize(
    ("role", "own", "may"),
    [
        (Role.OWNER, False, True),
        (Role.EDITOR, False, True),
        (Role.CONTRIBUTOR, True, True),
        (Role.CONTRIBUTOR, False, False),
        (Role.VIEWER, True, False),
    ],
)
def test_who_may_trash_restore_and_delete(
    studio: Team, alice: User, bob: User, role: str, own: bool, may: bool
) -> None:
    studio.memberships.filter(user=bob).update(role=role)
    image = a_picture(studio)
    Image.objects.update(owner=bob if own else alice)
    client, data = of(bob, studio), {"image": image.pk}
    for act in ("add", "restore"):
        answer = client.post(reverse(f"trash_{act}"), data)
        assert answer.status_code == (302 if may else 404), act
        assert client.get(reverse("trash")).status_code == 200
        Image.objects.update(trashed=timezone.now() if act == "add" else None)
    Image.objects.update(trashed=timezone.now())
    client.post(reverse("trash_delete"), data)
    assert Image.objects.exists() == (not may)


def test_an_outsider_finds_nothing(
    client: Client, original: Image, charlie: User
) -> None:
    outsider = of(charlie, charlie.own_teams()[0])
    for act in ("add", "restore"):
        answer = outsider.post(reverse(f"trash_{act}"), {"image": original.pk})
        assert answer.status_code == 404
        post(client, "add", original) if act == "add" else None
    outsider.post(reverse("trash_delete"), {"all": "yes", "image": original.pk})
    assert Image.objects.exists()
    thumbnail = reverse("trash_rendition", args=[original.pk])
    assert outsider.get(thumbnail).status_code == 404
    assert Client().get(thumbnail).status_code == 404


def test_a_contributor_does_not_trash_what_others_have_made(
    studio: Team, bob: User, alice: User
) -> None:
    studio.memberships.filter(user=bob).update(role=Role.CONTRIBUTOR)
    image = a_picture(studio)
    Image.objects.update(owner=bob)
    result = result_of(image)
    Image.objects.filter(pk=result.pk).update(owner=alice)
    page = post(of(bob, studio), "add", image)
    assert "1 picture stayed: others have made results of it." in page
    assert len(kept()) == 2
    Image.objects.update(owner=bob)
    result_of(result, "larger cat.jpg")
    page = post(of(bob, studio), "add", image)
    assert "1 picture stayed: others have made results of it." in page
    assert len(kept()) == 3


def test_deleting_for_good_takes_the_bytes_and_the_company(
    client: Client, original: Image
) -> None:
    result_of(original)
    post(client, "add", original)
    page = post(client, "delete", original)
    assert "1 picture is deleted for good." in page
    assert "The trash is empty" in page
    assert not Image.objects.exists()
    assert not Blob.objects.exists()
    assert not default_storage.exists(original.blob.key)


def test_emptying_leaves_what_is_not_in_the_trash(
    client: Client, original: Image, studio: Team
) -> None:
    a_picture(studio, "dog.jpg", seed=1)
    post(client, "add", original)
    post(client, "delete", all="yes")
    post(client, "delete", all="yes")
    assert Image.objects.get().name == "dog.jpg"


def test_after_thirty_days_it_is_pruned(client: Client, original: Image) -> None:
    result_of(original)
    post(client, "add", original)
    upkeep.prune()
    assert Image.objects.count() == 2
    assert client.get(reverse("trash")).context["images"]
    ago = timezone.now() - Period.objects.length("trash") - timedelta(seconds=1)
    Image.objects.update(trashed=ago)
    assert not client.get(reverse("trash")).context["images"]
    restored = client.post(reverse("trash_restore"), {"image": original.pk})
    assert restored.status_code == 404
    assert upkeep.prune()["images"] == 2
    assert not Image.objects.exists()
    assert not Blob.objects.exists()


def test_who_deletes_what_another_has_just_deleted_changes_nothing(
    original: Image, studio: Team
) -> None:
    Team.objects.filter(pk=studio.pk).update(bytes_used=5 * original.blob.size)
    late, later = (Image.objects.get(pk=original.pk) for _ in range(2))
    assert late.blob
    for one in (original, late, later):
        one.remove()
    studio.refresh_from_db()
    assert studio.bytes_used == 4 * late.blob.size
    assert not Image.objects.exists()
    assert not Blob.objects.exists()


def test_the_way_back_is_a_page_of_this_site(client: Client, original: Image) -> None:
    address = reverse("trash_add")
    for asked, leads in (
        ("/?q=cat", "/?q=cat"),
        ("//elsewhere.example/", "/"),
        ("https://elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
    ):
        data = {"image": original.pk, "next": asked}
        assert client.post(address, data).headers["Location"] == leads
        Image.objects.update(trashed=None)


def test_a_trash_of_many_has_pages_and_asks_few_questions(
    client: Client,
    studio: Team,
    original: Image,
    bob: User,
    django_assert_max_num_queries,  # noqa: ANN001
) -> None:
    now = timezone.now()
    Image.objects.bulk_create(
        Image(team=studio, blob=original.blob, name="x", trashed=now, trashed_by=bob)
        for _number in range(70)
    )
    with django_assert_max_num_queries(12):
        first = client.get(reverse("trash"))
    second = client.get(reverse("trash"), {"page": first.context["older"]})
    assert [len(one.context["images"]) for one in (first, second)] == [60, 10]
    for strange in ("0", "-1", "x", "99999999", ""):
        assert client.get(reverse("trash"), {"page": strange}).status_code == 200
