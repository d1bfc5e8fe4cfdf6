"""Icons put into the page."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.template import Context, Template, TemplateDoesNotExist

DRAWINGS = sorted((settings.BASE_DIR / "templates/icons").glob("*.svg"))


def put(name: str) -> str:
    return Template('{% load icons %}{% icon "' + name + '" %}').render(Context())


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda path: path.stem)
def test_a_drawing_is_small_silent_and_coloured_by_css(drawing: Path) -> None:
    root = ElementTree.fromstring(drawing.read_text())  # noqa: S314
    assert root.tag == "svg"
    assert root.get("aria-hidden") == "true"
    assert root.get("class")
    assert "#" not in drawing.read_text()
    assert drawing.stat().st_size < 1500


def test_a_drawing_comes_unescaped() -> None:
    assert put("check").startswith("<svg ")


def test_a_drawing_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(TemplateDoesNotExist):
        put("no-such-drawing")
