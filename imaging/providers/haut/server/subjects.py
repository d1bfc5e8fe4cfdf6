"""Subjects: the people in the pictures, each a subject of the team here, too.

Names need not be unique there, and are here: a second one of a name gets a part of its
id behind it.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from imaging.api.callers import Caller
from imaging.models import Scope, Subject, VendorRecord
from imaging.providers.haut import wire
from imaging.providers.haut.server import erasing
from imaging.providers.haut.server.door import (
    Invalid,
    listed,
    read_body,
    searched,
    server,
)
from imaging.providers.haut.server.fields import (
    read_any,
    read_text,
    read_text_or_none,
)
from imaging.providers.haut.server.records import (
    Place,
    find,
    learn,
    number_of,
    of,
    placed,
)

CLEARED = {"birth_date": None, "biological_sex": None, "meta": None}
# How a list may be ordered.
ORDERS = {"creation_time": "number", "name": "data__name", "id": "key"}


@placed(Scope.UPLOAD)
def create_subject(request: HttpRequest, place: Place) -> JsonResponse:
    place.need_adding()
    body = read_body(request)
    facts = {"name": read_text(body, "name"), **CLEARED, **read_facts(body)}
    with transaction.atomic():
        # Nobody has said yet that they have agreed.
        person = Subject(team=place.team, owner=place.caller.user, id=uuid.uuid4())
        call(person, facts["name"])
        facts["author_id"] = number_of(place.caller.user)
        place.make("subject", person.pk, place.dataset, **facts)
    return JsonResponse(dump_subject(place, place.subject), status=201)


def call(person: Subject, name: str) -> None:
    """Give a person this name, or one like it where somebody else has it here."""
    name = " ".join(name.split())[: Subject.LONGEST]
    end = f" ({str(person.pk)[-8:]})"
    for one in (name, name[: Subject.LONGEST - len(end)] + end):
        person.name = one
        try:
            with transaction.atomic():
                person.save()
            return
        except IntegrityError:
            continue
    raise Invalid("invalid", "There is a subject of this name already.", "name")


def read_facts(body: dict[str, Any]) -> dict[str, Any]:
    """Return those of a subject's fields that were sent. Raises Invalid."""
    facts: dict[str, Any] = {}
    for name, most in (("birth_date", 64), ("biological_sex", 64)):
        if name in body:
            facts[name] = read_text_or_none(body, name, most=most)
    if "meta" in body:
        facts["meta"] = read_any(body, "meta")
    return facts


def dump_subject(place: Place, row: VendorRecord) -> dict[str, Any]:
    data = row.data
    sex = data["biological_sex"]
    return {
        "id": row.key,
        "name": data["name"],
        "birth_date": data["birth_date"],
        "biological_sex": sex
        and {"id": sex, "name": sex.replace("_", " ").capitalize(), "tech_name": sex},
        "meta": data["meta"],
        "author_id": data["author_id"],
        "creation_time": wire.dump_time(row.created),
        "company": {"id": str(place.team.pk), "name": place.team.name},
        "dataset": {"id": place.dataset.key, "name": place.dataset.data["name"]},
        "promote_image_id": None,
    }


@placed(Scope.READ)
def list_subjects(request: HttpRequest, place: Place) -> JsonResponse:
    rows = searched(request, of(place.team, "subject", place.dataset))
    return listed(
        request,
        rows,
        lambda shown: [dump_subject(place, one) for one in shown],
        order_of(request),
    )


def order_of(request: HttpRequest) -> list[str]:
    """Return the order that was asked for; as they were made, unless it is known."""
    asked = request.GET.get("ordering", "")
    by = ORDERS.get(asked.removeprefix("-"))
    return [f"-{by}" if asked.startswith("-") else by, "number"] if by else ["number"]


@placed(Scope.UPLOAD)
def change_subject(request: HttpRequest, place: Place) -> JsonResponse:
    place.need_change(place.subject)
    body = read_body(request)
    facts = read_facts(body)
    if "name" in body:
        facts["name"] = read_text(body, "name")
    with transaction.atomic():
        if (name := facts.get("name")) and place.person:
            call(place.person, name)
        learn(place.subject, **facts)
    return JsonResponse(dump_subject(place, place.subject))


@placed(Scope.UPLOAD)
def delete_subject(request: HttpRequest, place: Place) -> HttpResponse:
    erasing.forget_subjects([place])
    return HttpResponse(status=204)


@server.operation(Scope.UPLOAD)
def delete_subjects(request: HttpRequest, caller: Caller, **path: str) -> HttpResponse:
    """Delete several; none where a foreign one is among them, which is absent."""
    find(caller, path)
    said = read_body(request).get("subjects_ids")
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
        raise Invalid("invalid", "Expected a list of ids.", "subjects_ids")
    subjects = dict.fromkeys(said)
    erasing.forget_subjects(
        [find(caller, {**path, "s": one or "-"}) for one in subjects]
    )
    return HttpResponse(status=204)


@placed(Scope.UPLOAD)
def delete_photos(request: HttpRequest, place: Place) -> HttpResponse:
    """Remove the files at once; records, results and masks stay."""
    place.need_change(place.subject, *place.images())
    erasing.remove_photos(place)
    return HttpResponse(status=204)


@placed(Scope.UPLOAD)
def clear_metadata(request: HttpRequest, place: Place) -> HttpResponse:
    place.need_change(place.subject, *place.images())
    learn(place.subject, **CLEARED)
    for image in place.images():
        learn(image, meta=None)
    return HttpResponse(status=204)
