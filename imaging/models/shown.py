"""What people read of a task: in words, in steps, by its provider's own name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.forms import Field
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from imaging import providers
from imaging.models.states import HERE, OPEN, STEPS, Stage, State
from imaging.providers.base import Operation, OptionsForm, Provider

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Shown:
    """The columns of a task as people read them."""

    provider: Any
    operation: Any
    options: Any
    state: Any
    stage: Any
    progress: Any
    ticket: Any
    queue: Any
    began: Any
    finished: Any

    def known_provider(self) -> Provider | None:
        """Return its provider; None when it is no longer installed."""
        try:
            return providers.get(self.provider)
        except KeyError:
            return None

    def known_operation(self) -> Operation | None:
        """Return its operation; None when that is no longer installed."""
        try:
            return providers.operation(self.provider, self.operation)
        except KeyError:
            return None

    @property
    def kept_until(self) -> datetime | None:
        """Return when the provider deletes what it made: its word, else its rule."""
        if said := moment(str(self.ticket.get("expires") or "")):
            return said
        provider = self.known_provider()
        days = provider.retention_days if provider else None
        return self.began + timedelta(days=days) if days and self.began else None

    @property
    def label(self) -> str | _StrPromise:
        """Return what to say of it in one word: its stage while it runs."""
        return (
            Stage(self.stage).label if self.state in OPEN else State(self.state).label
        )

    @property
    def provider_label(self) -> str:
        return label_of(self.provider)

    @property
    def operation_label(self) -> str:
        known = self.known_operation()
        return str(known.label) if known else self.operation

    @property
    def alternatives(self) -> list[Provider]:
        """Return the other providers that do the same kind of work."""
        return [
            one
            for one in providers.providers()
            if one.key != self.provider
            and self.operation in (offered.key for offered in one.operations)
        ]

    @property
    def options_shown(self) -> list[tuple[str, Any]]:
        """Return its options as people read them: label and value."""
        if not (known := self.known_operation()):
            return list(self.options.items())
        form = known.form()
        idle = without_effect(form, self.options)
        return [
            (str(field.label or name), said(field, value))
            for name, value in self.options.items()
            if (field := form.fields.get(name))
            and name not in idle
            and is_worth_saying(field, value)
        ]

    @property
    def options_brief(self) -> list[str]:
        """Return what was chosen, in a word each; of a box that is ticked, its name."""
        return [
            name if value == _("yes") else str(value)
            for name, value in self.options_shown
        ]

    @property
    def steps(self) -> list[str]:
        """Return "done", "now" or "" for each step on the way, as people see it."""
        stages = HERE if self.queue == "engine" else STEPS
        here = next((at for at, some in enumerate(stages) if self.stage in some), 0)
        return [
            "done" if at < here else "now" * (at == here) for at in range(len(stages))
        ]

    @property
    def percent(self) -> int | None:
        """Return how far the work itself is, where somebody says."""
        return self.progress if self.stage in {Stage.WORKING, Stage.REMOTE} else None

    @property
    def job_id(self) -> str:
        """Return the provider's own name of this job, where it has one."""
        provider = self.known_provider()
        return str(self.ticket.get(provider.job_id, "")) if provider else ""


def moment(text: str) -> datetime | None:
    """Read what a provider calls a moment, in UTC; None where there is no such one."""
    try:
        if not (said := parse_datetime(text)):
            return None
        return (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def without_effect(form: OptionsForm, options: Mapping[str, Any]) -> set[str]:
    """Name the options that belong to a box which is not ticked."""
    return {
        one.name
        for lead, *others in form.groups()
        if not options.get(lead.name)
        for one in others
    }


def label_of(provider: str) -> str:
    """Return a provider's name; its key when it is no longer installed."""
    try:
        return str(providers.get(provider).label)
    except KeyError:
        return provider


def is_worth_saying(field: Field, value: Any) -> bool:
    """Leave out what nobody has chosen: an empty box that was so to begin with."""
    if value is False:
        return bool(field.initial)
    return value not in (None, "")


def said(field: Field, value: Any) -> Any:
    """Return the value of an option as people read it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return choices(field).get(value, value)


def choices(field: Field) -> dict[Any, Any]:
    """Return what a form field lets people choose from: value and label."""
    return dict(getattr(field, "choices", ()))
