"""Haut.AI's datasets, applications and subjects, served; what is foreign is absent."""

import uuid
from typing import Any

import pytest

from imaging.models import Image, Membership, Role, Scope, Subject, Team, User
from imaging.providers.haut.server.dictionary import ALGORITHMS
from tests.drawing import jpeg
from tests.providers.haut.served import Program, code, work

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PRIVATE = "/api/v1/auth/private_tokens/"
GONE = (404, "not_found", None)


@pytest.fixture
def program(bob: User, studio: Team) -> Program:
    one = Program(bob, studio)
    one.settle_in("Anna")
    return one


def test_a_dataset_answers_as_documented(program: Program) -> None:
    said = program.ask("GET", f"datasets/{program.dataset}").json()
    sides = [(one["id"], one["tech_name"]) for one in said["image_type"]["sides"]]
    assert sides == [(1, "front"), (2, "right"), (3, "left")]
    assert program.ask("GET", "/api/v1/dicts/image_types/").json() == [
        said.pop("image_type")
    ]
    assert said == {
        "id": program.dataset,
        "company_id": str(program.team.pk),
        "name": "App",
        "image_type_name": "Selfie",
        "image_type_tech_name": "selfie",
        "connected_applications": [],
        "expire_images_after_days": None,
        "expire_metadata_after_days": None,
        "clean_images_as_soon_as_ready": False,
        "custom_branding": None,
    }
    assert program.ask("GET", "datasets/").json()["results"][0]["id"] == said["id"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "required", "name")),
        ({"name": " "}, (400, "blank", "name")),
        ({"name": "x" * 513}, (400, "max_length", "name")),
        ({"name": "x", "image_type_id": 9}, (400, "invalid", "image_type_id")),
        (
            {"name": "x", "expire_images_after_days": 366},
            (400, "max_value", "expire_images_after_days"),
        ),
        (b"{", (400, "parse_error", None)),
        (b'{"name": NaN}', (400, "parse_error", None)),
        (b'{"name": "\\ud800"}', (400, "parse_error", None)),
        (b'{"name": "a\\u0000"}', (400, "invalid", None)),
        (b"[" * 100_000, (400, "parse_error", None)),
        (b"[]", (400, "invalid", None)),
    ],
)
def test_a_wrong_body_names_the_field(
    program: Program, body: Any, expected: tuple[int, str, str | None]
) -> None:
    assert code(program.ask("POST", "datasets/", body)) == expected


def test_a_body_is_json(program: Program) -> None:
    answer = program.client.post(f"{program.company}/datasets/", {"name": "x"})
    assert code(answer) == (415, "unsupported_media_type", None)
    large = b'{"name": "' + b"x" * 3_000_000 + b'"}'
    assert program.ask("POST", "datasets/", large).status_code == 413


def test_an_application_is_attached_as_a_whole_or_in_part(program: Program) -> None:
    [one] = program.ask("GET", "applications/").json()["results"]
    assert one["tech_name"] == "face_skin_metrics_2.0"
    found = [row["tech_name"] for row in one["algorithms_versions"]]
    assert found == [*ALGORITHMS]
    path = "applications/face_skin_metrics_2.0/attach-to-dataset/"
    body: dict[str, Any] = {"dataset_id": program.dataset}
    refused = program.ask("POST", path, body | {"enabled_algorithms": ["age"]})
    [error] = refused.json()["errors"]
    assert (refused.status_code, error) == (
        400,
        {
            "code": "missing_dependencies",
            "detail": "Missing dependencies.",
            "attr": None,
            "extra": {
                "missing_application_tech_names": [],
                "missing_algorithms": ["age"],
            },
        },
    )
    made = program.ask("POST", path, body | {"enabled_algorithms": ["pores"]})
    assert (made.status_code, made.json()["dataset_id"]) == (201, program.dataset)
    image = program.send(jpeg())
    program.compute(image["image_batch_id"])
    work()
    [row] = program.ask("GET", program.path_of(image, "results/")).json()
    assert row["algorithm_family_tech_name"] == "pores"
    assert program.ask("POST", path, body).status_code == 201
    assert len(program.ask("GET", program.path_of(image, "results")).json()) == 8
    other = path.replace("2.0", "9")
    assert code(program.ask("POST", other, body)) == GONE


