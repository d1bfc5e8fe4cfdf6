"""The page of one picture: what is compared with what, and what stands beside it."""

import pytest
from django.test import Client
from django.urls import reverse

from imaging.models import Image, Team, User
from tests.lab import Lab
from tests.labwork import a_picture, begin, lab_fixture  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    client = Client()
    client.force_login(bob)
    client.post(reverse("team_switch", args=[studio.pk]))
    return client


def test_an_image_shows_where_it_came_from(
    client: Client, studio: Team, lab: Lab
) -> None:
    original = a_picture(studio, "cat.jpg")
    blob = a_picture(studio, "x", seed=1).blob
    task = begin(original)
    result = Image.objects.create(
        team=studio, blob=blob, name="large cat.jpg", parent=original, task=task
    )
    for image in (original, result):
        answer = client.get(reverse("image", args=[image.pk]))
        text = answer.content.decode()
        assert answer.context["original"] == original
        assert list(answer.context["variants"]) == [result]
        assert "cat.jpg" in text
        assert reverse("download", args=[image.pk]) in text
