"""A thousand pages that watch: what do they cost the database, how soon are they told?

The pages ask every two seconds, as they do while something runs.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from tests.application import Application, application
from tests.bench.figures import Figure, percentile
from tests.services import ROOT, end, eventually, start

BATCHES, THREADS, PAUSE = 200, 20, 2.0


def measure(pages: int = 1_000, rounds: int = 8) -> list[Figure]:
    """Let pages watch two web processes for some rounds."""
    with application("watch") as site:
        addresses = prepare(site)
        site.env["BENCH_FOLDER"] = str(site.folder)
        web = start(
            [sys.executable, "-m", "gunicorn", "tests.bench.wsgi", "-c"]
            + ["config/gunicorn.py"],
            site.log("bench"),
            site.env,
        )
        try:
            site.processes["web"] = web
            eventually("the site is served", site.is_served, 60)
            watching = [addresses[page % BATCHES] for page in range(pages)]
            ask(site, watching, 1)
            began, before = time.time(), processor(web.pid)
            spans = ask(site, watching, rounds)
            spent, used = time.time() - began, processor(web.pid) - before
        finally:
            del site.processes["web"]
            end(web)
        reads = busiest(site.folder, began, began + spent)
    return [
        Figure("pages that watch, asking every 2 s", pages, "pages"),
        Figure("questions answered", len(spans) / spent, "a second"),
        Figure("database reads by the busiest web process", reads, "a second", 2.1),
        Figure("nothing new, answered, p50", percentile(spans, 50) * 1000, "ms"),
        Figure("nothing new, answered, p95", percentile(spans, 95) * 1000, "ms"),
        Figure("processor for one question", used / len(spans) * 1000, "ms", 2),
    ]


def prepare(site: Application) -> list[str]:
    """Make batches, and the signed addresses at which they are watched."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.addresses", str(BATCHES)],
        cwd=ROOT,
        env={**site.env, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def processor(pid: int) -> float:
    """Return the seconds of processor time that a process and its children took."""
    top = psutil.Process(pid)
    times = [one.cpu_times() for one in [top, *top.children(recursive=True)]]
    return sum(time.user + time.system for time in times)


def busiest(folder: Path, since: float, until: float) -> float:
    """Return the reads a second of the process that read most."""
    counts = [
        sum(since <= float(at) <= until for at in path.read_text().split())
        for path in folder.glob("reads-*")
    ]
    return max(counts, default=0) / (until - since)


def ask(site: Application, addresses: list[str], rounds: int) -> list[float]:
    """Ask for all of these every two seconds; return how long each answer took."""
    spans: list[float] = []

    def watch(mine: list[str]) -> None:
        line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        start = time.monotonic()
        for turn in range(rounds):
            for at, address in enumerate(mine):
                due = start + PAUSE * (turn + at / len(mine))
                time.sleep(max(due - time.monotonic(), 0))
                began = time.monotonic()
                line.request("GET", address)
                answer = line.getresponse()
                answer.read()
                spans.append(time.monotonic() - began)
                assert answer.status == 204, answer.status

    threads = [
        threading.Thread(target=watch, args=(addresses[n::THREADS],))
        for n in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spans) == rounds * len(addresses)
    return spans
