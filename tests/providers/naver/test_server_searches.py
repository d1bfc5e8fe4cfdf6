"""Our own Naver: searches in what their caller may see."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from imaging.models import Image, Team, User, VendorRecord
from tests import drawing
from tests.lookalikes import empty_index, keep  # noqa: F401
from tests.providers.naver.signing import ABSENT, INVALID, WORKSPACES, Program

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def program(alice: User, studio: Team) -> Program:
    return Program(alice)


def searched(program: Program, where: str, query: Any, page: str = "") -> Any:
    """Search, and return the result."""
    path = f"{WORKSPACES}/{where}/assets/search"
    status, said = program.post(path, {"query": query})
    assert (status, list(said["result"])) == (200, ["searchId"])
    status, said = program.get(f"{path}/{said['result']['searchId']}{page}")
    assert status == 200
    return said["result"]


def asset(program: Program, seed: int = 0) -> str:
    key = program.sent("query.jpg", drawing.jpeg(seed=seed))
    assert program.complete(key)[1] == "COMPLETED"
    return key


def images_of(result: Any) -> list[str]:
    """Return which images the numbers of a result stand for."""
    keys = dict(VendorRecord.objects.values_list("number", "key"))
    return [keys[hit["assetId"]] for hit in result["results"]]


def test_a_search_by_a_picture_finds_it_first(
    program: Program, studio: Team, tmp_path: Path
) -> None:
    image = keep(studio, drawing.photo(), tmp_path)
    keep(studio, drawing.photo(seed=8), tmp_path)
    key = asset(program)
    result = searched(program, "studio", {"imageQuery": key})
    assert list(result) == ["searchId", "status", "totalCount", "totalPage", "results"]
    assert (result["status"], result["totalPage"]) == ("COMPLETED", 1)
    assert images_of(result)[0] == image.pk.hex
    hit = result["results"][0]
    assert list(hit) == ["assetId", "projectId", "assetType", "indexId", "score"]
    assert hit["assetType"] == "IMAGE"
    assert 0.9 < hit["score"] <= 1
    again = searched(program, "studio", {"imageQuery": key})
    assert again["results"] == result["results"]


def test_only_what_the_caller_may_see_is_found(
    program: Program, bob: User, charlie: User, studio: Team, tmp_path: Path
) -> None:
    mine = keep(studio, drawing.photo(), tmp_path)
    for user in (charlie, bob):
        keep(user.own_teams()[0], drawing.photo(), tmp_path)
    path = f"{WORKSPACES}/studio/assets/search"
    key = asset(program)
    # Nor is what was sent to search by, however often.
    result = searched(program, "studio", {"imageQuery": asset(program)})
    assert images_of(result) == [mine.pk.hex]
    assert searched(program, "alice", {"imageQuery": key})["totalCount"] == 0
    assert searched(program, "alice", {"textQuery": "query"})["totalCount"] == 0
    other = Program(charlie)
    assert other.get(f"{path}/{result['searchId']}") == ABSENT
    assert other.post(path, {"query": {"textQuery": "a"}}) == ABSENT
    alone = f"{WORKSPACES}/charlie/assets/search"
    assert other.post(alone, {"query": {"imageQuery": key}}) == INVALID
    assert program.get(f"{WORKSPACES}/alice/assets/search/{result['searchId']}") == (
        ABSENT
    )
    # What goes into the trash goes out of a search that has found it.
    Image.objects.filter(pk=mine.pk).update(trashed=timezone.now())
    assert program.get(f"{path}/{result['searchId']}")[1]["result"]["results"] == []


def test_a_search_by_words_goes_page_by_page(
    program: Program, studio: Team, tmp_path: Path
) -> None:
    names = [f"Café am Meer {number}.png" for number in range(5)]
    for name in (*names, "Berg.png"):
        keep(studio, drawing.photo(90, 90), tmp_path, name)
    said = {"textQuery": "meer CAFE"}
    result = searched(program, "studio", said, "?pageSize=2&pageNum=3")
    assert (result["totalCount"], result["totalPage"]) == (5, 3)
    (oldest,) = images_of(result)
    assert Image.objects.get(pk=oldest).name == names[0]
    assert result["results"][0]["score"] == 1.0
    result = searched(program, "studio", said, "?pageSize=2&pageNum=4")
    assert result["results"] == []
    result = searched(program, "studio", {"textQuery": "nothing like it"})
    assert (result["totalCount"], result["totalPage"], result["results"]) == (0, 0, [])


def test_nobody_here_goes_by_a_number(
    program: Program, studio: Team, tmp_path: Path
) -> None:
    keep(studio, drawing.photo(90, 90), tmp_path)
    query: dict[str, Any] = {"textQuery": "a", "personQuery": {"not": [5]}}
    query["dialogQuery"] = {"any": ["fog"]}
    assert searched(program, "studio", query)["totalCount"] == 1
    query["personQuery"] = {"any": [5]}
    assert searched(program, "studio", query)["totalCount"] == 0
