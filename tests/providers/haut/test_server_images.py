"""Haut.AI's images, served: address, bytes, compute, results, masks, deletion."""

import io
import uuid
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image as Pillow

from imaging.models import AuditEvent, Batch, Image, Result, Subject, Task, Team, User
from imaging.providers.haut.server.dictionary import ALGORITHMS
from imaging.providers.local.skin.analysis import MEASURES
from tests.drawing import heic, jpeg
from tests.providers.haut.served import Program, code, put, work
from tests.providers.local.skin.drawn import drawn

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def program(bob: User, studio: Team) -> Program:
    one = Program(bob, studio)
    one.settle_in()
    return one


def face() -> bytes:
    out = io.BytesIO()
    Pillow.fromarray(drawn("fair")).save(out, "JPEG", quality=92)
    return out.getvalue()


def results(program: Program, image: dict[str, Any]) -> list[dict[str, Any]]:
    answer = program.ask("GET", program.path_of(image, "results/"))
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()
    return rows


def test_an_image_is_announced_as_documented(program: Program) -> None:
    said = program.permit()
    assert said["upload_url"].pop("url").startswith("http://testserver/presigned/")
    assert said["upload_url"] == {
        "method": "PUT",
        "headers": {
            "Content-Type": "application/octet-stream",
            "X-Goog-Content-Length-Range": "1,31457280",
        },
        "content_type": "application/octet-stream",
    }
    assert uuid.UUID(said["id"])
    assert uuid.UUID(said["image_batch_id"])
    assert said["side"] == {"id": 1, "name": "Front", "tech_name": "front"}
    assert said["light"] == {"id": 1, "name": "Regular", "tech_name": "regular"}
    assert (said["side_name"], said["side_tech_name"]) == ("Front", "front")
    assert (said["light_name"], said["light_tech_name"]) == ("Regular", "regular")
    assert said["image_type"]["tech_name"] == said["image_type_tech_name"] == "selfie"
    assert said["creation_time"].endswith("Z")
    assert said["urls"].keys() == {"original"}
    empty: dict[str, Any] = {
        "name": None,
        "quality_score": None,
        "quality_feedback": None,
        "quality_result": None,
        "quality_issues": [],
        "problems": [],
        "stage_step_number": None,
        "stage_number": None,
        "aux_images": [],
        "meta": {},
    }
    assert {name: said[name] for name in empty} == empty


def test_a_face_is_measured(program: Program) -> None:
    image = program.send(face())
    assert program.compute(image["image_batch_id"]).status_code == 204
    assert results(program, image) == []
    work()
    rows = results(program, image)
    assert [one["algorithm_family_tech_name"] for one in rows] == [
        measure.key for measure in MEASURES
    ]
    assert [one["algorithm_family_tech_name"] for one in rows] == [*ALGORITHMS]
    assert {one["image_id"] for one in rows} == {image["id"]}
    first = rows[0]
    assert first["is_ok"] is True
    assert first["result"]["main_metric"]["widget_type"] == "numeric"
    assert 0 <= first["result"]["main_metric"]["value"] <= 100
    assert first["image_type"] == "selfie"
    assert first["application_name"] == "Face Skin Metrics 2.0"
    info = program.ask("GET", program.path_of(image)).json()
    assert 0 < info["quality_score"] <= 1
    aux = program.ask("GET", program.path_of(image, "aux/")).json()
    assert aux
    assert [one["id"] for one in info["aux_images"]] == [one["id"] for one in aux]
    assert aux[0]["aux_image_type"]["tech_name"] == "redness"
    for url in (info["urls"]["original"], aux[0]["urls"]["original"]):
        got = program.client.get(url.removeprefix("http://testserver"))
        assert got.status_code == 200
        assert Pillow.open(io.BytesIO(b"".join(got))).format in {"JPEG", "PNG"}
    # Addresses of what lies in the trash open nothing.
    Image.objects.update(trashed=timezone.now())
    assert program.ask("GET", program.path_of(image, "aux/")).json() == []
    assert results(program, image) == rows


def test_what_has_no_face_says_so(program: Program) -> None:
    image = program.send(jpeg())
    program.compute(image["image_batch_id"])
    work()
    rows = results(program, image)
    assert len(rows) == len(ALGORITHMS)
    assert {str(one["result"]) for one in rows} == {"{'error': 'No face detected'}"}
    assert not any(one["is_ok"] for one in rows)
    info = program.ask("GET", program.path_of(image)).json()
    assert info["problems"] == ["No face detected"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (jpeg(255, 256), "Image resolution is too low"),
        (jpeg(256, 255), "Image resolution is too low"),
        (jpeg(63, 256), "Image resolution is too low"),
        (heic(), "Unsupported image format"),
        (b"no picture", "Unsupported image format"),
    ],
)
def test_what_cannot_be_used_fails_at_compute(
    program: Program, data: bytes, problem: str
) -> None:
    image = program.send(data)
    assert program.compute(image["image_batch_id"]).status_code == 204
    rows = results(program, image)
    assert {str(one["result"]) for one in rows} == {str({"error": problem})}
    info = program.ask("GET", program.path_of(image)).json()
    assert info["problems"] == [problem]
    assert not Task.objects.exists()