def test_a_subject_answers_as_documented(program: Program) -> None:
    path = f"datasets/{program.dataset}/subjects/"
    body = {"name": "Anna", "biological_sex": "female", "meta": {"n": 1}}
    said = program.ask("POST", path, body).json()
    assert said == {
        "id": said["id"],
        "name": "Anna",
        "birth_date": None,
        "biological_sex": {"id": "female", "name": "Female", "tech_name": "female"},
        "meta": {"n": 1},
        "author_id": said["author_id"],
        "creation_time": said["creation_time"],
        "company": {"id": str(program.team.pk), "name": "Studio"},
        "dataset": {"id": program.dataset, "name": "App"},
        "promote_image_id": None,
    }
    assert isinstance(said["author_id"], int)
    # Names need not be unique there; here no two people are one.
    names = sorted(Subject.objects.values_list("name", flat=True))
    assert names == ["Anna", f"Anna ({said['id'][-8:]})"]
    changed = program.ask("PATCH", path + said["id"], {"name": "Bella"}).json()
    assert (changed["name"], changed["meta"]) == ("Bella", {"n": 1})
    assert program.ask("GET", path + "?q=bell").json()["count"] == 1
    newest = program.ask("GET", path + "?ordering=-creation_time&page_size=1").json()
    assert newest["results"] == [changed]
    assert code(program.ask("GET", path + "?page=9")) == GONE
    assert program.ask("POST", f"{path}{said['id']}/clear_metadata/").status_code == 204
    [cleared] = program.ask("GET", path + "?q=bella").json()["results"]
    assert (cleared["meta"], cleared["biological_sex"]) == (None, None)


@pytest.mark.parametrize("several", [True, False])
def test_a_deleted_subject_is_gone_with_its_pictures(
    program: Program, several: bool
) -> None:
    image = program.send()
    program.compute(image["image_batch_id"])
    work()
    path = f"datasets/{program.dataset}/subjects/"
    if several:
        foreign = {"subjects_ids": [program.subject, str(uuid.uuid4())]}
        assert code(program.ask("DELETE", path + "delete/", foreign)) == GONE
        body = {"subjects_ids": [program.subject]}
        assert program.ask("DELETE", path + "delete/", body).status_code == 204
    else:
        assert program.ask("DELETE", path + program.subject).status_code == 204
    assert not Subject.objects.exists()
    assert not Image.objects.exists()
    upload = f"subjects/{program.subject}/signed_upload_url/"
    assert code(program.ask("POST", upload)) == GONE
    assert code(program.ask("GET", program.path_of(image))) == GONE


def every_call(program: Program, image: dict[str, Any]) -> list[tuple[str, str]]:
    person, batch = program.person, f"{program.person}/batches"
    one = program.path_of(image)
    return [
        ("GET", f"{program.company}/datasets/"),
        ("POST", f"{program.company}/datasets/"),
        ("GET", f"{program.company}/datasets/{program.dataset}/"),
        ("GET", f"{program.company}/applications/"),
        ("GET", f"{program.company}/datasets/{program.dataset}/subjects/"),
        ("POST", f"{program.company}/datasets/{program.dataset}/subjects/"),
        ("DELETE", f"{program.company}/datasets/{program.dataset}/subjects/delete/"),
        ("PATCH", f"{person}/"),
        ("DELETE", f"{person}/"),
        ("POST", f"{person}/delete_photos/"),
        ("POST", f"{person}/clear_metadata/"),
        ("POST", f"{program.company}/subjects/{program.subject}/signed_upload_url/"),
        ("POST", f"{program.company}/batches/{image['image_batch_id']}/compute/"),
        ("GET", f"{person}/images/"),
        ("GET", f"{batch}/"),
        ("POST", f"{batch}/"),
        ("DELETE", f"{batch}/{image['image_batch_id']}/"),
        ("GET", f"{batch}/{image['image_batch_id']}/images/"),
        ("GET", one),
        ("DELETE", one),
        ("GET", f"{one}aux/"),
        ("GET", f"{one}results/"),
    ]


