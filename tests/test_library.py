"""The library: the team's pictures in pages, each with its history, deleted by some."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from imaging.models import Blob, Image, Role, Team, User
from imaging.views.library import PAGE
from tests.lab import Lab
from tests.labwork import a_picture, begin, lab_fixture  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def of(user: User, team: Team) -> Client:
    client = Client()
    client.force_login(user)
    client.post(reverse("team_switch", args=[team.pk]))
    return client


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


def shown(client: Client, **query: object) -> list[str]:
    context = client.get(reverse("library"), query).context
    return [image.name for image in context["images"]]


def test_an_empty_library_says_what_to_do(client: Client) -> None:
    text = client.get(reverse("library")).content.decode()
    assert f'href="{reverse("upload")}"' in text


def test_the_newest_come_first_and_no_picture_is_shown_twice(
    client: Client, studio: Team
) -> None:
    blob, now = a_picture(studio, "first").blob, timezone.now()
    # Three moments for all of them: within each, the id decides.
    Image.objects.bulk_create(
        Image(
            team=studio,
            blob=blob,
            name=f"{number:03}",
            created=now + timedelta(seconds=number % 3),
        )
        for number in range(2 * PAGE)
    )
    pages, after = [], ""
    while not pages or len(pages[-1]) == PAGE:
        pages.append(shown(client, after=after))
        last = pages[-1][-1]
        after = str(Image.objects.get(name=last).pk)
    names = sum(pages, [])
    assert [len(page) for page in pages] == [PAGE, PAGE, 1]
    assert len(set(names)) == 2 * PAGE + 1
    assert names[-1] == "first"
    created = [Image.objects.get(name=name).created for name in names]
    assert created == sorted(created, reverse=True)


def test_a_strange_place_to_go_on_from_is_the_beginning(
    client: Client, studio: Team, charlie: User
) -> None:
    a_picture(studio, "mine")
    foreign = a_picture(charlie.own_teams()[0], "foreign")
    for after in ("rubbish", uuid.uuid4(), foreign.pk):
        assert shown(client, after=after) == ["mine"]


def test_a_foreign_image_is_as_absent_as_what_never_was(
    studio: Team, charlie: User
) -> None:
    image = a_picture(studio)
    client = of(charlie, charlie.own_teams()[0])
    for pk in (image.pk, uuid.uuid4()):
        assert client.get(reverse("image", args=[pk])).status_code == 404
        assert client.post(reverse("image_delete", args=[pk])).status_code == 404
    assert Image.objects.get() == image


def test_deleting_takes_the_bytes_along(client: Client, studio: Team) -> None:
    image = a_picture(studio)
    address = reverse("image_delete", args=[image.pk])
    assert client.get(address).status_code == 405
    assert client.post(address).url == reverse("library")
    assert not Image.objects.exists()
    assert not Blob.objects.exists()
    assert not default_storage.exists(image.blob.key)


def test_what_is_worked_on_is_not_deleted(
    client: Client, studio: Team, lab: Lab
) -> None:
    image = a_picture(studio)
    task = begin(image)
    address = reverse("image_delete", args=[image.pk])
    answer = client.post(address, follow=True)
    assert "This picture is being worked on." in answer.content.decode()
    assert Image.objects.exists()
    task.cancel()
    client.post(address)
    assert not Image.objects.exists()


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
def test_who_may_delete(
    studio: Team, alice: User, bob: User, role: str, own: bool, may: bool
) -> None:
    studio.memberships.filter(user=bob).update(role=role)
    image = a_picture(studio)
    Image.objects.update(owner=bob if own else alice)
    client = of(bob, studio)
    assert client.get(reverse("image", args=[image.pk])).status_code == 200
    answer = client.post(reverse("image_delete", args=[image.pk]))
    assert answer.status_code == (302 if may else 404)
    assert Image.objects.exists() == (not may)
