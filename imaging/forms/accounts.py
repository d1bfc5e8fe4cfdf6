"""The forms for a team's account with a provider: its keys, and its budget."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.failures import ProviderError
from imaging.language.readout import read_out
from imaging.models import ProviderAccount
from imaging.models.costs import Purse
from imaging.outgoing.address import read_url
from imaging.providers.accounts import Credential
from imaging.providers.base import Provider
from imaging.targets import check_target

# Of a shorter secret its end would tell too much.
LONG = 12


class ProviderAccountForm(forms.Form):
    """Keys and address; an empty secret is kept as it is."""

    def __init__(
        self, provider: Provider, row: ProviderAccount | None, data: object = None
    ) -> None:
        super().__init__(data, prefix=provider.key)  # type: ignore[arg-type]
        self.provider, self.url = provider, row.url if row else ""
        self.kept = row.values if row else {}
        for one in provider.credentials:
            self.fields[one.name] = field_of(one, self.kept.get(one.name, ""))
        self.fields["url"] = forms.CharField(
            label=_("Address"),
            required=False,
            max_length=200,
            initial=self.url,
            help_text=_t("Left empty: %(home)s") % {"home": provider.home},
        )

    def clean_url(self) -> str:
        """Take scheme and host only: paths belong to the provider's protocol."""
        url = self.cleaned_data["url"].rstrip("/")
        if url in ("", self.provider.home):
            return ""
        try:
            check(url)
        except ProviderError as error:
            raise forms.ValidationError(read_out(error.message)) from error
        return url

    def clean(self) -> None:
        sent = self.cleaned_data
        secrets = [one.name for one in self.provider.credentials if one.secret]
        stays = [name for name in secrets if not sent.get(name) and self.kept.get(name)]
        values = {one.name: sent.get(one.name) for one in self.provider.credentials}
        if stays:
            # Else whoever may write an address could have the keys sent to it.
            for name in self.moved():
                self.add_error(name, _("For another address, enter the keys again."))
        self.refuse_unreachable()
        values |= {name: self.kept[name] for name in stays}
        self.values = {name: value for name, value in values.items() if value}
        for one in self.provider.lacking(self.values):
            if one.name not in self.errors:
                self.add_error(one.name, _("This is needed."))

    def addresses(self) -> dict[str, str]:
        """Return those of the values that say where something is."""
        words = [one.name for one in self.provider.credentials if not one.secret]
        sent = {name: self.cleaned_data.get(name, "") for name in words}
        return {name: value for name, value in sent.items() if "//" in value}

    def refuse_unreachable(self) -> None:
        for name, value in self.addresses().items():
            try:
                check_target(value)
            except ProviderError as error:
                self.add_error(name, read_out(error.message))

    def moved(self) -> list[str]:
        """Name the fields with an address that is not the one that is kept."""
        sent = self.addresses().items()
        found = [name for name, value in sent if value != self.kept.get(name, "")]
        elsewhere = self.cleaned_data.get("url", self.url) != self.url
        return found + ["url"] * elsewhere

    @property
    def is_new(self) -> bool:
        """Say whether this differs from what is kept."""
        return (self.cleaned_data["url"], self.values) != (self.url, self.kept)


class Bounding(forms.Form):
    """What a provider may cost a team in a month; empty, as much as it likes."""

    limit = forms.DecimalField(
        label=_("Budget a month"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )


class BudgetForm(Bounding):
    """The same as an owner of the team sees it, with what is known of its purse."""

    def __init__(self, provider: Provider, purse: Purse, data: object = None) -> None:
        known = {} if purse.limit is None else {"limit": shown(purse.limit)}
        super().__init__(data, initial=known, prefix=f"{provider.key}-budget")  # type: ignore[arg-type]
        words = {"unit": purse.unit or _t("the unit of the provider")}
        said = _t("In %(unit)s, counted from the first of the month (UTC).") % words
        self.fields["limit"].help_text = f"{said} {_t('Left empty, there is none.')}"


def shown(limit: Decimal) -> str:
    """Return a number as somebody would type it."""
    return f"{limit.normalize():f}"


def field_of(one: Credential, kept: str) -> forms.CharField:
    """Return the field of one value; a secret one never holds what is kept."""
    if not one.secret:
        return forms.CharField(
            label=one.label,
            required=False,
            max_length=500,
            initial=kept,
            help_text=one.help,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
    hint = _t("Kept. Left empty, it stays as it is.")
    if len(kept) >= LONG:
        words = _t("Kept: it ends in %(end)s. Left empty, it stays as it is.")
        hint = words % {"end": kept[-4:]}
    return forms.CharField(
        label=one.label,
        required=False,
        max_length=2_000,
        help_text=hint if kept else one.help,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def check(url: str) -> None:
    """Refuse what is not a bare host that the door would call: ProviderError."""
    _origin, target = read_url(url)
    if target != "/" or urlsplit(url).fragment:
        raise ProviderError(_t("Only https:// and a host, without a path."))
    check_target(url)
