"""What a program orders: which pictures, what shall be done, whom it measures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from ninja import Field, Schema
from pydantic import StringConstraints

from imaging.api.callers import NotAllowed
from imaging.api.images import mine, seen
from imaging.api.native import Call
from imaging.models import Image, Order, Recipe, Refusal, Subject, Team

AT_ONCE = 1_000
Name = Annotated[str, StringConstraints(max_length=150)]


class Person(Schema):
    """Who is measured, and that they have agreed to it."""

    name: Name
    consent: bool = Field(False, description="Record now that they have agreed.")


class BatchIn(Schema):
    """What shall be done: an operation of a provider, or a recipe of the team."""

    images: list[UUID] = Field(min_length=1, max_length=AT_ONCE)
    provider: str = Field("local", max_length=40)
    operation: str = Field("", max_length=40)
    options: dict[str, Any] = {}
    recipe: UUID | None = None
    name: Name = ""
    subject: UUID | Person | None = Field(
        None, description="Whom it measures, where it measures a person."
    )


def ordered(request: Call, pks: Sequence[UUID]) -> list[Image]:
    """Return these pictures in the order they were named. Raises NotAllowed."""
    wanted = list(dict.fromkeys(pks))
    found = mine(request).select_related("team").in_bulk(wanted)
    missing = [pk for pk in wanted if pk not in found]
    if missing and seen(request).filter(pk__in=missing).count() == len(missing):
        said = "Your role in the team of these pictures may only look at them."
        raise NotAllowed(403, "forbidden", said)
    if missing:
        raise NotAllowed(404, "not_found", f"There is no picture {missing[0]}.")
    images = [found[pk] for pk in wanted]
    if len({one.team_id for one in images}) > 1:
        raise Refusal("One batch is of one team: send the pictures of each by itself.")
    return images


def order_for(request: Call, team: Team, said: BatchIn) -> Order:
    """Return the order that is asked for. Raises Refusal."""
    if said.recipe:
        recipes = Recipe.objects.visible_to(request.user).filter(team=team)
        return get_object_or_404(recipes, pk=said.recipe).order()
    if not said.operation:
        raise Refusal("Say which operation, or which recipe of the team.")
    return Order.of(team, said.provider, said.operation, said.options)


def person_for(
    request: Call, team: Team, order: Order, said: UUID | Person | None
) -> Subject | None:
    """Return whom the order measures, who has agreed. Raises Refusal."""
    if not order.operation.of_person or said is None:
        return None
    if isinstance(said, Person):
        return Subject.objects.obtain(
            team, said.name, agreed=said.consent, user=request.user
        )
    people = Subject.objects.visible_to(request.user).filter(team=team)
    return get_object_or_404(people, pk=said)


def name_of(images: Sequence[Image], order: Order) -> str:
    """Name a batch after what is done and to what."""
    what = order.name or str(order.operation.label)
    count = f"{len(images)} pictures" if len(images) > 1 else images[0].name
    return f"{what}: {count}"
