"""Naver's API: calls are signed with the key pair of a token."""

import time

from imaging.models import ApiToken, VendorRecord
from imaging.providers.naver.server.workspaces import begin_own
from tests.permissions import row
from tests.permissions.world import World
from tests.providers.naver.signing import signature

QUERY = {"query": {"textQuery": "a lighthouse"}}
PAGE = {"pageNum": 1, "pageSize": 10}


def shown(pair: ApiToken, method: str, path: str, **_how: object) -> dict[str, str]:
    stamp = str(int(time.time() * 1000))
    lines = (f"{method} {path}", stamp, pair.access_key)
    return {
        "x-ncp-apigw-timestamp": stamp,
        "x-ncp-iam-access-key": pair.access_key,
        "x-ncp-apigw-signature-v2": signature(pair.secret_key, *lines),
    }


def a_search(world: World) -> str:
    where = begin_own(world.team)
    return VendorRecord.objects.create(
        provider="naver",
        kind="search",
        team=world.team,
        key=world.team.pk.hex[:20],
        data={"workspace": where.number, "text": "a", "nothing": False, "found": []},
    ).key


THINGS = {
    "workspace": lambda world: begin_own(world.team).key,
    "search": a_search,
}
ROWS = {
    "api/v1/query-assets/uploads/presigned-url": row("POST person upload"),
    "api/v1/query-assets/uploads/complete": row("POST person upload"),
    "api/v1/workspaces": row(
        "GET person read, POST person upload", sends={"GET": PAGE}
    ),
    "api/v1/workspaces/<str:workspace>": row("GET viewer read", workspace="workspace"),
    "api/v1/workspaces/<str:workspace>/assets/search": row(
        "POST viewer read", workspace="workspace", sends={"POST": QUERY}
    ),
    "api/v1/workspaces/<str:workspace>/assets/search/<str:search>": row(
        "GET viewer read", workspace="workspace", search="search", sends={"GET": PAGE}
    ),
    "^api/v1/(?:query-assets|workspaces)/": row(
        "ANY nobody", address="=/api/v1/workspaces/a/b"
    ),
}
