"""Our own Naver: workspaces, and searches in what their caller may see."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from imaging.models import Image, Membership, Role, Team, User, VendorRecord
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


def test_each_team_is_a_workspace(program: Program, studio: Team) -> None:
    status, said = program.get(f"{WORKSPACES}?pageNum=1")
    result = said["result"]
    assert (status, said["code"]) == (200, "0")
    names = ["totalCount", "totalPage", "pageNo", "pageSize", "content"]
    assert list(result) == names
    assert [result[name] for name in names[:4]] == [2, 1, 1, 1000]
    assert result["content"][1] == {
        "workspaceName": "studio",
        "workspaceUrl": f"http://testserver{WORKSPACES}/studio",
        "createdUserName": "Alice",
        "createdTime": f"{studio.created:%Y-%m-%dT%H:%M:%SZ}",
        "updatedUserName": "Alice",
        "updatedTime": f"{studio.created:%Y-%m-%dT%H:%M:%SZ}",
    }
    status, said = program.get(f"{WORKSPACES}/studio")
    assert list(said["result"])[-1] == "monthlyAnalysisCount"
    assert {**said["result"], "monthlyAnalysisCount": 0} == {
        **result["content"][1],
        "monthlyAnalysisCount": 0,
    }
    Team.objects.filter(pk=studio.pk).update(name="Renamed")
    assert program.get(f"{WORKSPACES}/studio")[0] == 200


def test_pages_of_workspaces(program: Program) -> None:
    def names(query: str) -> list[str]:
        said = program.get(f"{WORKSPACES}?{query}")[1]
        return [one["workspaceName"] for one in said["result"]["content"]]

    assert names("pageNum=1&pageSize=1") == ["alice"]
    assert names("pageNum=2&pageSize=1") == ["studio"]
    assert names("pageNum=3&pageSize=1") == []
    for wrong in (
        "",
        "pageSize=10",
        "pageNum=0",
        "pageNum=x",
        "pageNum=1&pageSize=1001",
        "pageNum=99999999999999999999",
    ):
        assert program.get(f"{WORKSPACES}?{wrong}") == INVALID


def test_a_workspace_is_made_once(program: Program, charlie: User) -> None:
    body = {"workspaceName": "my-workspace", "bucketName": "my-bucket"}
    status, said = program.post(WORKSPACES, body)
    names = ["createdUserName", "createdTime", "updatedUserName", "updatedTime"]
    assert (status, list(said["result"])) == (200, ["workspaceName", *names])
    assert program.get(f"{WORKSPACES}/my-workspace")[1]["result"]["bucketName"] == (
        "my-bucket"
    )
    assert program.post(WORKSPACES, body) == INVALID
    assert program.post(WORKSPACES, {"workspaceName": "studio"}) == INVALID
    # Others neither see it, nor learn of it by being refused its name.
    other = Program(charlie)
    assert other.get(f"{WORKSPACES}/my-workspace") == ABSENT
    assert other.post(WORKSPACES, body)[0] == 200


@pytest.mark.parametrize("name", [None, 5, "", "ab", "a" * 64, "Abc", "a_b", "a\n bc"])
def test_a_name_that_is_none_makes_nothing(program: Program, name: object) -> None:
    assert program.post(WORKSPACES, {"workspaceName": name}) == INVALID
    assert not VendorRecord.objects.exists()


def test_somebody_in_two_teams_of_one_name_can_tell_them_apart(
    program: Program, alice: User
) -> None:
    other = Team.objects.create(name="Studio")
    Membership.objects.create(team=other, user=alice, role=Role.OWNER)
    content = program.get(f"{WORKSPACES}?pageNum=1")[1]["result"]["content"]
    names = [one["workspaceName"] for one in content]
    assert names[1] == "studio"
    assert names[2].startswith("studio-")
    assert program.get(f"{WORKSPACES}/{names[2]}")[0] == 200


def test_a_name_without_latin_letters_gets_one(alice: User) -> None:
    Team.objects.update(name="스튜디오")
    team = alice.own_teams()[0]
    assert Program(alice).get(f"{WORKSPACES}/team-{team.pk.hex[:8]}")[0] == 200


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


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": {}},
        {"query": []},
        {"query": {"textQuery": "a", "imageQuery": "b"}},
        {"query": {"textQuery": " "}},
        {"query": {"textQuery": 5}},
        {"query": {"textQuery": "a\0"}},
        {"query": {"textQuery": "\udfff"}},
        *({"query": {"textQuery": f"a{one}b"}} for one in ";|`"),
        {"query": {"textQuery": "a", "dialogQuery": {"any": ["a;b"]}}},
        {"query": {"textQuery": "a", "dialogQuery": {"any": "ab"}}},
        {"query": {"textQuery": "a", "personQuery": {"must": ["5"]}}},
        {"query": {"textQuery": "a", "personQuery": {"must": [True]}}},
        {"query": {"textQuery": "a", "personQuery": 5}},
        {"query": {"imageQuery": "images/k/a.jpg"}},
    ],
)
def test_what_is_no_search_leaves_nothing(program: Program, body: object) -> None:
    assert program.post(f"{WORKSPACES}/studio/assets/search", body) == INVALID
    assert not VendorRecord.objects.filter(kind="search").exists()


def test_only_the_key_of_a_completed_image_is_searched_by(program: Program) -> None:
    path = f"{WORKSPACES}/studio/assets/search"
    key = program.sent("a.heic", drawing.heic(320, 240))
    assert program.post(path, {"query": {"imageQuery": key}}) == INVALID
    final = program.complete(key)[0]
    assert program.post(path, {"query": {"imageQuery": final}})[0] == 200
    # The old one is good for asking again only.
    assert program.post(path, {"query": {"imageQuery": key}}) == INVALID


def test_absent_and_foreign_are_the_same(program: Program, charlie: User) -> None:
    charlie.own_teams()
    for name in ("charlie", "nothing", "%00", "a%2fb"):
        assert program.get(f"{WORKSPACES}/{name}")[0] == 404
    for search in ("x" * 20, "x", "%00"):
        assert program.get(f"{WORKSPACES}/studio/assets/search/{search}") == ABSENT
    for wrong in ("pageSize=101", "pageSize=0", "pageNum=-1", "pageNum="):
        path = f"{WORKSPACES}/studio/assets/search/{'x' * 20}"
        assert program.get(f"{path}?{wrong}") == INVALID
