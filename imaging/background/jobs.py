"""A task as its provider sees it: the job, and the others of the same order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from django.db.models import Q

from imaging import providers
from imaging.failures import ProviderError
from imaging.models import State, Task
from imaging.models.orders import facts_of
from imaging.providers.accounts import Account
from imaging.providers.base import Companion, Job, Provider, Ticket

Progressing = Callable[[float], None]


def unheard(fraction: float) -> None:
    """Show no progress: there is nobody here to be shown it."""


def job_of(
    task: Task, account: Account, scratch: Path, progress: Progressing = unheard
) -> Job:
    """Return what a provider needs to work on a task. Needs its image and subject."""
    if task.image is None:
        raise ProviderError("The picture was deleted.", "image_deleted", permanent=True)
    return Job(
        id=str(task.pk),
        attempt=task.attempt,
        operation=task.operation,
        options=task.options,
        facts=facts_of(task.image),
        scratch=scratch,
        source=task.image.blob.local_copy,
        progress=progress,
        account=account,
        person=task.subject.person if task.subject else None,
        companions=partial(companions_of, task, account, scratch),
    )


def companions_of(task: Task, account: Account, scratch: Path) -> list[Companion]:
    """Return the tasks of the same order and person, this one too, in their order.

    Those that were refused before they began are left out: they never come.
    """
    order = Task.objects.filter(
        batch=task.batch_id,
        provider=task.provider,
        operation=task.operation,
        subject=task.subject_id,
        image__isnull=False,
    )
    begun = order.exclude(Q(code="blocked"), Q(began=None), Q(state=State.ERROR))
    return [
        Companion(
            job=job_of(one, account, scratch / str(one.pk)),
            ticket=one.ticket,
            over=not one.is_open,
        )
        for one in begun.select_related("image__blob", "subject").order_by(
            "created", "pk"
        )
    ]


def provider_of(key: str) -> Provider:
    """Return a task's provider, if it is still installed."""
    try:
        return providers.get(key)
    except KeyError as error:
        gone = f"The provider {key} is no longer installed."
        raise ProviderError(gone, "no_provider", permanent=True) from error


def entered(account: Account | None) -> Account:
    """Return the account of a task's team, which may have been taken away."""
    if account is None:
        raise ProviderError(
            "Your team has no account with this provider any more.",
            "no_account",
            permanent=True,
            hint="Enter its keys again in the team's settings, then retry.",
        )
    return account


def ticket_of(task: Task) -> Ticket:
    """Return the provider's memory of this task, saved under our fence."""
    return Ticket(task.ticket, lambda facts: task.change(ticket=facts))