def test_256_pixels_are_enough(program: Program) -> None:
    image = program.send(jpeg(256, 256))
    program.compute(image["image_batch_id"])
    assert Task.objects.filter(image_id=image["id"]).exists()


def test_compute_waits_for_the_bytes_and_is_done_once(program: Program) -> None:
    image = program.permit()
    batch = image["image_batch_id"]
    assert code(program.compute(batch)) == (400, "image_not_uploaded", None)
    put(image["upload_url"]["url"], b"to be replaced")
    put(image["upload_url"]["url"], jpeg())
    assert [program.compute(batch).status_code for _ in "ab"] == [204, 204]
    assert Task.objects.count() == 1
    assert put(image["upload_url"]["url"], jpeg(seed=2)).status_code == 403
    again = f"subjects/{program.subject}/batches/{batch}/compute"
    assert program.ask("POST", again).status_code == 204
    late = program.ask(
        "POST", f"subjects/{program.subject}/signed_upload_url/", {"batch_id": batch}
    )
    assert code(late) == (400, "invalid", "batch_id")


def test_three_sides_are_one_order(program: Program) -> None:
    batch = program.send(jpeg(seed=1), name="anna left")["image_batch_id"]
    program.send(jpeg(seed=2), batch_id=batch, side_id=2, light_id=1, meta={"a": [1]})
    program.send(jpeg(seed=3), batch_id=batch, side_id=3)
    twice = program.ask(
        "POST",
        f"subjects/{program.subject}/signed_upload_url/",
        {"batch_id": batch, "side_id": 3},
    )
    assert code(twice) == (400, "invalid", "side_id")
    program.compute(batch)
    assert Batch.objects.get().door == "haut"
    names = Image.objects.values_list("name", flat=True)
    assert sorted(names) == ["front", "left", "right"]
    page = program.ask("GET", f"{program.person}/batches/{batch}/images").json()
    assert [one["side_tech_name"] for one in page["results"]] == [
        "front",
        "right",
        "left",
    ]
    assert page["results"][1]["meta"] == {"a": [1]}
    first = program.ask("GET", f"{program.person}/images/?page_size=2").json()
    assert (first["count"], len(first["results"]), first["previous"]) == (3, 2, None)
    second = program.client.get(first["next"]).json()
    assert [one["id"] for one in second["results"]] == [page["results"][2]["id"]]
    assert second["next"] is None
    assert second["previous"].endswith("/images/?page_size=2&page=1")


def test_a_deleted_image_leaves_nothing(program: Program) -> None:
    image = program.send(face())
    program.compute(image["image_batch_id"])
    work()
    assert Image.objects.count() > 1
    path = program.path_of(image)
    assert program.ask("DELETE", path).status_code == 204
    for part in ("", "results/", "aux/"):
        assert code(program.ask("GET", path + part)) == (404, "not_found", None)
    assert code(program.ask("DELETE", path)) == (404, "not_found", None)
    assert not Image.objects.exists()
    assert not Result.objects.exists()


def test_deleting_photos_keeps_what_was_computed(program: Program) -> None:
    image = program.send(face())
    program.compute(image["image_batch_id"])
    work()
    before = results(program, image)
    assert program.ask("POST", f"{program.person}/delete_photos/").status_code == 204
    assert not Image.objects.filter(pk=image["id"]).exists()
    assert results(program, image) == before
    assert program.ask("GET", program.path_of(image, "aux/")).json()


def test_sending_a_photograph_for_analysis_states_consent(program: Program) -> None:
    image = program.send()
    person = Subject.objects.get(pk=program.subject)
    assert not person.has_consent
    program.compute(image["image_batch_id"])
    person.refresh_from_db()
    assert person.has_consent
    assert "Stated by a program" in person.consent_words
    event = AuditEvent.objects.get(action="subject_consent")
    assert (event.user, event.data["words"]) == (
        person.consented_by,
        person.consent_words,
    )


def test_withdrawn_consent_is_final(program: Program) -> None:
    image = program.send()
    person = Subject.objects.get(pk=program.subject)
    person.record_consent(None)
    person.withdraw_consent(None)
    refused = (403, "permission_denied", None)
    assert code(program.compute(image["image_batch_id"])) == refused
    path = f"subjects/{program.subject}/signed_upload_url/"
    assert code(program.ask("POST", path)) == refused
    assert not Task.objects.exists()
