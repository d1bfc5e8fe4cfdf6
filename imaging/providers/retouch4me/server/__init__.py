"""Retouch4me's media processing server, as this house answers it.

*Media Processing Server Documentation* and retouch4.me/docs/cloud_retouching_api/en.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path

from imaging.api.callers import Caller, NotAllowed
from imaging.api.serving import Server
from imaging.delivery import downloads
from imaging.delivery.transfer import send
from imaging.models import Image, Scope, State, Task
from imaging.outgoing.reply import read_json
from imaging.providers.retouch4me import wire
from imaging.providers.retouch4me.server.archive import archived
from imaging.providers.retouch4me.server.beginning import begin
from imaging.providers.retouch4me.server.entrance import let_in, received, wrong
from imaging.providers.retouch4me.server.jobs import Job, absent
from imaging.providers.retouch4me.server.payload import DOOR, RETOUCH
from imaging.providers.retouch4me.server.quota import account_of, left_in_all

OPERATION = RETOUCH
# What is said of errors that the vendor's pages have no code for.
AS = {413: 400, 415: 400, 422: 400, 508: 462}
OLD_TOKENS, OLD_MODES = ("retouchtoken", "token"), ("modes[]", "modes")


def refuse(refused: NotAllowed) -> HttpResponseBase:
    status = AS.get(refused.status, refused.status)
    answer = JsonResponse(wire.dump_error(status, refused.message), status=status)
    # Django would log the path, and a job's id in it is its secret.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


def enter(request: HttpRequest, scope: str) -> Caller:
    return let_in(request, request.headers.get(wire.TOKEN, ""), scope)


server = Server(DOOR, enter, refuse)


@server.open_operation
def start(request: HttpRequest) -> HttpResponseBase:
    """Take one picture and what is to be done with it."""
    with received(request) as sent:
        job = begin(request, sent)
    return JsonResponse(wire.dump_started(job.id, job.quota))


@server.open_operation
def status(request: HttpRequest, id: str) -> HttpResponseBase:
    """Say how a job stands; its id is all that is asked for."""
    return JsonResponse(Job.find(id).dump())


@server.open_operation
def get_file(request: HttpRequest, id: str) -> HttpResponseBase:
    """Hand out the result of a job that is completed: one picture, or its layers."""
    job = Job.find(id)
    if job.task.state != State.COMPLETED:
        raise absent()
    kept = Image.objects.kept().filter(team_id=job.task.team_id)
    image = kept.select_related("blob").filter(pk=job.task.result_id).first()
    if image is None:
        raise absent()
    if job.record.data["archive"]:
        return archived(request, job)
    stored = downloads.original_of(image, downloads.KEEP_NOT)
    return send(request, stored, "attachment")


@server.open_operation
def limits(request: HttpRequest) -> HttpResponseBase:
    """Say what is taken."""
    return JsonResponse(wire.dump_limits())


@server.open_operation
def balance(request: HttpRequest) -> HttpResponseBase:
    """Say how many credits are left, by mode."""
    try:
        caller = enter(request, Scope.READ)
    except NotAllowed as refused:
        raise as_over(refused) from refused
    try:
        said = read_json(request.body or b"{}")
    except (ValueError, RecursionError):
        raise wrong("the body is no JSON") from None
    modes = said.get("modes", [wire.MODE]) if isinstance(said, dict) else None
    if not isinstance(modes, list):
        raise wrong("modes is a list")
    return JsonResponse({"status": 200, "remaining": remaining(caller, modes)})


def as_over(refused: NotAllowed) -> NotAllowed:
    """Say 401 of any token that opens nothing, as the newer pages have it."""
    if refused.status != 460:
        return refused
    return NotAllowed(401, refused.code, wire.TOKEN_OVER)


@server.open_operation
def old_balance(request: HttpRequest) -> HttpResponseBase:
    """Say the same as it was asked before: by a form that has the token."""
    form = request.POST
    tokens = [form[name] for name in OLD_TOKENS if form.get(name)]
    tokens.append(request.headers.get(wire.TOKEN, ""))
    try:
        caller = let_in(request, tokens[0], Scope.READ)
    except NotAllowed as refused:
        if refused.status == 401:
            raise NotAllowed(460, refused.code, wire.TOKEN_ISSUE) from refused
        raise
    modes = [mode for name in OLD_MODES for mode in form.getlist(name)]
    return JsonResponse({"remaining": remaining(caller, modes or [wire.MODE])})


def remaining(caller: Caller, modes: list[Any]) -> dict[str, int]:
    """Return the credits of the modes there are."""
    if wire.MODE not in modes:
        return {}
    return {wire.MODE: left_in_all(account_of(caller.team()))}


def hooked(task: Task) -> dict[str, Any]:
    """Return what is told when a task has ended: its status, and which it is."""
    job = Job.of(task)
    return {**job.dump(), "id": job.id} if job else {}


urlpatterns = [
    path(wire.START[1:], server.by_method(POST=start)),
    path(wire.status_path("<str:id>")[1:], server.by_method(GET=status)),
    path(wire.file_path("<str:id>")[1:], server.by_method(GET=get_file)),
    path(wire.LIMITS[1:], server.by_method(GET=limits)),
    path(wire.BALANCE[1:], server.by_method(POST=balance)),
    path(wire.OLD_BALANCE[1:], server.by_method(POST=old_balance)),
]
