"""Accents of a team's choice: readable, whatever was chosen."""

import itertools
import re
from pathlib import Path

import pytest

from imaging.views import accents

TOKENS = Path("static/css/tokens.css").read_text()
SURFACES = ["mat", "sunken", "page", "surface", "raised", "hover"]
STEPS = ["00", "40", "80", "c0", "ff"]
CHOICES = ["#" + "".join(one) for one in itertools.product(STEPS, repeat=3)]


def token(name: str, theme: str) -> accents.Colour:
    found = re.search(rf"--{name}: light-dark\((#\w{{6}}), (#\w{{6}})\)", TOKENS)
    assert found, name
    return accents.read(found[1 if theme == "light" else 2])


def test_contrast_is_what_the_standard_says() -> None:
    assert accents.contrast(accents.BLACK, accents.WHITE) == pytest.approx(21)
    grey = accents.read("#767676")
    assert accents.contrast(grey, accents.WHITE) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_accent_can_be_read_on_every_surface(theme: str) -> None:
    grounds = [token(name, theme) for name in SURFACES]
    faintest = token("ink-3", theme)
    for choice in CHOICES:
        made = accents.palette(accents.read(choice), theme)
        for ground in grounds:
            assert accents.contrast(made["accent"], ground) >= 3, choice
            assert accents.contrast(made["accent-text"], ground) >= 4.5, choice
        for under in ("accent", "accent-hover"):
            assert accents.contrast(made["on-accent"], made[under]) >= 4.5, choice
        for text in (made["accent-text"], faintest):
            assert accents.contrast(text, made["accent-soft"]) >= 4.5, choice


def test_a_colour_that_can_be_read_stays_as_it_was_chosen() -> None:
    chosen = accents.read("#0e6499")
    assert accents.palette(chosen, "light")["accent"] == chosen


def test_the_sheet_names_tokens_that_there_are() -> None:
    sheet = accents.sheet("#ff0000", ".here")
    assert sheet.count("{") == sheet.count("}")
    assert "{.here{" in sheet
    for name in re.findall(r"--([\w-]+):", sheet):
        assert f"--{name}: " in TOKENS
    assert accents.sheet("") == ""
