"""A thousand pages that watch: what do they cost the database, how soon are they told?

They ask as the delivered script does: two seconds after each answer, with the revision
and the permission that came with the last news. A change is on screen when the answer
that has it is there; in a real browser, when the page shows it.
"""

import http.client
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from heapq import heappop, heappush
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil

from tests.application import Application, application
from tests.backstage import Backstage
from tests.bench.figures import Figure, left_out, percentile
from tests.services import chromium, end, eventually, start

BATCHES, THREADS, PAUSE = 200, 20, 2.0
# A change in each of so many seconds, and so long.
EVERY, SECONDS = 0.25, 30.0
SEEN = 6
SINCE = re.compile(r'data-since="(\d+)" data-permit="([^"]+)"')
# Tells when the page shows that a task has come so far, by the page's own clock.
SHOWN = """percent => new Promise(done => {
  const look = () =>
    document.querySelector("progress")?.value === percent && done(Date.now());
  new MutationObserver(look).observe(document.body,
    {subtree: true, childList: true, attributes: true});
  look();
})"""


class Page:
    """One page that watches a batch."""

    def __init__(self, address: str, permit: str) -> None:
        self.address, self.permit = address, permit
        self.batch = address.split("/")[-3]
        self.since = 1
        # Seconds that each "nothing new" took; revisions and when they were there.
        self.quiet: list[float] = []
        self.news: list[tuple[int, int, float]] = []

    def ask(self, line: http.client.HTTPConnection, cookie: str) -> None:
        query = urlencode({"since": self.since, "permit": self.permit})
        began = time.monotonic()
        line.request("GET", f"{self.address}?{query}", headers={"Cookie": cookie})
        answer = line.getresponse()
        text = answer.read().decode()
        if answer.status == 204:
            self.quiet.append(time.monotonic() - began)
            return
        assert answer.status == 200, answer.status
        found = SINCE.search(text)
        assert found, text
        self.news.append((self.since, int(found[1]), time.time()))
        self.since, self.permit = int(found[1]), found[2]


def measure(pages: int = 1_000, rounds: int = 8) -> list[Figure]:
    """Let pages watch two web processes: first nothing happens, then very much."""
    with watched_site() as (site, stage, web):
        known = stage.call("begin", BATCHES)
        cookie = f"sessionid={known['cookie']}"
        watching = [
            Page(known["asked"][at % BATCHES], known["permits"][at % BATCHES])
            for at in range(pages)
        ]
        watch(site, watching, cookie, PAUSE)
        quiet = quiet_figures(site, web, watching, cookie, rounds)
        news = news_figures(site, stage, watching, cookie)
        seen = on_screen(site, stage, known)
    return [Figure("pages that watch", pages, "pages"), *quiet, *news, *seen]


@contextmanager
def watched_site() -> Iterator[tuple[Application, Backstage, psutil.Process]]:
    """Run a site whose web processes write down when they ask the database."""
    with application("watch") as site:
        site.env["BENCH_FOLDER"] = str(site.folder)
        gunicorn = [sys.executable, "-m", "gunicorn", "tests.bench.wsgi"]
        command = [*gunicorn, "-c", "config/gunicorn.py"]
        web = start(command, site.log("bench"), site.env)
        try:
            site.processes["web"] = web
            eventually("the site is served", site.is_served, 60)
            with Backstage("tests.bench.watched", site.env) as stage:
                yield site, stage, psutil.Process(web.pid)
        finally:
            del site.processes["web"]
            end(web)


def quiet_figures(
    site: Application,
    web: psutil.Process,
    watching: Sequence[Page],
    cookie: str,
    rounds: int,
) -> list[Figure]:
    """Measure what it costs while nothing is new."""
    for page in watching:
        page.quiet.clear()
    began, before = time.time(), processor(web)
    watch(site, watching, cookie, rounds * PAUSE)
    spent, used = time.time() - began, processor(web) - before
    spans = [one for page in watching for one in page.quiet]
    assert not any(page.news for page in watching)
    reads = busiest(site.folder, began, began + spent)
    return [
        Figure("questions answered", len(spans) / spent, "a second"),
        Figure("database reads by the busiest web process", reads, "a second", 2.1),
        Figure("nothing new, answered, p50", percentile(spans, 50) * 1000, "ms"),
        Figure("nothing new, answered, p95", percentile(spans, 95) * 1000, "ms"),
        Figure("processor for one question", used / len(spans) * 1000, "ms", 2),
    ]


