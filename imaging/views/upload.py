"""The room where pictures come in, and where work on them is begun."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from imaging import pictures, providers
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Image, Order, Refusal, Role, Task
from imaging.providers.base import Operation, OptionsForm, Provider
from imaging.receiving import refused_files

AT_ONCE = 1_000
VIEWERS = _lazy("Viewers cannot add pictures. Ask an owner of the team.")


@dataclass(frozen=True)
class Offer:
    """One operation of one provider, with its options as a form."""

    provider: Provider
    operation: Operation
    form: OptionsForm

    @property
    def value(self) -> str:
        return f"{self.provider.key}:{self.operation.key}"

    def order(self) -> Order:
        """Return the order that the sent form asks for. Raises Refusal."""
        if not self.form.is_valid():
            raise Refusal(_("Please look at the options again."))
        return Order.of(self.provider.key, self.operation.key, self.form.cleaned_data)


def offers(data: Mapping[str, Any] | None = None) -> list[Offer]:
    """Return everything that can be done; the chosen one's options come from `data`."""
    chosen = (data or {}).get("order")
    found = []
    for provider in providers.providers():
        for operation in provider.operations:
            value = f"{provider.key}:{operation.key}"
            sent = data if chosen == value else None
            form = operation.form(sent, prefix=value, initial=operation.defaults())
            found.append(Offer(provider, operation, form))
    return found


def chosen(found: Sequence[Offer], value: str | None) -> Offer | None:
    """Return the offer of this value; None when nothing was chosen."""
    return next((offer for offer in found if offer.value == value), None)


@login_required
@require_http_methods(["GET", "POST"])
def upload(request: SignedInRequest) -> HttpResponse:
    """Take pictures and begin work on them in the same step (needs no script)."""
    found = offers(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {
        "offers": found,
        "key": uuid.uuid4(),
        "max_megapixels": f"{settings.MAX_MEGAPIXELS:g}",
    }
    if request.method == "GET":
        context["may_add"] = may_add(request)
        return render(request, "upload/page.html", context)
    try:
        offer = chosen(found, request.POST.get("order"))
        order = offer.order() if offer else None
        images, refused = store_all(request)
        if images:
            tell_refused(request, refused)
            return begin(request, images, order)
        context["refused"] = refused
    except Refusal as refusal:
        context["problem"] = refusal.message
    context["may_add"] = may_add(request)
    return render(request, "upload/page.html", context, status=422)


@login_required
@require_POST
def upload_file(request: SignedInRequest) -> JsonResponse:
    """Take one picture, for the upload panel; answer what became of it."""
    sent = request.FILES.get("file")
    refused = [error for _name, error in refused_files(request)]
    if sent is None and not refused:
        problem = _("No file came with this request. Choose a picture.")
        return JsonResponse({"code": "empty", "message": problem}, status=400)
    if not may_add(request):
        return JsonResponse({"code": "viewer", "message": VIEWERS}, status=403)
    try:
        if sent is None:
            raise refused[0]
        image = store(request, sent)
    except pictures.Refused as error:
        said = {"code": error.code, "message": error.message}
        return JsonResponse(said, status=error.status)
    return JsonResponse(
        {
            "id": str(image.pk),
            "name": image.name,
            "size": image.blob.size,
            "width": image.blob.width,
            "height": image.blob.height,
            "url": reverse("image", args=[image.pk]),
            "thumbnail": reverse("rendition", args=[image.pk, "320"]),
        },
        status=201,
    )


@login_required
@require_POST
def process(request: SignedInRequest) -> HttpResponse:
    """Begin work on pictures that are here already."""
    team = current_team(request)
    asked = [one for one in request.POST.getlist("image") if is_uuid(one)]
    mine = Image.objects.changeable_by(request.user).filter(team=team, pk__in=asked)
    images = list(mine.select_related("blob").order_by("created", "id")[:AT_ONCE])
    try:
        offer = chosen(offers(request.POST), request.POST.get("order"))
        return begin(request, images, offer.order() if offer else None)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("upload")


def begin(
    request: SignedInRequest, images: Sequence[Image], order: Order | None
) -> HttpResponse:
    """Start the order, and go where the work can be watched."""
    if order is None:
        text = ngettext("%d picture is stored.", "%d pictures are stored.", len(images))
        messages.success(request, text % len(images))
        return redirect("library")
    batch = Task.objects.start(
        images,
        order,
        team=current_team(request),
        user=request.user,
        name=name_of(images, order),
        key=uuid.UUID(key) if is_uuid(key := request.POST.get("key", "")) else None,
    )
    return redirect("batch", batch.pk)


def name_of(images: Sequence[Image], order: Order) -> str:
    """Name a batch after what is done and to what."""
    what = str(order.operation.label)
    if not images:
        return what
    if len(images) == 1:
        return f"{what}: {images[0].name}"
    count = ngettext("%d picture", "%d pictures", len(images)) % len(images)
    return f"{what}: {count}"


def store_all(
    request: SignedInRequest,
) -> tuple[list[Image], list[tuple[str, pictures.Refused]]]:
    """Store every file that was sent; return the images, and what was refused why."""
    if not may_add(request):
        raise Refusal(str(VIEWERS))
    images, refused = [], list(refused_files(request))
    for sent in request.FILES.getlist("files"):
        try:
            images.append(store(request, sent))
        except pictures.Refused as error:
            refused.append((pictures.clean_name(sent.name or ""), error))
    if not images and not refused:
        raise Refusal(_("Choose at least one picture first."))
    return images, refused


def store(request: SignedInRequest, sent: UploadedFile) -> Image:
    """Put one sent file through the one way in."""
    return Image.objects.store(
        Path(sent.temporary_file_path()),  # type: ignore[attr-defined]
        team=current_team(request),
        owner=request.user,
        name=sent.name or "",
        digest=sent.digest,  # type: ignore[attr-defined]
    )


def tell_refused(
    request: SignedInRequest, refused: Sequence[tuple[str, pictures.Refused]]
) -> None:
    """Say of each refused file why, on the next page."""
    for name, error in refused[:10]:
        messages.error(request, f"{name}: {error.message}")
    if more := len(refused[10:]):
        messages.error(request, _("And %d more files were refused.") % more)


def may_add(request: SignedInRequest) -> bool:
    """Say whether this person may add pictures to the team in use."""
    role = current_team(request).role_of(request.user)
    return role in {Role.OWNER, Role.EDITOR, Role.CONTRIBUTOR}


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
