"""A throw-away nginx: beside Darkroom with the same files, or in front of it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.services import free_port, is_open, running

# Where Debian puts it is in nobody's path but the administrator's.
PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
# It knows these in its folder of its own, in which only it may write.
KEPT = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@cache
def found() -> str | None:
    return shutil.which("nginx", path=PLACES)


@cache
def version() -> tuple[int, ...]:
    """Return its version; () where there is none."""
    if not (program := found()):
        return ()
    said = subprocess.run([program, "-v"], capture_output=True, text=True).stderr
    number = re.search(r"nginx/([\d.]+)", said)
    return tuple(map(int, number[1].split("."))) if number else ()


def settled(text: str, folder: Path) -> str:
    """Return a configuration that writes into this folder alone, as whoever runs it."""
    temporary = "".join(f"{name}_temp_path {folder}/{name};\n" for name in KEPT)
    text = re.sub(r"\npid .*", "", text)
    text = re.sub(r"\nhttp {\n", lambda found: found[0] + temporary, text, count=1)
    return f"daemon off;\npid {folder}/pid;\nuser {owner()};\n{text}"


def owner() -> str:
    """Name the owner of the files, whom nginx must be to read them."""
    return "root" if os.geteuid() == 0 else Path.home().owner()


def command(text: str, folder: Path) -> list[str]:
    """Return how it is called with a configuration that is settled in a folder."""
    path = folder / "nginx.conf"
    path.write_text(settled(text, folder))
    program = found()
    assert program, "nginx is not installed."
    return [program, "-e", "stderr", "-p", str(folder), "-c", str(path)]


@contextmanager
def nginx(text: str, folder: Path, port: int) -> Iterator[None]:
    """Run it with this configuration while the block does."""
    how = {"command": command(text, folder)}
    with running("nginx", folder / "log", lambda: is_open(port), **how):
        yield


def in_front(text: str, port: int, site: int, files: Path) -> str:
    """Fit deploy/nginx.conf to a site on this machine, as it says itself.

    An older nginx than it is written for gets it without what that does not know.
    """
    text = re.sub(r"\n +resolver .*", "", text)
    text = re.sub(r"\n    upstream storage {.*?\n    }\n", "", text, flags=re.DOTALL)
    text = re.sub(
        r"\n    server {\n[^{]*files\..*?\n    }\n", "", text, flags=re.DOTALL
    )
    text = text.replace("web:8000 resolve;", f"127.0.0.1:{site};")
    text = re.sub(r"\n +listen 80 ", f"\n listen 127.0.0.1:{free_port()} ", text)
    text = text.replace("listen 443 ", f"listen 127.0.0.1:{port} ")
    if version() < (1, 25, 1):
        text = text.replace("http2 on;", "")
    inside = re.search(r"# location /stored/ {.*?# }", text, re.DOTALL)
    assert inside, "It says nothing of /stored/."
    told = re.sub(r"^ *# ", "", inside[0], flags=re.M)
    told = re.sub(r"alias .*;", f"alias {files}/;", told)
    return text.replace(inside[0], told)
