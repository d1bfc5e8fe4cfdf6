"""What a provider is: the words that the registry, the worker and the pages share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from django import forms

from imaging import faults
from imaging.failures import OutcomeUnknown, ProviderError
from imaging.providers.accounts import Account, Credential


class ResultKind(StrEnum):
    """What a task produces."""

    IMAGE = "image"
    LAYER = "layer"
    REPORT = "report"
    ASSET = "asset"
    MATCHES = "matches"


@dataclass(frozen=True)
class Facts:
    """What a provider may know of a picture before it gets the bytes.

    `width` and `height` are upright; `orientation` is EXIF's, 1 where the file is so.
    """

    name: str
    format: str
    size: int
    width: int
    height: int
    has_alpha: bool = False
    frames: int = 1
    orientation: int = 1

    @property
    def megapixels(self) -> float:
        return self.width * self.height / 1e6


@dataclass(frozen=True)
class Person:
    """The one whose face a job measures, who has agreed to it."""

    id: str
    name: str


@dataclass(frozen=True)
class Verdict:
    """Whether a provider takes a picture: ok, adapted (how), blocked (limit, value)."""

    state: str = "ok"
    reason: str = ""
    limit: str = ""
    measured: str = ""

    @property
    def blocked(self) -> bool:
        return self.state == "blocked"


@dataclass(frozen=True)
class Estimate:
    """What one task will take: seconds of work here, and cost in `unit`."""

    seconds: float = 0
    cost: float = 0
    unit: str = ""


@dataclass(frozen=True)
class Progress:
    """What a provider says of a job: `percent` 0 to 100 only where it gives one."""

    done: bool = False
    percent: int | None = None
    message: str = ""


@dataclass(frozen=True)
class Output:
    """One thing that a task produced: a file at `path`, or values in `data`.

    `said` tells people what was done or found, where that is not plain to see.
    """

    kind: ResultKind
    name: str
    path: Path | None = None
    data: dict[str, Any] = field(default_factory=dict)
    said: str = ""


FREE = "free"


def in_doubt(ticket: Mapping[str, Any]) -> bool:
    """Say whether something was perhaps paid whose answer never came."""
    return any(
        value is True and name.removesuffix(":intended") not in ticket
        for name, value in ticket.items()
        if name.endswith(":intended")
    )


def nobody_knows() -> Any:
    """Look up a job whose provider cannot be asked. Raises OutcomeUnknown."""
    raise OutcomeUnknown(
        "The provider may or may not have taken this job: its answer never came, and "
        "it cannot be asked.",
        permanent=True,
        hint="Look at the provider's own list, then retry or dismiss.",
    )


class Ticket(dict[str, Any]):
    """A provider's own memory of one job; saved at once, each time it learns something.

    It lets `submit` be entered again after a crash and go on where it was.
    """

    def __init__(self, facts: Mapping[str, Any], save: Callable[[dict], None]) -> None:
        super().__init__(facts)
        self._save = save

    def learn(self, **facts: Any) -> None:
        """Remember these facts, committed before this returns."""
        self.update(facts)
        self._save(dict(self))

    def once(
        self,
        name: str,
        call: Callable[[], Any],
        *,
        look_up: Callable[[], Any] | None = None,
        repeatable: bool = False,
        free: bool = False,
    ) -> Any:
        """Make a call that costs something, once, and remember its answer as `name`.

        The intent is committed before the call. When an earlier try ended without an
        answer, `look_up` asks the provider whether that job exists (None: surely not);
        `repeatable` says that the provider recognises a repetition by itself, as with
        an idempotency key. Where neither is so, nobody can tell: OutcomeUnknown.
        What is `free` may be made again in a new attempt without asking anybody.
        """
        if name in self:
            return self[name]
        intent = f"{name}:intended"
        if intent in self and not repeatable:
            found = (look_up or nobody_knows)()
            if found is not None:
                self.learn(**{name: found})
                return found
        self.learn(**{intent: FREE if free else True})
        faults.reach("intent-saved")
        try:
            answer = call()
        except OutcomeUnknown:
            raise
        except ProviderError:
            # A refusal is an answer: nothing was started, the call may be made again.
            del self[intent]
            self.learn()
            raise
        faults.reach("answered")
        self.learn(**{name: answer})
        faults.reach("ticket-saved")
        return answer


@dataclass(frozen=True)
class Job:
    """One task as its provider sees it.

    `source()` lends the path of the original's bytes. `scratch` is an empty folder
    that goes away with the act. `progress(fraction)` shows progress from 0 to 1 and
    raises Cancelled or Superseded when the work is no longer wanted; call it often.
    `account` is that of the task's team. `companions()` returns the jobs of the same
    order, this one too, in their order; the scratch of another is not made yet.
    """

    id: str
    attempt: int
    operation: str
    options: Mapping[str, Any]
    facts: Facts
    scratch: Path
    source: Callable[[], AbstractContextManager[Path]]
    progress: Callable[[float], None]
    account: Account = Account()
    # Known to every operation that is `of_person`.
    person: Person | None = None
    companions: Callable[[], Sequence[Companion]] = tuple

    @property
    def key(self) -> str:
        """Return what names this job to the provider: another for each paid attempt."""
        return self.id if self.attempt == 1 else f"{self.id}-{self.attempt}"


@dataclass(frozen=True)
class Companion:
    """A job of an order as another of it sees it: what it knows, and whether it ended.

    Its ticket was read just now, and is not to be written.
    """

    job: Job
    ticket: Mapping[str, Any]
    over: bool


class Range(forms.NumberInput):
    """A number that is set by sliding."""

    input_type = "range"


class OptionsForm(forms.Form):
    """The options of one operation; every field has a working default."""

    def groups(self) -> list[list[forms.BoundField]]:
        """Return the fields as they are shown: a box leads those that bear its name."""
        groups: list[list[forms.BoundField]] = []
        for one in self:
            lead = groups[-1][0] if groups else one
            boxed = isinstance(lead.field, forms.BooleanField)
            if boxed and one.name.startswith(f"{lead.name}_"):
                groups[-1].append(one)
            else:
                groups.append([one])
        return groups


class Operation(ABC):
    """One thing a provider can do to a picture.

    `paced_by` names the options on which its speed depends. What is `of_person`
    measures somebody, and begins only with a subject whose consent stands.
    """

    key: ClassVar[str]
    label: ClassVar[Any]
    summary: ClassVar[Any] = ""
    result: ClassVar[ResultKind] = ResultKind.IMAGE
    form: ClassVar[type[OptionsForm]] = OptionsForm
    paced_by: ClassVar[tuple[str, ...]] = ()
    of_person: ClassVar[bool] = False

    @abstractmethod
    def check(self, facts: Facts, options: Mapping[str, Any]) -> Verdict:
        """Say whether this picture can be done with these options."""

    def estimate(self, facts: Facts, options: Mapping[str, Any]) -> Estimate:
        """Say what it will take."""
        return Estimate()

    def at(self, account: Account) -> Operation:
        """Return this operation as it is for an account: its own limits and prices."""
        return self

    def defaults(self) -> dict[str, Any]:
        """Return the options that the form starts with."""
        fields = self.form().fields
        return {name: fields[name].initial for name in fields}


class Provider(ABC):
    """One provider: what it offers, and how to speak to it.

    `queue` says who does `submit`: "worker" for calls over the network, "engine" for
    work that burns this machine's processor. `pace` is the wait between polls in
    seconds, `rate` the calls a second it allows, `deadline` how long a job may take,
    `job_id` which value of a ticket is the provider's own name of the job, and
    `job_id_opens` that whoever knows that name gets the result, without a token.
    `home` is its address (scheme and host), `credentials` what an account consists of
    (none where no account is needed), `how_to_join` a sentence on getting one.
    """

    key: ClassVar[str]
    label: ClassVar[Any]
    summary: ClassVar[Any] = ""
    queue: ClassVar[str] = "worker"
    pace: ClassVar[float] = 2.0
    rate: ClassVar[float] = 50.0
    deadline: ClassVar[float] = 3_600.0
    retention_days: ClassVar[float | None] = None
    job_id: ClassVar[str] = ""
    job_id_opens: ClassVar[bool] = False
    home: ClassVar[str] = ""
    credentials: ClassVar[tuple[Credential, ...]] = ()
    how_to_join: ClassVar[Any] = ""
    operations: ClassVar[tuple[Operation, ...]]

    def operation(self, key: str) -> Operation:
        """Return the operation of this name; KeyError if there is none."""
        for operation in self.operations:
            if operation.key == key:
                return operation
        raise KeyError(key)

    def lacking(self, values: Mapping[str, str]) -> list[Credential]:
        """Return what these values of an account still lack."""
        return [
            one for one in self.credentials if one.required and not values.get(one.name)
        ]

    def pace_after(self, polls: int) -> float:
        """Return seconds to wait before the next poll, after so many."""
        return self.pace

    @abstractmethod
    def submit(self, job: Job, ticket: Ticket) -> list[Output] | None:
        """Send the job; return outputs if it is done at once, None to be polled.

        Entered again after a crash: use `ticket.once` for what must not happen twice.
        """

    def poll(self, job: Job, ticket: Ticket) -> Progress:
        """Ask how the job is doing; a failed job raises a permanent ProviderError."""
        raise ProviderError("This provider cannot be polled.", permanent=True)

    def fetch(self, job: Job, ticket: Ticket) -> list[Output]:
        """Bring the results here, into `job.scratch`."""
        raise ProviderError("This provider has nothing to fetch.", permanent=True)

    def cancel(self, job: Job, ticket: Ticket) -> None:  # noqa: B027
        """Tell the provider to stop, where it can be told."""

    def counts_downloads(self, ticket: Mapping[str, Any]) -> bool:
        """Say whether it wants to be told of each download of a job's result."""
        return False

    def downloaded(self, account: Account, ticket: Ticket, note: Ticket) -> int | None:
        """Tell the provider of one download; return its own count, where it says so.

        `note` is the memory of this telling, which may be entered again after a crash:
        use `note.once` so that one download is counted once.
        """
        return None

    def charged(self, ticket: Mapping[str, Any]) -> float | None:
        """Return what a job has cost, in the unit of its estimate; None if untold."""
        return None

    def inquire(self, account: Account) -> dict[str, Any]:
        """Ask the provider about an account, with a call that changes nothing.

        Raises ProviderError when it cannot be entered. Of what is returned `balance`
        and `unit` are shown, and so are plain values by their names; all of it is for
        `Operation.at`, as `known`.
        """
        return {}
