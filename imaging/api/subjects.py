"""The people in pictures: who may be measured, on whose word, and their deletion."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Field, Query, Router, Schema, Status

from imaging.api.callers import Token
from imaging.api.native import Call, own, problem
from imaging.api.ordering import Name
from imaging.api.paging import Paging, page
from imaging.models import Refusal, Scope, Subject
from imaging.models.subjects import CONSENT

router = Router(tags=["Subjects"])


class SubjectOut(Schema):
    id: UUID
    team: UUID = Field(validation_alias="team_id")
    name: str
    notes: str
    has_consent: bool
    consented: datetime | None
    withdrawn: datetime | None
    created: datetime


class SubjectPage(Schema):
    items: list[SubjectOut]
    next: str | None


class Asked(Paging):
    team: UUID | None = None
    q: str = Field("", max_length=150, description="Words of the name.")


class SubjectIn(Schema):
    name: Name
    consent: bool = Field(description=str(CONSENT))
    team: UUID | None = None


class Consent(Schema):
    agreed: bool = Field(description="False withdraws it, and stops what runs.")


def seen(request: Call) -> QuerySet[Subject]:
    return Subject.objects.visible_to(request.user)


def mine(request: Call) -> QuerySet[Subject]:
    return Subject.objects.changeable_by(request.user).select_related("team")


@router.get("", response=SubjectPage, summary="List subjects")
def list_subjects(request: Call, asked: Query[Asked]) -> Any:
    rows = seen(request)
    if asked.team:
        rows = rows.filter(team=asked.team)
    found, following = page(rows.named(asked.q), asked)  # type: ignore[attr-defined]
    return {"items": found, "next": following}


@router.post(
    "",
    auth=Token(Scope.PROCESS),
    response={201: SubjectOut},
    summary="Record that a person has agreed",
)
def add_subject(request: Call, said: SubjectIn) -> Any:
    """Under one name there is one subject in a team: the one that is here is kept."""
    team = request.auth.adding_team(str(said.team or ""))
    found = Subject.objects.obtain(
        team, said.name, agreed=said.consent, user=request.user
    )
    return Status(201, found)


@router.post(
    "/{uuid:subject}/consent",
    auth=Token(Scope.PROCESS),
    response=SubjectOut,
    summary="Record or withdraw a consent",
)
def set_consent(request: Call, subject: UUID, said: Consent) -> Any:
    found = own(seen(request), mine(request), subject)
    if not said.agreed:
        found.withdraw_consent(request.user)
    elif not found.has_consent:
        found.record_consent(request.user)
    return found


@router.delete(
    "/{uuid:subject}",
    auth=Token(Scope.PROCESS),
    response={204: None, 409: None},
    summary="Delete a person",
)
def delete_subject(request: Call, subject: UUID) -> Any:
    """With the reports and masks of every analysis. The pictures stay."""
    found = own(seen(request), mine(request), subject)
    try:
        found.erase(request.user)
    except Refusal as refusal:
        return problem(409, "busy", refusal.message)
    return HttpResponse(status=204)
