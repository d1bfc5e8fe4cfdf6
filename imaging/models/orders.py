"""What somebody wants done: a provider, an operation, its options, all checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from imaging import providers
from imaging.models.accounts import ProviderAccount
from imaging.models.blobs import Blob
from imaging.models.images import Image
from imaging.models.people import Team
from imaging.pictures import Picture
from imaging.providers.accounts import Account
from imaging.providers.base import Estimate, Facts, Operation, Provider, Verdict

# One thing under two names.
SPELT_ALSO = {"jpeg": "jpg", "jpg": "jpeg"}


class Refusal(Exception):
    """Work that cannot begin: a sentence, and the verdict on each picture if any."""

    def __init__(self, message: str, verdicts: Sequence[Verdict] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.verdicts = list(verdicts)


class NotNow(Refusal):
    """The operator lets nothing new begin at the moment; later it may."""


def facts_of(image: Image) -> Facts:
    """Return what a provider may know of this image. Needs its blob."""
    return facts_under(image.name, image.blob)


def facts_under(name: str, found: Blob | Picture) -> Facts:
    """Return what a provider may know of bytes that a file of this name brought."""
    return Facts(
        name=name,
        format=found.format,
        size=found.size,
        width=found.width,
        height=found.height,
        has_alpha=found.has_alpha,
        frames=found.frames,
        orientation=found.orientation,
    )


def carried(operation: Operation, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what options of another provider mean here: same name, a known value."""
    fields, kept = operation.form().fields, dict[str, Any]()
    for name, value in options.items():
        for one in (value, SPELT_ALSO.get(value) if isinstance(value, str) else None):
            with suppress(ValidationError):
                if name in fields and one not in (None, "", {}):
                    fields[name].clean(one)
                    kept.setdefault(name, one)
    return kept


@dataclass(frozen=True)
class Order:
    """One operation by one provider with options that its form has accepted.

    The operation is as it is for the account with which it will be done. `then` are
    the steps of the recipe `name` that follow, as it keeps them.
    """

    provider: Provider
    operation: Operation
    options: dict[str, Any]
    account: Account = Account()
    then: tuple[Mapping[str, Any], ...] = ()
    name: str = ""

    @classmethod
    def of(
        cls,
        team: Team,
        provider: str,
        operation: str,
        options: Mapping[str, Any] | None = None,
    ) -> Order:
        """Check what a team asks for; what is not given gets its default.

        Raises Refusal for an unknown provider, operation or option, or a bad value,
        and where the team has no account with the provider.
        """
        try:
            offering = providers.get(provider)
            offered = offering.operation(operation)
        except KeyError:
            raise Refusal(
                _("There is no %(operation)s by %(provider)s here.")
                % {"operation": operation, "provider": provider}
            ) from None
        account = ProviderAccount.objects.of(team, offering)
        return cls.by(offering, offered, account, options)

    @classmethod
    def by(
        cls,
        provider: Provider,
        operation: Operation,
        account: Account | None,
        options: Mapping[str, Any] | None = None,
    ) -> Order:
        """Check what is asked of one account. Raises Refusal."""
        if account is None:
            raise Refusal(
                _(
                    "Your team has no account with %(provider)s yet. An owner can "
                    "enter its keys in the team's settings."
                )
                % {"provider": provider.label}
            )
        if account.paused:
            raise Refusal(
                _(
                    "Your team's account with %(provider)s is paused. An owner can "
                    "resume it in the team's settings."
                )
                % {"provider": provider.label}
            )
        fitted = operation.at(account)
        return cls(provider, fitted, cls._clean(fitted, options or {}), account)

    @staticmethod
    def _clean(operation: Operation, options: Mapping[str, Any]) -> dict[str, Any]:
        if unknown := set(options) - set(operation.form.base_fields):
            raise Refusal(
                _("%(operation)s has no option %(names)s.")
                % {"operation": operation.key, "names": ", ".join(sorted(unknown))}
            )
        form = operation.form({**operation.defaults(), **options})
        if not form.is_valid():
            raise Refusal(
                "; ".join(
                    f"{name}: {' '.join(map(str, said))}"
                    for name, said in form.errors.items()
                )
            )
        return form.cleaned_data

    @property
    def is_free(self) -> bool:
        """Say whether nobody can ask money for it: all of it is done here."""
        return not self.provider.credentials and not self.then

    @property
    def uses_engine(self) -> bool:
        """Say whether this burns the processor of this machine."""
        return self.provider.queue == "engine"

    def verdict(self, image: Image) -> Verdict:
        return self.operation.check(facts_of(image), self.options)

    def estimate(self, image: Image) -> Estimate:
        return self.operation.estimate(facts_of(image), self.options)

    def expected(self, image: Image, options: Mapping[str, Any]) -> float:
        """Return the seconds that its operation expects with these options."""
        return self.operation.estimate(facts_of(image), options).seconds

    def verdicts(self, images: Sequence[Image]) -> list[Verdict]:
        """Return the verdict on each image. Raises Refusal if none can be done."""
        if not images:
            raise Refusal(_("Choose at least one picture first."))
        verdicts = [self.verdict(image) for image in images]
        if all(verdict.blocked for verdict in verdicts):
            reasons = list(dict.fromkeys(verdict.reason for verdict in verdicts))
            raise Refusal(" ".join(reasons[:3]), verdicts)
        return verdicts
