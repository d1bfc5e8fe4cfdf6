"""The signature against published vectors, and every shape of answer read by itself."""

import json

import pytest

from imaging.providers.naver import wire
from tests.providers.vendor import golden

ACCESS, SECRET = "TESTACCESSKEY0000001", "TestSecretKey00000000000000000000000001"
STAMP = 1_795_132_800_000
VECTORS = {
    "POST /api/v1/query-assets/uploads/presigned-url": (
        "uj6OredQMuz4ejhvsRfuzrBXe2Jy9VkdT84MULskt74="
    ),
    "POST /api/v1/query-assets/uploads/complete": (
        "S+5Shlj7nYU919+45lpej8vJ8x2xC7hrBFbmYUWA6XY="
    ),
    "POST /api/v1/workspaces/my-workspace/assets/search": (
        "GFqRwein+FxnhKUDO4iWat7w+eOG604JtmyaV4BOWDg="
    ),
    "GET /api/v1/workspaces/my-workspace/assets/search/JtWJKTDCKknMHP8Id4Gt"
    "?pageSize=50&pageNum=1": "Is89wWeKwcaZJa59ieyVfpXbAsmDaP9mVmgyOrDU7go=",
    "GET /api/v1/workspaces?pageNum=1&pageSize=100": (
        "yX8vn4+qgT7HCaRmdJ2tgJHR5cUlVrM37NnldtKKgwY="
    ),
}


@pytest.mark.parametrize("request_line", VECTORS)
def test_the_signature_is_that_of_the_vectors(request_line: str) -> None:
    method, target = request_line.split(" ")
    headers = wire.dump_headers(method, target, STAMP, ACCESS, SECRET)
    assert headers == {
        "x-ncp-apigw-timestamp": "1795132800000",
        "x-ncp-iam-access-key": ACCESS,
        "x-ncp-apigw-signature-v2": VECTORS[request_line],
    }


def test_the_well_known_mistakes_give_another_signature() -> None:
    url = f"https://mi.apigw.ntruss.com{wire.COMPLETE}"
    signed = wire.sign("POST", url, str(STAMP), ACCESS, SECRET)
    assert signed == "dQcwj7eNiXZku2s4YmORcsqrJVNV7yWSQ3TeJ3wFc/8="
    longer = wire.sign("POST", wire.COMPLETE, str(STAMP), f"{ACCESS}\n", SECRET)
    assert longer == "tbDZMOmdt3mc1/aqFleez0HKiwa6pJKMlJqV8/llFNM="


def test_the_paths_are_those_that_are_documented() -> None:
    assert wire.PRESIGN == "/api/v1/query-assets/uploads/presigned-url"
    assert wire.COMPLETE == "/api/v1/query-assets/uploads/complete"
    assert wire.workspaces_target() == "/api/v1/workspaces?pageNum=1&pageSize=100"
    assert wire.workspace_path("my-workspace") == "/api/v1/workspaces/my-workspace"
    assert wire.hits_target("w", "JtWJ") == (
        "/api/v1/workspaces/w/assets/search/JtWJ?pageSize=100&pageNum=1"
    )


def test_a_strange_name_cannot_leave_its_place_in_a_path() -> None:
    assert wire.workspace_path("a/../b?c") == "/api/v1/workspaces/a%2F..%2Fb%3Fc"


def test_requests_are_written_as_documented() -> None:
    assert wire.dump_presign("search_image.jpg") == {
        "assetType": "IMAGE",
        "assetFileName": "search_image.jpg",
    }
    assert wire.dump_complete("images/k/a.jpg") == {"assetKey": "images/k/a.jpg"}
    assert wire.Query(image="k").dump() == {"query": {"imageQuery": "k"}}
    full = wire.Query(
        text="a lighthouse",
        persons=wire.Filter(must=[1], any=[2], none=[3]),
        dialogue=wire.Filter(any=["fog"]),
        option={"level": "HIGH"},
        limits={"projectIds": [4]},
    )
    assert full.dump() == {
        "query": {
            "textQuery": "a lighthouse",
            "personQuery": {"must": [1], "any": [2], "not": [3]},
            "dialogQuery": {"any": ["fog"]},
        },
        "queryOption": {"level": "HIGH"},
        "filter": {"projectIds": [4]},
    }


