"""Who may import whom: the rooms are entered from left to right only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BELOW_VIEWS = [
    "imaging.views",
    "imaging.urls",
    "imaging.admin",
    "imaging.console",
    "imaging.forms",
]
BEHIND = ["imaging.background", "imaging.worker", "imaging.upkeep"]
# Modules of a room -> prefixes that they must not import.
FORBIDDEN = {
    "imaging/models": [*BELOW_VIEWS, "imaging.background", "django.http"],
    "imaging/worker.py": [*BELOW_VIEWS, "imaging.background.watcher", "django.http"],
    "imaging/background": [*BELOW_VIEWS, "django.http"],
    "imaging/upkeep.py": [*BELOW_VIEWS, "django.http"],
    "imaging/providers": [*BELOW_VIEWS, "imaging.models", *BEHIND],
    "imaging/outgoing": [
        *BELOW_VIEWS,
        "imaging.models",
        "imaging.providers",
        *BEHIND,
        "django.http",
    ],
    "imaging/api": [*BELOW_VIEWS, *BEHIND],
    "imaging/pictures": ["imaging.models", "imaging.providers", "django.http"],
    "imaging/decoding": ["imaging.models", "imaging.providers", "django.http"],
}


def imported(path: Path) -> Iterator[str]:
    """Name everything a module imports, wherever the statement stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules(room: str) -> list[Path]:
    path = ROOT / room
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def is_served(path: Path) -> bool:
    """Say whether a module answers a vendor's API, and so stands at the doors."""
    parts = path.relative_to(ROOT).parts
    return any(part.split(".")[0] in {"server", "serving"} for part in parts)


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("room", FORBIDDEN)
def test_a_room_imports_only_what_lies_before_it(room: str) -> None:
    found = [path for path in modules(room) if not is_served(path)]
    assert found
    for path in found:
        for name in imported(path):
            for barred in FORBIDDEN[room]:
                within = name == barred or name.startswith(f"{barred}.")
                assert not within, f"{path.relative_to(ROOT)} imports {name}"


def test_providers_know_nothing_of_each_other() -> None:
    folders = [path for path in (ROOT / "imaging/providers").iterdir() if path.is_dir()]
    keys = {path.name for path in folders} - {"__pycache__"}
    assert "local" in keys
    for key in keys:
        for path in modules(f"imaging/providers/{key}"):
            others = [f"imaging.providers.{other}" for other in keys - {key}]
            assert not set(others) & set(imported(path)), path


def test_clients_and_servers_know_nothing_of_each_other() -> None:
    for folder in (ROOT / "imaging/providers").iterdir():
        for path in modules(f"imaging/providers/{folder.name}"):
            own = f"imaging.providers.{folder.name}"
            if is_served(path):
                barred = {f"{own}.client", f"{own}.calls", f"{own}.api"}
            else:
                barred = {name_of(one) for one in folder.glob("server*")}
            assert not barred & set(imported(path)), path


def test_no_template_names_a_provider() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text().lower()
        for name in ("kokoon", "retouch4me", "haut.ai", "naver"):
            assert name not in text, path


def test_only_the_door_speaks_http_to_the_outside() -> None:
    for path in modules("imaging"):
        if path.parent.name == "outgoing":
            continue
        barred = {"requests", "urllib3", "urllib.request", "http.client", "httpx"}
        assert not barred & set(imported(path)), path
