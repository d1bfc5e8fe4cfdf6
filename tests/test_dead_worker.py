"""The worker is stopped, and killed: the site says so until it is back."""

import json
import signal
import subprocess
import sys

import psutil
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.application import PASSWORD, Application, application
from tests.services import ROOT, eventually

DEAD = "No worker is running"


@pytest.mark.prove
def test_the_site_says_what_is_dead_until_it_is_back() -> None:
    with application() as site:
        site.add_person("root@example.com")
        visit = entered(site)
        eventually("all run", lambda: ready(site).status_code == 200)
        assert doctor(site).returncode == 0
        all_processes_are_counted(site)
        # Stopped as it should be.
        site.end("worker")
        is_told(site, visit)
        assert ready(site).json()["parts"]["processes"] == "no worker"
        found = doctor(site)
        assert found.returncode == 1
        assert "No worker is running" in found.stdout
        site.begin("worker")
        is_well_again(site, visit)
        # Killed without a word.
        kill(site, "worker")
        is_told(site, visit)
        site.begin("worker")
        is_well_again(site, visit)


def all_processes_are_counted(site: Application) -> None:
    """Ask more than one process of the web server, and see what any says of all."""
    before = logins(site)
    for _ in range(20):
        # A connection of its own each time, so that every process is met.
        requests.get(f"{site.url}/accounts/login/", timeout=30)
    assert {logins(site) - before for _ in range(8)} == {20}


def logins(site: Application) -> float:
    text = requests.get(f"{site.url}/metrics", timeout=30).text
    return sum(
        one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name == "darkroom_requests_total"
        and one.labels["route"] == "account_login"
    )


def kill(site: Application, name: str) -> None:
    """End a process, and those it has begun, without a chance to say so."""
    process = site.processes.pop(name)
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    psutil.wait_procs(family, timeout=20)


def entered(site: Application) -> requests.Session:
    """Sign in as the operator."""
    visit = requests.Session()
    url = f"{site.url}/accounts/login/"
    visit.get(url, timeout=30)
    form = {"login": "root@example.com", "password": PASSWORD}
    form["csrfmiddlewaretoken"] = visit.cookies["csrftoken"]
    assert visit.post(url, form, timeout=30).url == f"{site.url}/"
    return visit


def ready(site: Application) -> requests.Response:
    """Ask as a load balancer does that knows no name of ours."""
    headers = {"Host": "10.1.2.3"}
    return requests.get(f"{site.url}/healthz/ready", headers=headers, timeout=30)


def pages(site: Application, visit: requests.Session) -> list[bool]:
    """Say of a page of the site and one of the console whether they show a banner."""
    found = [visit.get(f"{site.url}{path}", timeout=30) for path in ("/", "/admin/")]
    assert [one.status_code for one in found] == [200, 200]
    return [DEAD in one.text for one in found]


def is_told(site: Application, visit: requests.Session) -> None:
    """Wait until every page and every probe says so: within a minute."""
    eventually("a probe is refused", lambda: ready(site).status_code == 503, 60)
    eventually("a banner is shown", lambda: pages(site, visit) == [True, True], 60)


def is_well_again(site: Application, visit: requests.Session) -> None:
    eventually("it is ready", lambda: ready(site).status_code == 200, 60)
    eventually("no banner is shown", lambda: not any(pages(site, visit)), 60)


def doctor(site: Application) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--json"],
        cwd=ROOT,
        env=site.env,
        capture_output=True,
        text=True,
    )
    assert {"ok", "findings"} == set(json.loads(done.stdout))
    return done
