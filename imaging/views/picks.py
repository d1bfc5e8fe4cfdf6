"""What guests have picked, as the team sees it: looked at, exported, worked on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from django.db.models import Count, Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from imaging.middleware import SignedInRequest
from imaging.models import Image, Pick, PickList
from imaging.views.chosen import is_uuid, last_seen
from imaging.views.galleries import visible
from imaging.views.sheets import BOM, line

# Lists on a page, and how many pictures of each; of one by itself all.
PAGE, SHOWN, MOST = 20, 24, 2_000
FORMS = {"txt": "text/plain; charset=utf-8", "csv": "text/csv; charset=utf-8"}


@require_safe
def picks(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what was picked in a gallery, sent last first; `list` is one by itself."""
    gallery = visible(request, pk)
    mine = PickList.objects.visible_to(request.user).filter(link__gallery=gallery)
    alone = is_uuid(asked := request.GET.get("list", ""))
    rows = mine.filter(pk=asked) if alone else mine.newest(last_seen(request, mine))
    hung = Pick.objects.shown().in_order().select_related("image__blob")
    first = hung[:MOST] if alone else hung[:SHOWN]
    found = list(
        rows.with_count()
        .select_related("link")
        .prefetch_related(Prefetch("picks", first, to_attr="first"))[: PAGE + 1]
    )
    free = workable(request, found)
    waiting = PickList.objects.filter(link__gallery=gallery, sent=None)
    context = {
        "gallery": gallery,
        "lists": [(one, free.get(one.pk, 0)) for one in found[:PAGE]],
        "alone": alone,
        "last": found[PAGE - 1] if found[PAGE:] else None,
        "choosing": waiting.filter(picks__isnull=False).distinct().count(),
    }
    return render(request, "picks/page.html", context)


def workable(
    request: SignedInRequest, lists: Sequence[PickList]
) -> dict[uuid.UUID, int]:
    """Count in each list what this person may work on."""
    mine = Image.objects.changeable_by(request.user)
    rows = Pick.objects.shown().filter(list__in=lists, image__in=mine)
    counted = rows.order_by().values("list").annotate(n=Count("pk"))
    return dict(counted.values_list("list", "n"))


@require_safe
def picks_download(request: SignedInRequest, pk: uuid.UUID, form: str) -> HttpResponse:
    """Hand out the names of what was picked: as text to paste, or as a table."""
    if form not in FORMS:
        raise Http404
    found = get_object_or_404(PickList.objects.visible_to(request.user), pk=pk)
    rows = found.picks.shown().in_order().select_related("image__parent")
    text = ", ".join(names(rows)) if form == "txt" else table(found, rows)
    name = slugify(f"picks {found.name} {found.link.gallery}")[:80]
    answer = HttpResponse(text, content_type=FORMS[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def names(rows: QuerySet[Pick]) -> Iterator[str]:
    """Name each file as it came from the camera, once, without its ending.

    Results are called after their original: it is that which is looked for elsewhere.
    """
    found = {stem((row.image.parent or row.image).name): None for row in rows}
    return iter(found)


def stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def table(found: PickList, rows: QuerySet[Pick]) -> str:
    """Write a line for each picture, with who picked it and when."""
    lines = [line(["number", "name", "original", "picked by", "picked", "note"])]
    for row in rows:
        names = [row.image.name, (row.image.parent or row.image).name, found.name]
        at = row.at.isoformat(timespec="seconds")
        lines.append(line([row.number, *names, at, found.note]))
    return BOM + "".join(lines)
