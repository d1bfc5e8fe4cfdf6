"""Every sentence of the sources is there in every language, and what is compiled."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import services

LOCALE = services.ROOT / "locale"
LANGUAGES = sorted(path.name for path in LOCALE.iterdir())
# As in the Makefile, which says the same to whoever refreshes them.
COLLECT = ["makemessages", "--all", "--no-obsolete", "--add-location", "file"]
SOURCES = ["config", "imaging", "templates", "locale", "manage.py"]
Catalogue = dict[object, str]


def compiled(path: Path) -> Catalogue:
    with path.open("rb") as file:
        found: Catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {key: text for key, text in found.items() if key != ""}


def said_of(key: object) -> str:
    """Return the English text of an entry, without its context and plural number."""
    text = key[0] if isinstance(key, tuple) else str(key)
    return str(text).rpartition("\x04")[2]


def held(text: str) -> set[str]:
    """Return what the scripts fill in: {name}. (What Python does, msgfmt checks.)"""
    return set(re.findall(r"{\w*}", text))


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the sources whose catalogues were just refreshed from them."""
    if services.missing("gettext"):
        how = "gettext is not installed: apt-get install gettext."
        pytest.fail(how) if os.environ.get("CI") == "true" else pytest.skip(how)
    copy = tmp_path_factory.mktemp("sources")
    for name in SOURCES:
        found = services.ROOT / name
        bring = shutil.copytree if found.is_dir() else shutil.copy
        bring(found, copy / name)
    own = {"DARKROOM_DATA": str(copy / "data")}
    env = os.environ | own | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "manage.py", *COLLECT]
    subprocess.run(command, cwd=copy, env=env, check=True, capture_output=True)
    return copy / "locale"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unfinished", ["untranslated", "fuzzy"])
def test_every_sentence_is_translated(
    collected: Path, language: str, unfinished: str
) -> None:
    catalogue = collected / language / "LC_MESSAGES" / "django.po"
    command = ["msgattrib", f"--{unfinished}", "--no-wrap", str(catalogue)]
    left = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert not re.findall(r'^msgid "(.+)"', left, re.M), "run `make messages`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_says_what_is_written(
    collected: Path, language: str, tmp_path: Path
) -> None:
    written = collected / language / "LC_MESSAGES" / "django.po"
    command = ["msgfmt", "--check-format", "-o", str(tmp_path / "new.mo"), written]
    subprocess.run(command, check=True)
    kept = LOCALE / language / "LC_MESSAGES" / "django.mo"
    assert compiled(kept) == compiled(tmp_path / "new.mo"), "run `make messages`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_filled_in_is_the_same_in_both(language: str) -> None:
    texts = compiled(LOCALE / language / "LC_MESSAGES" / "django.mo")
    assert texts
    for key, text in texts.items():
        assert held(text) == held(said_of(key)), text
