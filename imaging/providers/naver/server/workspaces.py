"""Workspaces: what Naver calls the place that is searched, a team's pictures here.

Pages "Get workspace list", "Get workspace details" and "Create workspace". Each team
is a workspace; one that a program makes is another name for its own team's pictures.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import slugify

from imaging.api.callers import Caller, NotAllowed
from imaging.models import Image, Membership, Role, Scope, Team, User, VendorRecord
from imaging.providers.naver import wire
from imaging.providers.naver.server import bodies
from imaging.providers.naver.server.entrance import (
    count_call,
    invalid,
    read_body,
    read_number,
    server,
    success,
)

KIND = "workspace"
MOST = 1_000
# Room for a number behind a name that somebody has for another workspace, too.
LENGTH = 50


@server.operation(Scope.READ)
def list_all(request: HttpRequest, caller: Caller) -> HttpResponse:
    count_call(caller, "workspaces")
    page = read_number(request, "pageNum", None)
    size = read_number(request, "pageSize", MOST, MOST)
    found = list(named(caller).items())
    shown = found[(page - 1) * size : page * size]
    makers = people([record for _name, record in shown])
    return success(
        {
            "totalCount": len(found),
            "totalPage": -(-len(found) // size),
            "pageNo": page,
            "pageSize": size,
            "content": [dump(request, *one, makers) for one in shown],
        }
    )


@server.operation(Scope.READ)
def details(request: HttpRequest, caller: Caller, workspace: str) -> HttpResponse:
    count_call(caller, "workspaces")
    record = get(caller, workspace)
    said = dump(request, workspace, record, people([record]))
    return success({**said, "monthlyAnalysisCount": analyses(caller.user, record)})


@server.operation(Scope.UPLOAD)
def create(request: HttpRequest, caller: Caller) -> HttpResponse:
    count_call(caller, "workspaces")
    wanted = read_body(request, bodies.read_workspace)
    team = caller.adding_team()
    there = named(caller)
    if wanted.name in there or len(there) >= MOST:
        raise invalid("There is a workspace of this name.")
    record, new = begin(team, wanted.name, caller.user, timezone.now(), wanted.bucket)
    if not new:
        raise invalid("There is a workspace of this name.")
    return success({"workspaceName": wanted.name, **history(record, people([record]))})


def named(caller: Caller) -> dict[str, VendorRecord]:
    """Return the caller's workspaces by their names, the oldest first.

    Two teams may each have one of the same name: somebody in both sees a number behind
    the younger one's.
    """
    teams = caller.user.own_teams()
    rows = VendorRecord.objects.of("naver", KIND).filter(team__in=teams)
    records = list(rows.order_by("number"))
    begun = {record.team_id for record in records}
    records += [begin_own(team) for team in teams if team.pk not in begun]
    found: dict[str, VendorRecord] = {}
    for record in records:
        taken = record.key in found
        found[f"{record.key}-{record.number}" if taken else record.key] = record
    return found


def get(caller: Caller, name: str) -> VendorRecord:
    """Return one of the caller's workspaces. Raises NotAllowed."""
    if record := named(caller).get(name):
        return record
    raise NotAllowed(404, "not_found", "There is no such workspace.")


def begin_own(team: Team) -> VendorRecord:
    """Name the workspace that a team is, once; renaming the team leaves it."""
    name = slugify(team.name).replace("_", "-")[:LENGTH].strip("-")
    if len(name) < 3:
        name = f"team-{name or team.pk.hex[:8]}"
    owners = Membership.objects.filter(team=team, role=Role.OWNER).order_by("created")
    owner = owners.select_related("user").first()
    return begin(team, name, owner.user if owner else None, team.created)[0]


def begin(
    team: Team, name: str, maker: User | None, made: datetime, bucket: str = ""
) -> tuple[VendorRecord, bool]:
    data = {"maker": str(maker.pk) if maker else "", "bucket": bucket}
    return VendorRecord.objects.get_or_create(
        provider="naver",
        kind=KIND,
        team=team,
        key=name,
        defaults={"data": data, "created": made},
    )


def people(records: Sequence[VendorRecord]) -> dict[str, str]:
    """Return the names of those who made these, by their ids."""
    pks = {record.data["maker"] for record in records} - {""}
    users = User.objects.in_bulk([uuid.UUID(pk) for pk in pks])
    return {str(pk): str(user) for pk, user in users.items()}


def dump(
    request: HttpRequest, name: str, record: VendorRecord, makers: dict[str, str]
) -> dict[str, Any]:
    said = {
        "workspaceName": name,
        "workspaceUrl": request.build_absolute_uri(wire.workspace_path(name)),
    }
    if bucket := record.data["bucket"]:
        said["bucketName"] = bucket
    return said | history(record, makers)


def history(record: VendorRecord, makers: dict[str, str]) -> dict[str, Any]:
    """Say who made a workspace and when; nothing changes it after that."""
    maker = makers.get(record.data["maker"], "")
    moment = f"{record.created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    names = ("createdUserName", "createdTime", "updatedUserName", "updatedTime")
    return dict(zip(names, (maker, moment) * 2, strict=True))


def analyses(user: User, record: VendorRecord) -> int:
    """Count the pictures that were stored, and so looked at, this month (UTC)."""
    now = timezone.now().astimezone(UTC)
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    seen = Image.objects.visible_to(user).filter(team=record.team_id)
    return seen.filter(created__gte=month).count()
