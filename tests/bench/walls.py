"""Very long walls: how soon a page of them comes, beside Wagtail's, and a search.

Each database is filled once, and everything is measured in it. Wagtail's images are
listed 30 at a time, as it does by itself, Darkroom's hang 60 on a page; both are asked
over HTTP in turns, by people who are signed in.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from tests import services
from tests.application import Application, collect_static
from tests.bench import stock
from tests.bench.figures import Figure, left_out, percentile
from tests.bench.ingest import ALICE, fresh, open_darkroom, open_wagtail, to_wagtail
from tests.bench.wagtail import LISTING, Wagtail
from tests.services import ROOT, create_database, eventually, scratch

STORED, TURNS, QUERIES = 100_000, 40, 12
FIRST = ("library, first page", "gallery, first page")
Taken = Mapping[str, Any]


def measure(stored: int = STORED) -> list[Figure]:
    """Measure on SQLite, and on PostgreSQL where there is one."""
    with scratch("looks") as folder:
        stock.looks(looks := folder / "looks.npy")
        found = on("SQLite", {}, looks, stored)
        if services.missing("PostgreSQL"):
            return [*found, left_out("PostgreSQL", "it is not installed")]
        with services.postgres() as env:
            return found + on("PostgreSQL", env, looks, stored)


def on(name: str, env: dict[str, str], looks: Path, stored: int) -> list[Figure]:
    """Fill two databases of one kind, and return what was measured in them."""
    theirs = ""
    if ours := env.get("DATABASE_URL", ""):
        theirs = ours.rpartition("/")[0] + "/wagtail"
        create_database(theirs)
    with scratch("walls") as folder, scratch("wagtail") as other:
        site, peer = Application(folder, **env), Wagtail(other, theirs)
        site.migrate()
        collect_static(site)
        site.add_person(ALICE)
        run(site, "stock", ALICE, stored, looks)
        fill(peer, stored)
        for url in filter(None, (ours, theirs)):
            # Its own keeper does that within the minute.
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
        turned = json.loads(run(site, "turning", ALICE))
        searched = json.loads(run(site, "searches", ALICE))
        beside = in_turns(site, peer, {one: turned[one]["address"] for one in FIRST})
    figures = [*of_pages(turned), *of_searches(searched), *of_peer(beside)]
    return [replace(one, name=f"{name}: {one.name}") for one in figures]


def run(site: Application, module: str, *arguments: object) -> str:
    """Run a module of tests.bench in a site; return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)],
        cwd=ROOT,
        env={**site.env, "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def fill(peer: Wagtail, stored: int) -> None:
    """Upload a few pictures to Wagtail, let it list them, and multiply their rows."""
    with peer.served():
        person = open_wagtail(peer)
        for name, data in fresh("3 MP", 4).items():
            to_wagtail(person, name, data)
        assert person.get(peer.url + LISTING).ok
    peer.fill(stored)


def in_turns(
    site: Application, peer: Wagtail, pages: Mapping[str, str]
) -> dict[str, list[float]]:
    """Return the milliseconds of each page over HTTP, and of Wagtail's listing."""
    taken: dict[str, list[float]] = {name: [] for name in (*pages, "")}
    site.begin("web")
    try:
        eventually("the site is served", site.is_served, 60)
        with peer.served():
            ours, theirs = open_darkroom(site), open_wagtail(peer)
            every = [(name, ours, site.url + path) for name, path in pages.items()]
            every.append(("", theirs, peer.url + LISTING))
            for _turn in range(TURNS):
                for name, person, url in every:
                    began = time.perf_counter()
                    assert person.get(url).ok
                    taken[name].append(1000 * (time.perf_counter() - began))
    finally:
        site.finish()
    # The first turns warm them up.
    return {name: each[3:] for name, each in taken.items()}


def of_pages(turned: Mapping[str, Taken]) -> Iterator[Figure]:
    for name, found in turned.items():
        yield Figure(f"query of {name}", median(found["query"]), "ms", 2)
    for wall in ("library", "gallery"):
        first, last = (
            median(turned[f"{wall}, {which} page"]["ms"]) for which in ("first", "last")
        )
        yield Figure(f"{wall}: last page over the first", last / first, "×", 1.3)
    most = max(found["queries"] for found in turned.values())
    yield Figure("most queries of a page", most, "queries", QUERIES)


def of_searches(searched: Mapping[str, list[float]]) -> Iterator[Figure]:
    for name, each in searched.items():
        goal = 15 if name.startswith("similar") else 20
        yield Figure(f"find {name}, p50", median(each), "ms", goal)
        yield Figure(f"find {name}, p95", percentile(each, 95), "ms")


def of_peer(beside: Mapping[str, list[float]]) -> Iterator[Figure]:
    theirs = percentile(beside[""], 95)
    yield Figure("Wagtail's 30 tiles, p95", theirs, "ms")
    for name in FIRST:
        ours = percentile(beside[name], 95)
        yield Figure(f"60 tiles of {name}, p95", ours, "ms")
        part = ours / theirs
        yield Figure(f"60 tiles of {name}, p95 over 30", part, "×", 0.5, peer="Wagtail")
