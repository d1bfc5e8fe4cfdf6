"""Bombs, lies and files that are two things at once, at every door."""

import json
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache

import pytest
import requests

from tests.doors import DOORS
from tests.drawing import jpeg
from tests.prove.strangers.lying import LIES, Liar
from tests.prove.strangers.mutations import Mutation
from tests.prove.strangers.planted import NAMES, PLANTS, Plant
from tests.prove.strangers.watching import (
    KEEPS_NOTHING,
    MOST_GROWTH,
    Watch,
    watching,
    wrong_with,
)

pytestmark = pytest.mark.prove
VENDORS = {
    "kokoon": {"jpeg", "png", "bmp"},
    "retouch4me": {"jpeg", "png"},
    "naver": {"jpeg", "png", "webp", "heic"},
}
SERVED = ["/images/{}/original", "/images/{}/download/"]


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    with watching() as watch:
        watch.warm_up(DOORS)
        yield watch


@cache
def planted() -> list[Mutation]:
    return [
        Mutation(number, "planted", name, plant.make())
        for number, (name, plant) in enumerate(PLANTS.items())
    ]


def is_taken(door: str, plant: Plant) -> bool:
    """Say whether a door takes a file, by what its vendor's pages say."""
    if not plant.format or plant.format not in VENDORS.get(door, {plant.format}):
        return False
    if door == "kokoon":
        return max(plant.seen) <= 3_840 and min(plant.seen) <= 2_160
    return door != "naver" or min(plant.seen) >= 224


@pytest.mark.parametrize("door", DOORS)
def test_what_was_made_to_do_harm_does_none(
    watch: Watch, door: str, proved: Callable[[str], None]
) -> None:
    ones = planted()
    wrong = watch.hold(door, ones)
    for number, (name, plant) in enumerate(PLANTS.items()):
        outcome, expected = watch.outcomes[number], is_taken(door, plant)
        if not isinstance(outcome, str) and outcome.taken != expected:
            wrong.append(f"{name} at {door}: {outcome}")
    found = watch.inside.call("stored")
    for number, (name, plant) in enumerate(PLANTS.items()):
        for said in found.pop(str(number), []) if is_taken(door, plant) else []:
            if said != [plant.format, f"image/{plant.format}", *plant.seen]:
                wrong.append(f"{name} is stored as {said}")
    watch.inside.call("forget")
    assert not wrong, f"{len(wrong)} at {door}:\n" + "\n".join(wrong)
    proved(
        f"{len(ones)} planted files at the door {door}: {watch.refused[door]} refused, "
        f"the slowest in {watch.slowest:.1f} s, the others told by their content."
    )


def test_two_things_in_one_are_served_as_the_picture_alone(watch: Watch) -> None:
    for one in planted():
        plant = PLANTS[one.of]
        if " and a" in one.of and plant.format:
            before = watch.inside_now().images
            sent = watch.send("form", one)
            assert not isinstance(sent, str)
            assert sent.taken
            (pk,) = watch.inside_now().images.keys() - before.keys()
            for address in SERVED:
                answer = watch.doors.browser.get(
                    watch.site.url + address.format(pk), timeout=60
                )
                assert answer.headers["Content-Type"] == f"image/{plant.format}"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "sandbox" in answer.headers["Content-Security-Policy"]
                assert answer.content == one.data


@pytest.mark.parametrize("door", DOORS)
def test_a_name_is_shown_clean_and_no_part_of_a_path(
    watch: Watch, door: str, proved: Callable[[str], None]
) -> None:
    wrong = []
    before = watch.inside_now()
    for number, name in enumerate(NAMES):
        data = jpeg(seed=1) + f"{door} named {number}".encode()
        outcome = watch.doors.send(door, data, name, number)
        if why := wrong_with(door, outcome):
            wrong.append(f"{name[:60]!r} at {door}: {why}")
    after = watch.settled(before)
    shown = [name for pk, name in after.images.items() if pk not in before.images]
    wrong += [f"{name!r} is not clean" for name in shown if not is_clean(name)]
    wrong += [one for one in after.temporaries if one not in before.temporaries]
    wrong += after.strays
    assert not wrong, "\n".join(wrong)
    assert bool(shown) != (door in KEEPS_NOTHING)
    proved(f"{len(NAMES)} hostile names at the door {door}: {len(shown)} stored clean.")


def is_clean(name: str) -> bool:
    kinds = {unicodedata.category(char) for char in name}
    plain = unicodedata.is_normalized("NFC", name) and len(name) <= 150
    return plain and not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"} and "/" not in name


@pytest.mark.parametrize("door", DOORS)
def test_a_length_that_lies_breaks_nothing(watch: Watch, door: str) -> None:
    liar = Liar(watch.doors.ask)
    wrong, before = [], watch.inside_now()
    for number, lie in enumerate(LIES):
        data = jpeg(seed=2) + f"{door} {lie}".encode()
        watch.doors.ask = liar.tell(lie)
        try:
            outcome = watch.doors.send(door, data, f"lie-{number}.jpg", number)
        except requests.RequestException as error:
            wrong.append(f"{lie} at {door}: {error}")
            continue
        finally:
            watch.doors.ask = liar.truth
        if outcome.status >= 500 or not (outcome.taken or outcome.said or liar.bare):
            wrong.append(f"{lie} at {door}: {outcome}")
    assert not wrong, "\n".join(wrong)
    after = watch.settled(before)
    assert after.temporaries == before.temporaries
    assert not after.strays


def test_nothing_is_left_of_all_that(
    watch: Watch, proved: Callable[[str], None]
) -> None:
    growth = watch.growth()
    proved(f"By what was planted a web process grew by {growth >> 20} MB at most.")
    assert growth < MOST_GROWTH
    assert json.loads(watch.site.manage("check_integrity", "--deep", "--json"))["ok"]
    log = watch.site.log("web").read_text()
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:4_000]