def test_what_is_foreign_is_as_absent_as_what_never_was(
    program: Program, charlie: User
) -> None:
    image = program.send()
    stranger = Program(charlie, program.team)
    for method, path in every_call(program, image):
        assert code(stranger.ask(method, path, {})) == GONE, path
    own = Program(charlie, charlie.own_teams()[0])
    own.settle_in()
    # Through the door of one's own company, and down any step of the way.
    theirs = every_call(program, image)
    for method, path in theirs:
        here = path.replace(str(program.team.pk), str(own.team.pk))
        if program.dataset in here or program.subject in here or "batches" in here:
            body = {"subjects_ids": [program.subject]}
            assert code(own.ask(method, here, body)) == GONE, here
            mixed = here.replace(program.dataset, own.dataset)
            if program.subject in mixed:
                assert code(own.ask(method, mixed, body)) == GONE, mixed
    assert program.ask("GET", program.path_of(image)).status_code == 200


def test_every_call_needs_its_scope_and_role(
    program: Program, bob: User, charlie: User
) -> None:
    image = program.send()
    none = Program(bob, program.team, Scope.SHARE)
    Membership.objects.create(team=program.team, user=charlie, role=Role.VIEWER)
    viewer = Program(charlie, program.team)
    for method, path in every_call(program, image):
        assert code(none.ask(method, path, {}))[:2] == (403, "permission_denied"), path
        body = {"name": "x", "subjects_ids": [program.subject]}
        seen = viewer.ask(method, path, body)
        assert seen.status_code == (200 if method == "GET" else 403), path
    reader = Program(bob, program.team, Scope.READ, Scope.UPLOAD)
    assert reader.compute(image["image_batch_id"]).status_code == 403


@pytest.mark.parametrize("name", ["-", "%00", "x" * 300, "0" * 32, "..", "a b"])
def test_no_address_is_an_error_of_ours(program: Program, name: str) -> None:
    for path in (f"{name}/", f"{name}/subjects/", f"{name}/subjects/{name}/images"):
        assert program.ask("GET", f"datasets/{path}").status_code == 404
    assert program.ask("POST", f"batches/{name}/compute").status_code == 404


def test_nothing_is_found_by_what_no_name_holds(program: Program) -> None:
    subjects = f"datasets/{program.dataset}/subjects/"
    assert program.ask("GET", f"{subjects}?q=ann").json()["count"] == 1
    for path in ("datasets/", subjects, f"{program.person}/images/", PRIVATE):
        found = program.ask("GET", f"{path}?q=ann%00")
        assert (found.status_code, found.json()["count"]) == (200, 0), path


def test_contributors_touch_no_pictures_of_others(
    program: Program, alice: User, bob: User, studio: Team
) -> None:
    other = Program(alice, studio)
    other.dataset, other.subject = program.dataset, program.subject
    mine = program.permit()
    theirs = other.send(batch_id=mine["image_batch_id"], side_id=2)
    program.send(batch_id=mine["image_batch_id"], side_id=3)
    Membership.objects.filter(team=studio, user=bob).update(role=Role.CONTRIBUTOR)
    person, subjects = program.person, f"datasets/{program.dataset}/subjects/delete/"
    listed = {"subjects_ids": [program.subject]}
    for answer in (
        program.compute(mine["image_batch_id"]),
        program.ask("DELETE", f"{person}/"),
        program.ask("POST", f"{person}/delete_photos/"),
        program.ask("POST", f"{person}/clear_metadata/"),
        program.ask("DELETE", subjects, listed),
        program.ask("DELETE", f"{person}/batches/{mine['image_batch_id']}/"),
        program.ask("DELETE", program.path_of(theirs)),
    ):
        assert code(answer) == (403, "permission_denied", None), answer
    assert program.ask("GET", program.path_of(theirs)).status_code == 200
    assert other.ask("DELETE", f"{person}/").status_code == 204
