"""Our own Naver: what is no search, and where there is none."""

import pytest

from imaging.models import Team, User, VendorRecord
from tests import drawing
from tests.lookalikes import empty_index, keep  # noqa: F401
from tests.providers.naver.signing import ABSENT, INVALID, WORKSPACES, Program

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def program(alice: User, studio: Team) -> Program:
    return Program(alice)


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
