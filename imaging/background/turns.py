"""Turns at a provider that takes only so many tasks at once: who is sent next."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Count

from imaging import clock
from imaging.models import ProviderControl, Stage, Task
from imaging.wakeup import wake


def give_turns(key: str) -> int:
    """Let in as many waiting tasks of a provider as it has room for; return how many.

    Each of them has its place from then on (see `Task.has_place`), and is woken.
    Whoever makes room calls this, and the watcher once a second.
    """
    waiting = Task.objects.filter(provider=key).waiting()
    bound = ProviderControl.objects.filter(provider=key, most_at_once__isnull=False)
    # Mostly there is nothing to do: that is found out without holding anything.
    if not bound.exists() or not waiting.exists():
        return 0
    with transaction.atomic():
        control = ProviderControl.objects.bounding(key)
        if control is None or not control.gives_turns or (room := control.room()) <= 0:
            return 0
        next_ones = fairest(key, room)
        now = clock.now()
        chosen = Task.objects.filter(pk__in=next_ones).queued().free()
        chosen.update(stage=Stage.SENDING, due=now, woken=now)
        for pk in next_ones:
            wake("submit", pk, queue=Task(provider=key).queue)
    return len(next_ones)


def fairest(key: str, room: int) -> list[UUID]:
    """Choose the next tasks: the team that has the fewest there goes first.

    Of one team, and of two that have as many, whoever was ordered first.
    """
    mine = Task.objects.filter(provider=key)
    counts = mine.in_place().order_by().values_list("team").annotate(Count("pk"))
    there = dict(counts)
    ranked = [
        (place + there.get(team, 0), created, pk)
        for pk, team, created, place in mine.waiting().oldest_of_each_team(room)
    ]
    return [pk for _rank, _created, pk in sorted(ranked)[:room]]