def news_figures(
    site: Application, stage: Backstage, watching: Sequence[Page], cookie: str
) -> list[Figure]:
    """Measure how soon each change is in an answer to each page that watches it."""
    made: list[tuple[str, int, float]] = []
    changing = threading.Thread(
        target=lambda: made.extend(stage.call("change", SECONDS, EVERY))
    )
    changing.start()
    # Long enough for the last change to be seen.
    watch(site, watching, cookie, SECONDS + 10)
    changing.join()
    late = delays(made, watching)
    assert len(late) == len(made) * (len(watching) // BATCHES)
    return [
        Figure("changes made", len(made) / SECONDS, "a second"),
        Figure("change is in an answer, p50", percentile(late, 50), "s"),
        Figure("change is in an answer, p95", percentile(late, 95), "s", 2.5),
        Figure("change is in an answer, slowest", max(late), "s"),
    ]


def delays(
    made: Sequence[tuple[str, int, float]], watching: Sequence[Page]
) -> list[float]:
    """Return how long each change took to each page that watches its batch."""
    when = {(batch, revision): at for batch, revision, at in made}
    return [
        at - when[page.batch, revision]
        for page in watching
        for before, since, at in page.news
        for revision in range(before + 1, since + 1)
    ]


def on_screen(
    site: Application, stage: Backstage, known: dict[str, Any]
) -> list[Figure]:
    """Measure in a real browser how soon a change can be read, one page at a time."""
    name = "change is read in Chromium, slowest"
    path = chromium()
    if not path:
        return [left_out(name, "Chromium is missing (apt-get install chromium)")]
    from playwright.sync_api import sync_playwright

    late = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"]
        )
        context = browser.new_context()
        session = {"name": "sessionid", "value": known["cookie"], "url": site.url}
        context.add_cookies([session])
        for address in known["pages"][:SEEN]:
            page = context.new_page()
            page.goto(site.url + address)
            page.evaluate(f"void (window.seen = ({SHOWN})(99))")
            made = stage.call("change_one", address, 99)
            late.append(page.evaluate("window.seen") / 1000 - made)
            page.close()
        browser.close()
    return [
        Figure("change is read in Chromium, median", percentile(late, 50), "s"),
        Figure(name, max(late), "s", 2.5),
    ]


def processor(top: psutil.Process) -> float:
    """Return the seconds of processor time that a process and its children took."""
    times = [one.cpu_times() for one in [top, *top.children(recursive=True)]]
    return sum(time.user + time.system for time in times)


def busiest(folder: Path, since: float, until: float) -> float:
    """Return the reads a second of the process that read most."""
    counts = [
        sum(since <= float(at) <= until for at in path.read_text().split())
        for path in folder.glob("reads-*")
    ]
    return max(counts, default=0) / (until - since)


def watch(
    site: Application, pages: Sequence[Page], cookie: str, seconds: float
) -> None:
    """Let all pages ask for so long, evenly spread at first."""
    broken: list[BaseException] = []

    def ask(mine: Sequence[Page]) -> None:
        line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        began = time.monotonic()
        due: list[tuple[float, int]] = []
        for at in range(len(mine)):
            heappush(due, (began + PAUSE * at / len(mine), at))
        try:
            while due[0][0] < began + seconds:
                at = due[0][1]
                time.sleep(max(heappop(due)[0] - time.monotonic(), 0))
                mine[at].ask(line, cookie)
                heappush(due, (time.monotonic() + PAUSE, at))
        except BaseException as error:
            broken.append(error)
            raise
        finally:
            line.close()

    threads = [
        threading.Thread(target=ask, args=(pages[at::THREADS],))
        for at in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken, broken
