"""What is in deploy/ agrees with the Procfile, with .env.example, and with itself."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from honcho.environ import parse_procfile

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
INSTALLED = "/opt/darkroom"
# For the compose file and the machine alone; Darkroom does not read them.
FOR_COMPOSE = {"POSTGRES_PASSWORD", "S3_SECRET", "FILES_HOST"}
OTHERS = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def procfile() -> dict[str, str]:
    """Return each process's command, without how its Python is found."""
    found = parse_procfile((ROOT / "Procfile").read_text()).processes
    return {
        name: re.sub(r'^exec env PATH="[^"]*" ', "", command)
        for name, command in found.items()
    }


def known() -> set[str]:
    """Return the variables of .env.example."""
    text = (ROOT / ".env.example").read_text()
    return set(re.findall(r"^#([A-Z0-9_]+)=", text, re.M))


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))


def unit(path: Path) -> configparser.RawConfigParser:
    """Read a unit; of a setting that stands twice, all values, one a line."""

    class Several(dict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            if isinstance(value, list) and key in self:
                value = [*self[key], *value]
            super().__setitem__(key, value)

    parser = configparser.RawConfigParser(
        dict_type=Several, strict=False, interpolation=None
    )
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(path.read_text())
    return parser


def test_compose_runs_what_the_procfile_does() -> None:
    services = compose()["services"]
    for name, command in procfile().items():
        assert services[name]["command"] == command, name
    assert {"postgres", "redis", "storage", "nginx"} <= set(services)


def test_the_services_run_what_the_procfile_does() -> None:
    bases = {path.stem.removeprefix("darkroom-"): path for path in SERVICES}
    assert set(bases) == {*procfile(), "backup"}
    wanted = unit(DEPLOY / "systemd/darkroom.target")["Unit"]["Wants"].split()
    assert set(wanted) == {f"darkroom-{name}.service" for name in procfile()}
    for name, command in procfile().items():
        start = unit(bases[name])["Service"]["ExecStart"]
        assert start.removeprefix(f"{INSTALLED}/.venv/bin/") == command


def test_the_image_runs_the_site() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    commands = re.findall(r"^CMD (\[.*\])$", text, re.M)
    assert " ".join(yaml.safe_load(commands[-1])) == procfile()["web"]
    assert "/healthz/ready" in text
    assert re.search(r"^USER 10001:10001$", text, re.M)
    for copied in re.findall(r"^COPY (?!--from)(\S+)", text, re.M):
        assert (ROOT / copied).exists(), copied


def test_every_variable_is_one_that_darkroom_reads() -> None:
    whole = compose()
    for name in procfile():
        assert set(whole["services"][name]["environment"]) <= known(), name
    image = (DEPLOY / "Containerfile").read_text()
    block = re.search(r"^ENV ((?:.*\\\n)*.*)$", image, re.M)
    assert block
    assert set(re.findall(r"([A-Z0-9_]+)=", block[1])) <= known() | OTHERS
    for path in SERVICES:
        lines = unit(path)["Service"]["Environment"]
        assert set(re.findall(r"([A-Z0-9_]+)=", lines)) <= known() | OTHERS, path
    text = (DEPLOY / "compose.yaml").read_text()
    used = set(re.findall(r"\$\{([A-Z0-9_]+)", text))
    assert used <= known() | FOR_COMPOSE
    assert known() > {"BASE_URL"}


def test_only_the_proxy_is_believed_and_reached() -> None:
    whole = compose()
    nginx = whole["services"]["nginx"]["networks"]["inside"]["ipv4_address"]
    for name in procfile():
        service = whole["services"][name]
        assert service["environment"]["TRUSTED_PROXIES"] == nginx
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    assert [
        name for name, service in whole["services"].items() if "ports" in service
    ] == ["nginx"]


def test_nginx_lets_everything_pass_as_it_comes_and_hides_the_inside() -> None:
    text = (DEPLOY / "nginx.conf").read_text()
    told = re.sub(r"#.*", "", text)
    assert told.count("{") == told.count("}")
    for line in (
        "proxy_request_buffering off;",
        "proxy_buffering off;",
        "client_max_body_size 0;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header X-Forwarded-Proto $scheme;",
    ):
        assert line in told
    for path in ("/healthz/", "/metrics"):
        assert re.search(rf"location {path} {{\s+return 404;", told), path


def installed(folder: Path) -> list[Path]:
    """Copy the units as they would be with the sources in this folder."""
    (folder / "venv/bin").mkdir(parents=True)
    (folder / "venv/bin/python3").symlink_to(shutil.which("true") or "/bin/true")
    copies = []
    for path in UNITS:
        text = path.read_text().replace(f"{INSTALLED}/.venv", str(folder / "venv"))
        copies.append(folder / path.name)
        copies[-1].write_text(text.replace(INSTALLED, str(ROOT)))
    return copies


@pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd is not on this machine"
)
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    command = ["systemd-analyze", "verify", "--man=no", *installed(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "darkroom" in line]
    assert (done.returncode, ours) == (0, [])


def nginx_is_new() -> bool:
    """Say whether there is an nginx that finds containers again, as 1.27.3 does."""
    if not shutil.which("nginx"):
        return False
    said = subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr
    version = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", said)
    return bool(version) and tuple(map(int, version.groups())) >= (1, 27, 3)


@pytest.mark.skipif(not nginx_is_new(), reason="nginx 1.27.3 is not on this machine")
def test_nginx_understands_its_configuration(tmp_path: Path) -> None:
    subject = ["-subj", "/CN=photos.example.com", "-days", "1"]
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    make = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", *subject]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True)
    text = (DEPLOY / "nginx.conf").read_text()
    text = text.replace("/etc/nginx/certificates", str(tmp_path))
    text = text.replace("/run/nginx.pid", str(tmp_path / "pid"))
    (tmp_path / "nginx.conf").write_text(text)
    command = ["nginx", "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
