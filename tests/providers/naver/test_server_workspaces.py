"""Our own Naver: each team is a workspace, and no foreign one is seen."""

import pytest

from imaging.models import Membership, Role, Team, User, VendorRecord
from tests.lookalikes import empty_index, keep  # noqa: F401
from tests.providers.naver.signing import ABSENT, INVALID, WORKSPACES, Program

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def program(alice: User, studio: Team) -> Program:
    return Program(alice)


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
