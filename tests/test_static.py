"""Static files carry the hash of their content, and so do the names inside them."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from tests.services import ROOT

HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")
IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")


@pytest.fixture
def collect(tmp_path: Path, settings: Settings):  # noqa: ANN201
    """Collect the files of one folder as a deployment does."""

    def collect(source: Path) -> Path:
        settings.STATICFILES_DIRS = [source]
        settings.STATIC_ROOT = tmp_path / "out"
        settings.STORAGES = {
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "config.static.Storage"},
        }
        call_command("collectstatic", "--no-input", verbosity=0)
        return tmp_path / "out"

    return collect


def hashed(folder: Path, name: str) -> Path:
    stem, _, suffix = name.rpartition(".")
    found = [
        path for path in folder.glob(f"{stem}.*.{suffix}") if HASHED.search(path.name)
    ]
    assert len(found) == 1, found
    return found[0]


def test_imports_of_every_form_are_rewritten(tmp_path: Path, collect) -> None:  # noqa: ANN001
    source = tmp_path / "src"
    (source / "js/deep").mkdir(parents=True)
    (source / "js/app.js").write_text(
        'import "./one.js";\nimport { two } from "./two.js"\n'
        "export * from './deep/three.js';\nconst f = await import('./four.js');\n"
    )
    for name in ("one", "two", "four"):
        (source / f"js/{name}.js").write_text(f"export const {name} = 1;")
    (source / "js/deep/three.js").write_text('import { one } from "../one.js";')
    out = collect(source)
    app = hashed(out / "js", "app.js")
    names = IMPORT.findall(app.read_text())
    assert len(names) == 4
    for name in names:
        assert HASHED.search(name)
        assert (app.parent / name).exists()
    deep = hashed(out / "js/deep", "three.js")
    assert (deep.parent / IMPORT.findall(deep.read_text())[0]).exists()


def test_a_changed_module_renames_those_that_import_it(tmp_path: Path, collect) -> None:  # noqa: ANN001
    source = tmp_path / "src"
    (source / "js").mkdir(parents=True)
    (source / "js/app.js").write_text('import "./one.js";')
    (source / "js/one.js").write_text("export const one = 1;")
    before = hashed(collect(source) / "js", "app.js")
    (source / "js/one.js").write_text("export const one = 2;")
    before.rename(before.with_suffix(".old"))
    assert hashed(collect(source) / "js", "app.js").name != before.name


def test_all_of_our_own_files_name_each_other_by_hash(collect) -> None:  # noqa: ANN001
    out = collect(ROOT / "static")
    for module in (
        path for path in (out / "js").rglob("*.js") if HASHED.search(path.name)
    ):
        for name in IMPORT.findall(module.read_text()):
            assert HASHED.search(name), f"{module.name} imports {name}"
    for sheet in (
        path for path in (out / "css").glob("*.css") if HASHED.search(path.name)
    ):
        for name in re.findall(r"""url\(["']?([^"')]+)""", sheet.read_text()):
            assert name.startswith("data:") or HASHED.search(name), sheet.name


def test_text_is_compressed(collect) -> None:  # noqa: ANN001
    out = collect(ROOT / "static")
    assert list((out / "css").glob("*.css.gz"))
