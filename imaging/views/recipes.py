"""The room of the recipes: what a team keeps to do again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from imaging.middleware import SignedInRequest, current_team
from imaging.models import Recipe


@require_GET
def recipes(request: SignedInRequest) -> HttpResponse:
    """List the recipes of the team in use, with their steps."""
    here = Recipe.objects.filter(team=current_team(request))
    context = {
        "recipes": here.visible_to(request.user),
        "may_change": here.changeable_by(request.user).exists(),
    }
    return render(request, "recipes/page.html", context)


@require_POST
def recipe_set(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Take the last step off a recipe of two or more."""
    recipe = get_object_or_404(Recipe.objects.changeable_by(request.user), pk=pk)
    # As it was read: pressed twice at once, it takes one step off.
    as_read = Recipe.objects.filter(pk=pk, changed=recipe.changed)
    if len(recipe.kept) > 1:
        as_read.update(kept=recipe.kept[:-1], changed=timezone.now())
    return redirect("recipes")


@require_POST
def recipe_remove(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Delete a recipe; what was begun by it goes on as it was begun."""
    recipe = get_object_or_404(Recipe.objects.changeable_by(request.user), pk=pk)
    recipe.delete()
    messages.success(request, _("%s is deleted.") % recipe.name)
    return redirect("recipes")
