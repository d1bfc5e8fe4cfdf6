"""Tasks: begun for credits, looked at, listed."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, JsonResponse

from imaging.api.addresses import address
from imaging.api.callers import Caller, NotAllowed, read_uuid
from imaging.api.serving import Wanted, order_of, via
from imaging.models import Image, Scope, State, Task, VendorRecord
from imaging.models.tasksets import TaskQuerySet
from imaging.providers.kokoon import wire
from imaging.providers.kokoon.server import asked, images
from imaging.providers.kokoon.server.answers import (
    BEFORE_WORK,
    ENDED,
    dump_request,
    dump_row,
    dump_task,
    price_of,
)
from imaging.providers.kokoon.server.credit import suffices
from imaging.providers.kokoon.server.door import DOOR, KEPT_DAYS, server

# How strongly noise is removed, and grain added, where a program wishes that.
DENOISE, GRAIN = 40, 25
PREVIEW_SIDE = 1600
OPERATION = "upscale"
FILTERS = ("task_type", "step", "page_size", "page_num", "start_date", "end_date")
TYPES = (wire.FULL, wire.PREVIEW)


@server.operation(Scope.PROCESS)
def create_task(request: HttpRequest, caller: Caller) -> JsonResponse:
    """Begin a task, if there is credit for it; its result has an id from now on."""
    wanted = asked.read_wanted(request.body)
    image = images.original(caller, wanted.vid)
    if not Image.objects.changeable_by(caller.user).filter(pk=image.pk).exists():
        raise NotAllowed(403, "forbidden", "this image is not yours to process")
    order = order_of(image.team, DOOR, OPERATION, options_of(wanted))
    way = via(request, DOOR, keep_days=KEPT_DAYS)
    with transaction.atomic():
        price = price_of(wanted)
        if price and not suffices(image.team, price):
            raise NotAllowed(402, "insufficient_credit", "insufficient credit")
        batch = Task.objects.start(
            [image], order, team=image.team, user=caller.user, via=way
        )
        task = batch.tasks.get()
        VendorRecord.objects.create(
            provider=DOOR,
            kind=wanted.task_type,
            team=image.team,
            key=task.pk.hex,
            data={"request": dump_request(wanted), "price": price},
        )
        if order.options.get("category") != wanted.category:
            Image.objects.note_category([image], wanted.category)
    ids = {"tid": task.pk, "in_vid": image.pk, "out_vid": task.result_id}
    return JsonResponse({name: str(one) for name, one in ids.items()})


def options_of(wanted: wire.Wanted) -> Wanted:
    """Say what is wanted in the words of each provider that may do it."""
    size = {"width": wanted.width, "height": wanted.height, "stretch": True}
    form = "jpg" if wanted.format == "jpeg" else wanted.format
    common = {**size, "category": wanted.category, "format": form}
    switches = {name: bool(wanted.switches.get(name)) for name in wire.SWITCHES}
    heard = {} if wanted.category in wire.UNSWITCHED else switches
    own = {
        "any_size": True,
        "engine": "" if wanted.use_sr else "plain",
        "denoise": DENOISE if heard.get("denoise") else 0,
        "grain": GRAIN if heard.get("add_noise") else 0,
        "format": "jpeg" if form == "jpg" else form,
    }
    further = {
        **switches,
        "use_sr": wanted.use_sr,
        "input_quality": wanted.input_quality,
        "preview": wanted.task_type == wire.PREVIEW,
    }
    return {"": common, "local": common | own, DOOR: common | further}


@server.operation(Scope.READ)
def get_task(request: HttpRequest, caller: Caller, tid: str) -> JsonResponse:
    """Describe one task of this door."""
    pk = read_uuid(tid)
    task = shown(caller).filter(pk=pk).first()
    row = VendorRecord.objects.filter(provider=DOOR, kind__in=TYPES, key=pk.hex).first()
    if task is None or row is None:
        raise NotAllowed(404, "not_found", "There is no such task.")
    before, after = previews(request, caller, task, row.kind)
    return JsonResponse(dump_task(task, row.data["request"], before, after))


def previews(
    request: HttpRequest, caller: Caller, task: Task, kind: str
) -> tuple[str | None, str | None]:
    """Return where a preview is seen before and after, smaller than a result is.

    Before is what the provider shows beside its preview, else the original.
    """
    if kind != wire.PREVIEW or task.state != State.COMPLETED:
        return None, None
    seen = Image.objects.visible_to(caller.user).select_related("blob")
    after = seen.filter(pk=task.result_id).first()
    beside = seen.filter(task=task, layer=True).first()
    before = beside or seen.filter(pk=task.image_id).first()

    def at(image: Image | None) -> str | None:
        return address(request, image, caller.user, PREVIEW_SIDE) if image else None

    return at(before), at(after)


@server.operation(Scope.READ)
def list_tasks(request: HttpRequest, caller: Caller) -> JsonResponse:
    """List the tasks of this door, the newest first, by the filters."""
    query = asked.query_of(request)
    rows = filtered(shown(caller), query)
    page = list(rows.order_by("-created", "-pk")[asked.page_in(query)])
    keys = [task.pk.hex for task in page]
    kept = VendorRecord.objects.filter(provider=DOOR, kind__in=TYPES, key__in=keys)
    requests = {row.key: row.data["request"] for row in kept}
    found = [dump_row(task, requests[task.pk.hex]) for task in page]
    count = {"all_count": rows.count(), "curr_count": len(found)}
    said = asked.echoed(query, *FILTERS)
    return JsonResponse({**count, **said, "sr_tasks": found})


def shown(caller: Caller) -> TaskQuerySet:
    """Return the tasks of this caller's teams that came through this door."""
    return Task.objects.visible_to(caller.user).filter(batch__door=DOOR)


def filtered(rows: TaskQuerySet, query: dict[str, str]) -> TaskQuerySet:
    """Choose tasks as a query says. Raises NotAllowed."""
    kind = asked.choice_in(query, "task_type", *TYPES)
    if kind:
        rows = rows.filter(images.of_type(kind, "pk"))
    if steps := asked.steps_in(query):
        chosen = Q(pk__in=[])
        for step in steps:
            chosen |= at_step(step)
        rows = rows.filter(chosen)
    days = asked.days_in(query)
    return rows.filter(**{f"created__{name}": at for name, at in days.items()})


def at_step(step: str) -> Q:
    """Select the tasks at one of Kokoon's steps."""
    early = Q(stage__in=BEFORE_WORK)
    return {
        **{said: Q(state=state) for state, said in ENDED.items()},
        "ready": Q(state=State.PENDING),
        "preparing": Q(state=State.PROCESSING) & early,
        "running": Q(state=State.PROCESSING) & ~early,
    }.get(step, Q(pk__in=[]))