@pytest.mark.parametrize(
    "query",
    [
        wire.Query(),
        wire.Query(image="k", text="both"),
        wire.Query(text="a;b"),
        wire.Query(image="k", dialogue=wire.Filter(must=["a|b"])),
        wire.Query(image="k", dialogue=wire.Filter(none=["a`b"])),
    ],
)
def test_what_a_search_refuses_is_not_sent(query: wire.Query) -> None:
    with pytest.raises(ValueError):
        query.dump()


def body(name: str) -> bytes:
    return golden(f"naver/{name}.http").partition(b"\r\n\r\n")[2]


def result(name: str) -> dict:
    said = json.loads(body(name))
    assert wire.read_code(said) == "0"
    return wire.read_result(said)


def test_the_status_of_an_upload_is_read() -> None:
    key = "images/.../query_image.jpg"
    assert wire.read_status(result("completed")) == wire.Status(True, key)
    for name, reason in (
        ("absent", "FILE_NOT_EXIST"),
        ("over-size", "OVER_SIZE_LIMIT"),
        ("resolution", "RESOLUTION_NOT_SUPPORT"),
        ("failed-untold", ""),
    ):
        assert wire.read_status(result(name)) == wire.Status(False, key, reason)


def test_an_address_is_read_and_lives_15_minutes_unless_told() -> None:
    said = result("address")
    address = wire.read_address(said)
    assert address.key == "images/6f1c2a90b7d84e5f9a3c1d2e4b5a6978/query_image.heic"
    assert address.url.startswith("https://kr.object.ncloudstorage.com/mi-query/")
    assert address.seconds == 900
    del said["expirationSeconds"]
    assert wire.read_address(said).seconds == 900


def test_a_search_is_read() -> None:
    assert wire.read_search_id(result("search")) == "JtWJKTDCKknMHP8Id4Gt"
    assert wire.read_hits(result("running")).status == "RUNNING"
    assert wire.read_hits(result("search-failed")).status == "FAILED"
    found = wire.read_hits(result("found"))
    assert (found.status, found.total, found.pages) == ("COMPLETED", 1, 1)
    assert found.entries[0]["assetId"] == 5678


def test_workspaces_are_read() -> None:
    assert wire.read_workspaces(result("workspaces")) == ["my-workspace"]


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("parameter", "10001", "Invalid Request."),
        ("parameter-nested", "10001", "Invalid Request."),
        (
            "unauthorised",
            "200",
            "Authentication Failed Invalid authentication information.",
        ),
        ("rate-limited", "420", "Rate Limited"),
        ("unauthorised-plain", "", ""),
        ("refused-empty", "", ""),
    ],
)
def test_a_refusal_is_read_wherever_its_code_stands(
    name: str, code: str, message: str
) -> None:
    assert wire.read_error(body(name)) == (code, message)


def test_a_refusal_of_the_store_is_read() -> None:
    assert wire.read_store_error(body("store-expired")) == "AccessDenied"
    assert wire.read_store_error(body("store-tampered")) == "SignatureDoesNotMatch"
    assert wire.read_store_error(b"<html>no</html>") == ""


@pytest.mark.parametrize("said", [None, [], "", 7, {}, {"result": []}])
def test_what_is_no_answer_is_an_error_and_not_a_crash(said: object) -> None:
    with pytest.raises(ValueError):
        wire.read_result(said)
    assert wire.read_error(json.dumps(said).encode()) == ("", "")


@pytest.mark.parametrize(
    "changed",
    [
        {"uploadStatus": None},
        {"uploadStatus": "MAYBE"},
        {"uploadStatus": ["COMPLETED"]},
        {"assetKey": None},
        {"assetKey": 7},
        {"assetKey": "x" * 5_000},
    ],
)
def test_a_status_that_makes_no_sense_is_an_error(changed: dict) -> None:
    with pytest.raises(ValueError):
        wire.read_status({**result("completed"), **changed})


@pytest.mark.parametrize("results", ["none", [1], {"a": 1}])
def test_hits_that_make_no_sense_are_an_error(results: object) -> None:
    with pytest.raises(ValueError):
        wire.read_hits({**result("found"), "results": results})
