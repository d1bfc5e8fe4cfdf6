"""What Naver Cloud is asked for: a key to search by, and a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.providers.accounts import Account
from imaging.providers.base import Facts, Operation, OptionsForm, ResultKind, Verdict
from imaging.providers.limits import Limits
from imaging.providers.naver import wire

LIMITS = Limits(formats=wire.FORMATS, min_side=wire.MIN_SIDE, max_bytes=wire.MAX_BYTES)


class SearchAsset(Operation):
    key = "search-asset"
    label = _("Register for visual search")
    summary = _("The picture gets a key, by which Naver Cloud can search.")
    result = ResultKind.ASSET

    def check(self, facts: Facts, options: Mapping[str, Any]) -> Verdict:
        return LIMITS.verdict(facts)


class Numbers(forms.CharField):
    """Whole numbers with commas between them, kept as they were written."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not all(one.isascii() and one.isdigit() for one in listed(text)):
            raise ValidationError(_t("Write numbers with commas between: 12, 34."))
        return text


class Texts(forms.CharField):
    """Texts with commas between them, kept as they were written."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if wire.FORBIDDEN_IN_TEXT.search(text):
            raise ValidationError(
                _t("Semicolon, vertical bar and backtick are not taken.")
            )
        return text


class Given(forms.JSONField):
    """An object that is sent as it is given."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)

    def clean(self, value: Any) -> dict[str, Any] | None:
        said = super().clean(value)
        if said is not None and not isinstance(said, dict):
            raise ValidationError(_t('Write an object: {"name": "value"}.'))
        return said


class SearchOptions(OptionsForm):
    """What limits a search by an image."""

    most = forms.IntegerField(
        label=_("At most"),
        min_value=1,
        max_value=1_000,
        initial=50,
        help_text=_("So many matches are kept, the best first."),
    )
    narrow = forms.BooleanField(label=_("Narrow it down"), required=False)
    narrow_persons_must = Numbers(label=_("People: all of these"), required=False)
    narrow_persons_any = Numbers(label=_("People: any of these"), required=False)
    narrow_persons_none = Numbers(label=_("People: none of these"), required=False)
    narrow_dialogue_must = Texts(label=_("Said: all of these"), required=False)
    narrow_dialogue_any = Texts(label=_("Said: any of these"), required=False)
    narrow_dialogue_none = Texts(label=_("Said: none of these"), required=False)
    narrow_option = Given(
        label=_("Query option"),
        required=False,
        widget=forms.TextInput,
        help_text=_("As Naver's page on searching has it, sent as it is given."),
    )
    narrow_filter = Given(label=_("Filter"), required=False, widget=forms.TextInput)


class Search(Operation):
    key = "search"
    label = _("Search by this picture")
    summary = _("Finds what looks alike in the account's workspace.")
    result = ResultKind.MATCHES
    form = SearchOptions

    def __init__(self, workspace: str | None = None) -> None:
        self.workspace = workspace

    def at(self, account: Account) -> Operation:
        return Search(account.values.get("workspace", ""))

    def check(self, facts: Facts, options: Mapping[str, Any]) -> Verdict:
        if self.workspace == "":
            reason = _t("The account names no workspace to search in.")
            return Verdict("blocked", reason)
        return LIMITS.verdict(facts)

    @staticmethod
    def query(key: str, options: Mapping[str, Any]) -> wire.Query:
        """Return what is searched for, with what was filled in."""
        if not options.get("narrow"):
            return wire.Query(image=key)
        kinds = ("must", "any", "none")
        persons = [listed(options.get(f"narrow_persons_{one}")) for one in kinds]
        said = [listed(options.get(f"narrow_dialogue_{one}")) for one in kinds]
        return wire.Query(
            image=key,
            persons=wire.Filter(*([int(n) for n in one] for one in persons)),
            dialogue=wire.Filter(*said),
            option=options.get("narrow_option") or {},
            limits=options.get("narrow_filter") or {},
        )


def listed(text: str | None) -> list[str]:
    """Return what stands between the commas."""
    return [one.strip() for one in (text or "").split(",") if one.strip()]
