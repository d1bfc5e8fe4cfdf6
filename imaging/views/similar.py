"""The room of pictures that look like another, which is here or only shown for it."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from imaging import pictures
from imaging.language.readout import read_out
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Blob, Image, Label, Role, Team, User
from imaging.models.imagesets import ImageQuerySet
from imaging.receiving import ReceivedFile, refused_files
from imaging.similar import find
from imaging.views.library import Tile, tiles


@dataclass(frozen=True)
class Asked:
    """The picture that others are compared with; `image` is it, if it is here."""

    name: str
    source: str
    descriptor: bytes
    image: Image | None = None


@require_GET
def image_similar(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Show what looks like one picture, beside what was made of it or it of."""
    mine = Image.objects.visible_to(request.user).select_related("blob", "team")
    image = get_object_or_404(mine, pk=pk)
    source = reverse("rendition", args=[image.pk, "320"])
    asked = Asked(image.name, source, bytes(image.blob.descriptor), image)
    root = image.parent_id or image.pk
    others = mine.exclude(pk__in=[pk, root]).exclude(parent=root)
    return page(request, image.team, asked, others)


@require_http_methods(["GET", "POST"])
def similar(request: SignedInRequest) -> HttpResponse:
    """Search the library by a picture that is sent along, and not kept."""
    team = current_team(request)
    if request.method == "GET":
        return page(request, team)
    try:
        asked = sent(request)
    except pictures.Refused as refused:
        return page(request, team, problem=read_out(refused.message))
    return page(request, team, asked, Image.objects.visible_to(request.user))


def sent(request: SignedInRequest) -> Asked:
    """Look at the picture in the form. Raises Refused."""
    for _name, refused in refused_files(request):
        raise refused
    file = cast(ReceivedFile | None, request.FILES.get("file"))
    if file is None:
        raise pictures.Refused("empty", _("Choose a picture first."), status=400)
    picture = pictures.inspect(Path(file.temporary_file_path()))
    small = next(made for made in picture.renditions if made.name == "320")
    data = base64.b64encode(small.data).decode()
    source = f"data:{small.content_type};base64,{data}"
    return Asked(pictures.clean_name(file.name or ""), source, picture.descriptor)


def page(
    request: SignedInRequest,
    team: Team,
    asked: Asked | None = None,
    images: ImageQuerySet | None = None,
    problem: str = "",
) -> HttpResponse:
    """Show the pictures of one team that look like it, and the way to ask again."""
    untold = Blob.objects.filter(team=team, stored=True, described=None)
    context = {
        "asked": asked,
        "problem": problem,
        "tiles": matches(asked, images, team, request.user)
        if asked and images is not None
        else [],
        "unfinished": untold.exists(),
        "here": reverse("similar"),
        "may_change": team.role_of(request.user) != Role.VIEWER,
        "labels": [one for one in Label if one],
    }
    status = 422 if problem else 200
    return render(request, "similar/page.html", context, status=status)


def matches(asked: Asked, images: ImageQuerySet, team: Team, user: User) -> list[Tile]:
    """Return tiles of what looks like it among these images, best first."""
    if not asked.descriptor:
        return []
    among = images.filter(team=team).whole()
    found = find(asked.descriptor, among, [team.pk])
    scores = {one.image: int(100 * one.score) for one in found}
    # What may be seen was found just now; asked again, it is all read (see `shown_of`).
    rows = Image.objects.filter(pk__in=scores).as_tiles()
    return tiles(sorted(rows, key=lambda image: -scores[image.pk]), user, scores)
