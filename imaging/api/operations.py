"""What can be done, by whom, with which options, and what would become of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from ninja import Field, Query, Router, Schema

from imaging import providers
from imaging.api.native import Call
from imaging.api.options import schema_of
from imaging.api.ordering import AT_ONCE, Name, ordered
from imaging.models import (
    Mode,
    Order,
    ProviderAccount,
    ProviderControl,
    Recipe,
    Refusal,
    Task,
    Team,
)
from imaging.models.forecasts import purse_of
from imaging.models.orders import facts_of
from imaging.providers.accounts import Account
from imaging.providers.base import Facts, Operation, Provider

router = Router(tags=["Operations"])
MOST = 2**53


class OfTeam(Schema):
    team: UUID | None = Field(None, description="Else the first team of your own.")


class ProviderOut(Schema):
    """Who does work. `usable`: something can be begun there now, with an account that
    the team has and that is not paused.
    """

    key: str
    label: str
    summary: str
    usable: bool
    paused: bool
    mode: str = Field(
        description="As the operator has set it for all: running; paused (what is "
        "begun waits); draining (nothing new is begun)."
    )
    available: bool = Field(description="Whether it answered when it was last asked.")
    local: bool = Field(description="Whether all of it is done on this machine.")
    retention_days: float | None = Field(description="How long it keeps what it made.")
    operations: list[str]


class ProviderList(Schema):
    items: list[ProviderOut]


class OperationOut(Schema):
    provider: str
    key: str
    label: str
    summary: str
    result: str = Field(description="image, report, asset, matches …")
    of_person: bool = Field(description="Whether it needs a subject who has agreed.")
    usable: bool
    options: dict[str, Any] = Field(description="JSON Schema of `options`.")


class OperationList(Schema):
    items: list[OperationOut]


class StepOut(Schema):
    provider: str
    operation: str
    options: dict[str, Any]


class RecipeOut(Schema):
    """What a team has kept. Each step works on what the one before has made."""

    id: UUID
    name: str
    steps: list[StepOut]


class RecipeList(Schema):
    items: list[RecipeOut]


class FactsIn(Schema):
    """A picture that is not here yet. Sides are upright."""

    name: str = Field("picture.jpg", max_length=150)
    format: str = Field("jpeg", max_length=20)
    size: int = Field(1_000_000, ge=1, le=MOST)
    width: int = Field(ge=1, le=1_000_000)
    height: int = Field(ge=1, le=1_000_000)
    has_alpha: bool = False
    frames: int = Field(1, ge=1, le=1_000_000)
    orientation: int = Field(1, ge=1, le=8)


class VerdictIn(Schema):
    """What would be ordered, on pictures that are here (`images`) or not (`facts`)."""

    provider: str = Field("local", max_length=40)
    operation: str = Field(max_length=40)
    options: dict[str, Any] = {}
    images: list[UUID] = Field([], max_length=AT_ONCE)
    facts: list[FactsIn] = Field([], max_length=AT_ONCE)
    team: UUID | None = None


class VerdictOut(Schema):
    """`blocked` says by which limit; `adapted` says how the picture is made to fit."""

    image: UUID | None
    name: Name
    state: str = Field(description="ok, adapted or blocked")
    reason: str
    limit: str
    measured: str
    seconds: float = Field(description="Work on this machine.")
    cost: float = Field(description="As estimated, in `unit`.")
    unit: str


class Verdicts(Schema):
    items: list[VerdictOut]
    seconds: float
    cost: float
    unit: str
    budget_left: float | None = Field(description="This month's; none: no bound.")
    balance: float | None = Field(description="As the provider said it last.")


@router.get("/providers", response=ProviderList, summary="List who does work")
def list_providers(request: Call, asked: Query[OfTeam]) -> Any:
    found = providers.providers()
    team = request.auth.team(str(asked.team or ""))
    accounts = ProviderAccount.objects.every(team, found)
    modes = ProviderControl.objects.modes()
    return {
        "items": [
            dump_provider(one, accounts.get(one.key), modes.get(one.key, Mode.RUNNING))
            for one in found
        ]
    }


def may_begin(account: Account | None, mode: str) -> bool:
    return bool(account and not account.paused and mode != Mode.DRAINING)


def dump_provider(
    provider: Provider, account: Account | None, mode: str
) -> dict[str, Any]:
    return {
        "key": provider.key,
        "label": str(provider.label),
        "summary": str(provider.summary),
        "usable": may_begin(account, mode),
        "paused": bool(account and account.paused),
        "mode": mode,
        "available": not (account and provider.credentials and account.circuit.is_open),
        "local": not provider.credentials,
        "retention_days": provider.retention_days,
        "operations": [one.key for one in provider.operations],
    }


@router.get("/operations", response=OperationList, summary="List what can be done")
def list_operations(request: Call, asked: Query[OfTeam]) -> Any:
    """With limits and prices as they are for the team's account."""
    return {"items": list(offered(request.auth.team(str(asked.team or ""))))}


