"""What every provider owes, kept by Naver: documented answers, and every trouble."""

from typing import ClassVar

from imaging.models import Image, Team
from tests.drawing import jpeg
from tests.providers.contract import Contract
from tests.providers.naver.played import (
    ACCESS,
    SECRET,
    WORKSPACE,
    Played,
    Searched,
    said,
)
from tests.providers.staging import Documented
from tests.stored import an_image

KEPT = "a key is a text, and stored at once; how long Naver keeps it is not stated"
# What these mean of a workspace is asked for, and said with its name.
ABSENT = {"naver_300", "naver_10404"}
REFUSED = "does not take a value of this request"


def documented(call: str) -> tuple[Documented, ...]:
    """Return what gateway and service may answer to any call."""
    keys = "does not accept these keys"
    rows = [
        ("parameter", "naver_10001", REFUSED, True),
        ("parameter-nested", "naver_10001", REFUSED, True),
        ("nothing-chosen", "naver_10014", "nothing to analyse", True),
        ("folder", "naver_10016", "it names a folder", True),
        ("gate-bad-request", "naver_100", "could not read this request", True),
        ("refused-empty", "naver_400", "refuses this with the code 400", True),
        ("unauthorised", "keys", keys, True),
        ("unauthorised-plain", "keys", keys, True),
        ("denied", "forbidden", "may not use Media Intelligence", True),
        ("forbidden", "forbidden", "may not use Media Intelligence", True),
        ("no-route", "naver_300", "has nothing at this address", True),
        ("unknown", "naver_10404", "no such workspace or search", True),
        ("too-large", "naver_430", "larger than Naver Cloud takes", True),
        ("rate-limited", "rate_limited", "asks for fewer requests", False),
        ("fault", "server_error", "a fault of its own", False),
        ("unexpected", "server_error", "a fault of its own", False),
        ("endpoint-error", "server_error", "a fault of its own", False),
        ("endpoint-timeout", "server_error", "a fault of its own", False),
    ]
    return tuple(
        Documented(name, call, said(name), code, words, permanent)
        for name, code, words, permanent in rows
    )


OF_UPLOADS = (
    *documented("presign"),
    *documented("complete"),
    Documented(
        "over-size",
        "complete",
        said("over-size"),
        "over_size_limit",
        "takes files of at most 5 MB; it was sent 0.",
    ),
    Documented(
        "resolution",
        "complete",
        said("resolution"),
        "resolution_not_support",
        "takes pictures from 224 pixels on each side; this one has 640 × 480.",
    ),
    Documented(
        "absent",
        "complete",
        said("absent"),
        "file_not_exist",
        "does not find the file",
        permanent=False,
    ),
    Documented(
        "failed-untold",
        "complete",
        said("failed-untold"),
        "refused",
        "refused the upload: it gives no reason.",
    ),
    Documented(
        "store-expired",
        "put",
        said("store-expired"),
        "address_refused",
        "refused the upload (AccessDenied)",
        permanent=False,
    ),
    Documented(
        "store-tampered",
        "put",
        said("store-tampered"),
        "address_refused",
        "refused the upload (SignatureDoesNotMatch)",
        permanent=False,
    ),
    Documented(
        "store-too-large",
        "put",
        said("store-too-large"),
        "over_size_limit",
        "does not take so large a file",
    ),
)


class Naver(Contract):
    """As both operations keep it. An image may be uploaded; only a search may cost."""

    provider = "naver"
    plays = Played
    promise = "key"
    secrets = ("SECRET_KEY",)
    blocked = ({"width": 223}, {"height": 223}, {"width": 20_000, "height": 100})
    without: ClassVar = {
        "retention": KEPT,
        "cancel": "Naver has no call to stop anything",
    }

    def picture(self, team: Team, seed: int = 0) -> Image:
        data = jpeg(640, 480, seed=seed)
        return an_image(team, data, f"photo{seed}.jpg", width=640, height=480)


class TestSearchAsset(Naver):
    values: ClassVar = {"ACCESS_KEY": ACCESS, "SECRET_KEY": SECRET}
    without: ClassVar = {
        **Naver.without,
        "never": "an upload is judged while one asks: there is nothing to wait for",
    }
    documented = (
        *OF_UPLOADS,
        *(one for one in documented("workspaces") if one.permanent),
    )


class TestSearch(Naver):
    plays = Searched
    operation = "search"
    promise = ""
    # What comes before is the same as with an asset.
    acts = ("poll", "fetch")
    values: ClassVar = {
        "ACCESS_KEY": ACCESS,
        "SECRET_KEY": SECRET,
        "WORKSPACE": WORKSPACE,
    }
    documented = (
        *(one for one in documented("search") if one.permanent),
        *documented("hits"),
        *(one for one in documented("workspace") if one.code not in ABSENT),
        Documented(
            "search-failed",
            "hits",
            said("search-failed"),
            "search_failed",
            "search failed, without a reason",
        ),
    )
