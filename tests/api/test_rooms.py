"""The smaller rooms of the API: operations, people, tokens, consent, downloads."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from imaging.delivery import downloads
from imaging.models import (
    ApiToken,
    AuditEvent,
    Membership,
    Role,
    Scope,
    Subject,
    Team,
    User,
)
from tests.api.calling import a_token, with_token
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]
API = "/api/v1"


@pytest.fixture
def program(bob: User, studio: Team) -> Client:
    return with_token(bob)


def post(program: Client, room: str, **said: Any) -> Any:
    return program.post(f"{API}/{room}", said, content_type="application/json")


def items(program: Client, room: str, **asked: Any) -> list[dict[str, Any]]:
    answer = program.get(f"{API}/{room}", asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_what_can_be_done_is_told_with_its_options(program: Client) -> None:
    found = {one["key"]: one for one in items(program, "providers")}
    assert found["local"]["usable"]
    assert found["local"]["local"]
    assert not found["kokoon"]["usable"]
    assert found["kokoon"]["available"]
    offered = items(program, "operations")
    assert {one["provider"] for one in offered} == set(found)
    upscale = next(one for one in offered if one["key"] == "upscale")
    options = upscale["options"]["properties"]
    assert options["detail"].items() >= {"type": "integer", "maximum": 100}.items()
    assert options["category"]["default"] in options["category"]["enum"]
    assert options["category"]["x-labels"]["general"]
    skin = next(one for one in offered if one["key"] == "skin-analysis")
    assert skin["of_person"]
    assert skin["options"]["properties"]["masks"]["type"] == "boolean"


def test_verdicts_name_the_limit_and_begin_nothing(
    program: Client, studio: Team
) -> None:
    image = an_image(studio, b"a")
    sent = {
        "facts": [{"width": 800, "height": 600}, {"width": 60_000, "height": 60_000}]
    }
    told = post(program, "verdicts", operation="upscale", **sent).json()
    assert [one["state"] for one in told["items"]] == ["ok", "blocked"]
    assert told["items"][1]["limit"]
    assert told["seconds"] > 0
    named = post(program, "verdicts", operation="upscale", images=[image.pk]).json()
    assert named["items"][0]["image"] == str(image.pk)
    assert post(program, "verdicts", operation="upscale").status_code == 422
    assert not studio.tasks.exists()


def test_who_calls_and_in_which_teams(program: Client, bob: User) -> None:
    me = program.get(f"{API}/me").json()
    assert (me["email"], me["token"]["scopes"]) == (bob.email, sorted(Scope.values))
    assert [one["name"] for one in me["teams"]] == ["Bob", "Studio"]
    assert [one["role"] for one in items(program, "teams")] == ["owner", "editor"]
    assert "secret_key" not in me["token"]


def test_a_token_makes_none_that_may_more_or_lasts_longer(bob: User) -> None:
    ends = timezone.now() + timedelta(days=1)
    own = a_token(bob, Scope.MANAGE, Scope.READ, expires=ends)
    program = Client(headers={"authorization": f"Bearer {own}"})
    made = post(program, "tokens", name="reader", scopes=["read"])
    assert made.status_code == 201
    reader = Client(headers={"authorization": f"Bearer {made.json()['token']}"})
    assert items(reader, "images") == []
    assert reader.get(f"{API}/tokens").status_code == 403
    assert ApiToken.objects.get(name="reader").expires == ends
    later = (ends + timedelta(days=1)).isoformat()
    for said, status in (
        ({"scopes": ["process"]}, 403),
        ({"scopes": ["read"], "expires": later}, 403),
        ({"scopes": ["read"], "expires": "2001-01-01T00:00:00Z"}, 422),
        ({"scopes": []}, 422),
        ({"scopes": ["everything"]}, 422),
    ):
        assert post(program, "tokens", name="x", **said).status_code == status
    assert {one["name"] for one in items(program, "tokens")} == {"", "reader"}
    assert AuditEvent.objects.filter(action="token_made").count() == 1
    assert program.delete(f"{API}/tokens/{made.json()['id']}").status_code == 204
    assert reader.get(f"{API}/images").status_code == 401


def test_tokens_of_others_are_absent(program: Client, charlie: User) -> None:
    a_token(charlie, name="theirs")
    row = ApiToken.objects.get(name="theirs")
    assert program.delete(f"{API}/tokens/{row.pk}").status_code == 404
    assert "theirs" not in [one["name"] for one in items(program, "tokens")]


def test_consent_is_recorded_withdrawn_and_deleted(
    program: Client, studio: Team, bob: User, charlie: User
) -> None:
    said = {"name": "Dana", "team": str(studio.pk)}
    assert post(program, "subjects", consent=False, **said).status_code == 422
    made = post(program, "subjects", consent=True, **said).json()
    assert made["has_consent"]
    assert post(program, "subjects", consent=True, **said).json()["id"] == made["id"]
    url = f"subjects/{made['id']}"
    assert not post(program, f"{url}/consent", agreed=False).json()["has_consent"]
    assert post(program, f"{url}/consent", agreed=True).json()["has_consent"]
    assert [one["name"] for one in items(program, "subjects", q="dana")] == ["Dana"]
    assert items(with_token(charlie), "subjects") == []
    assert post(with_token(charlie), f"{url}/consent", agreed=False).status_code == 404
    Membership.objects.filter(user=bob).update(role=Role.VIEWER)
    assert post(program, f"{url}/consent", agreed=False).status_code == 403
    Membership.objects.filter(user=bob).update(role=Role.EDITOR)
    assert program.delete(f"{API}/{url}").status_code == 204
    assert not Subject.objects.exists()


def test_downloads_tell_who_took_what(
    program: Client, studio: Team, bob: User, charlie: User
) -> None:
    images = [an_image(studio, b"%d" % one, name=f"{one}.jpg") for one in range(3)]
    for image in images:
        downloads.count(image, f"user:{bob.pk}", user=bob, door="api")
    names = [one["image_name"] for one in items(program, "downloads")]
    assert names == ["2.jpg", "1.jpg", "0.jpg"]
    row = items(program, "downloads", image=images[0].pk, door="api")[0]
    assert (row["user"], row["user_name"]) == (str(bob.pk), "Bob")
    first = program.get(f"{API}/downloads", {"limit": 2}).json()
    rest = items(program, "downloads", limit=2, cursor=first["next"])
    assert [one["image_name"] for one in rest] == ["0.jpg"]
    assert items(with_token(charlie), "downloads") == []
    assert items(program, "downloads", until="2001-01-01T00:00:00Z") == []