def offered(team: Team) -> Iterator[dict[str, Any]]:
    found = providers.providers()
    accounts = ProviderAccount.objects.every(team, found)
    modes = ProviderControl.objects.modes()
    for provider in found:
        account = accounts.get(provider.key)
        for one in provider.operations:
            usable = may_begin(account, modes.get(provider.key, Mode.RUNNING))
            fitted = one.at(account) if account else one
            yield dump_operation(provider, fitted, usable=usable)


def dump_operation(
    provider: Provider, operation: Operation, *, usable: bool
) -> dict[str, Any]:
    return {
        "provider": provider.key,
        "key": operation.key,
        "label": str(operation.label),
        "summary": str(operation.summary),
        "result": str(operation.result),
        "of_person": operation.of_person,
        "usable": usable,
        "options": schema_of(operation.form()),
    }


@router.get("/recipes", response=RecipeList, summary="List the recipes of a team")
def list_recipes(request: Call, asked: Query[OfTeam]) -> Any:
    """Their ids are what `POST /batches` takes as `recipe`."""
    team = request.auth.team(str(asked.team or ""))
    return {"items": Recipe.objects.filter(team=team).order_by("name", "id")}


@router.post(
    "/verdicts",
    response=Verdicts,
    summary="Ask what would become of pictures",
)
def ask_verdicts(request: Call, said: VerdictIn) -> Any:
    """Nothing is begun, and no provider is asked."""
    if not said.images and not said.facts:
        raise Refusal("Name pictures that are here as `images`, others as `facts`.")
    images = ordered(request, said.images) if said.images else []
    named = request.auth.team(str(said.team or ""))
    team = images[0].team if images else named
    order = Order.of(team, said.provider, said.operation, said.options)
    files: list[tuple[UUID | None, Facts]]
    files = [(one.pk, facts_of(one)) for one in images]
    files += [(None, Facts(**one.model_dump())) for one in said.facts]
    tempo = Task.objects.tempo(team, order)
    items = [judged(order, facts, tempo) | {"image": pk} for pk, facts in files]
    taken = [one for one in items if one["state"] != "blocked"]
    purse = purse_of(team, order)
    left = purse.left if purse else None
    return {
        "items": items,
        "seconds": sum(one["seconds"] for one in taken),
        "cost": sum(one["cost"] for one in taken),
        "unit": next((one["unit"] for one in taken if one["unit"]), ""),
        "budget_left": None if left is None else float(left),
        "balance": purse.balance if purse else None,
    }


def judged(order: Order, facts: Facts, tempo: float) -> dict[str, Any]:
    """Say what an order makes of one picture."""
    verdict = order.operation.check(facts, order.options)
    needs = order.operation.estimate(facts, order.options)
    return {
        "name": facts.name,
        "state": verdict.state,
        "reason": str(verdict.reason),
        "limit": str(verdict.limit),
        "measured": str(verdict.measured),
        "seconds": needs.seconds * tempo,
        "cost": needs.cost,
        "unit": needs.unit,
    }
