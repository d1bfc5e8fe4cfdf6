"""What holds for every template and style sheet, whoever wrote it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

ROOT: Path = settings.BASE_DIR / "templates"
PAGES = sorted(ROOT.rglob("*.html"))
STATIC: Path = settings.BASE_DIR / "static"
SHEETS = sorted((STATIC / "css").glob("*.css"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_template_is_well_formed(page: Path) -> None:
    assert get_template(named(page))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_nothing_is_inline_that_the_browser_would_refuse(page: Path) -> None:
    text = page.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", text)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_icon_is_drawn(page: Path) -> None:
    for name in re.findall(r'{% icon "([^"]+)"', page.read_text()):
        assert (ROOT / f"icons/{name}.svg").exists(), name


def known_classes() -> set[str]:
    texts = [
        re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S) for sheet in SHEETS
    ]
    texts += [path.read_text() for path in (STATIC / "js").glob("*.js")]
    return set(re.findall(r"\.([a-z][\w-]*)", "".join(texts)))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_class_is_known_to_a_style_sheet_or_a_script(page: Path) -> None:
    # What the template completes, as in r-{{ ratio }}, cannot be looked up.
    text = re.sub(r"{%.*?%}|[\w-]*{{.*?}}[\w-]*", " ", page.read_text())
    used = " ".join(re.findall(r'class="([^"]*)"', text)).split()
    assert set(used) <= known_classes()


@pytest.mark.parametrize("page", ["400.html", "500.html", "503.html", "507.html"])
def test_what_is_left_when_all_is_broken_asks_no_database(page: str) -> None:
    assert "<h1>" in get_template(page).render()
