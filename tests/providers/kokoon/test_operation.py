"""What Kokoon takes and makes, and about what it costs: said before the upload."""

from typing import Any

import pytest

from imaging.providers.accounts import Account
from imaging.providers.base import Facts
from imaging.providers.kokoon.operation import Upscale, wanted

UPSCALE = Upscale()


def facts(width: int, height: int, form: str = "jpeg", **more: Any) -> Facts:
    return Facts("a.jpg", form, more.pop("size", 1_000), width, height, **more)


def options(**chosen: Any) -> dict[str, Any]:
    return {**UPSCALE.defaults(), **chosen}


def test_every_option_has_a_default_that_is_accepted() -> None:
    form = UPSCALE.form(UPSCALE.defaults())
    assert form.is_valid(), form.errors
    assert form.cleaned_data["use_sr"] is True
    asked = wanted("v", (1, 2), form.cleaned_data)
    assert (asked.category, asked.input_quality) == ("general", "medium")
    assert (asked.task_type, asked.format) == ("SR_IMAGE", "png")


@pytest.mark.parametrize(
    ("seen", "chosen", "size"),
    [
        (facts(640, 360), {}, (1280, 720)),
        (facts(640, 360), {"scale": 4}, (2560, 1440)),
        (facts(640, 360), {"width": 1920}, (1920, 1080)),
        (
            facts(640, 360),
            {"width": 1000, "height": 1000, "stretch": True},
            (1000, 1000),
        ),
        # As far as results go, in the same proportions.
        (facts(3840, 2160), {"scale": 4}, (7680, 4320)),
        (facts(4000, 3000), {}, (5760, 4320)),
        (facts(3000, 4000), {}, (4320, 5760)),
    ],
)
def test_the_size_of_the_result(
    seen: Facts, chosen: dict[str, Any], size: tuple[int, int]
) -> None:
    assert UPSCALE.size(seen, options(**chosen)) == size
    assert not UPSCALE.check(seen, options(**chosen)).blocked


def test_all_that_is_done_otherwise_is_said_in_one_verdict() -> None:
    verdict = UPSCALE.check(facts(4000, 3000, "heic"), options())
    assert verdict.state == "adapted"
    assert verdict.reason == (
        "Sent as a copy: made smaller to 2880 × 2160, saved as JPEG. "
        "The result gets 5760 × 4320 pixels, the most there is."
    )
    assert UPSCALE.check(facts(3840, 2160), options()).state == "ok"


@pytest.mark.parametrize(
    ("seen", "chosen", "limit", "measured"),
    [
        (facts(63, 640), {}, "64 × 64 px", "63 × 640 px"),
        (facts(640, 360), {"width": 8000}, "7680 × 4320 px", "8000 × 4500 px"),
        (facts(640, 360), {"height": 63}, "64 px", "112 × 63 px"),
        (facts(9000, 6000), {}, "7680 × 4320 px", "9000 × 6000 px"),
    ],
)
def test_what_cannot_be_is_blocked_with_limit_and_value(
    seen: Facts, chosen: dict[str, Any], limit: str, measured: str
) -> None:
    verdict = UPSCALE.check(seen, options(**chosen))
    assert (verdict.state, verdict.limit) == ("blocked", limit)
    assert verdict.measured == measured
    assert verdict.reason


def test_the_estimate_is_by_pixels_and_previews_are_free() -> None:
    full = facts(960, 540)
    assert UPSCALE.estimate(full, options()).cost == 1
    assert UPSCALE.estimate(full, options(scale=4)).cost == 4
    assert UPSCALE.estimate(full, options(scale=4, preview=True)).cost == 0
    assert UPSCALE.estimate(full, options()).unit == "credits"


def test_an_account_says_what_is_not_published() -> None:
    account = Account(values={"credit_pixels": "1000000", "largest": "2000 x 4000"})
    fitted = UPSCALE.at(account)
    assert fitted.estimate(facts(960, 540), options(scale=4)).cost == 8
    assert fitted.check(facts(960, 540), options(width=4001)).limit == "4000 × 2000 px"
    odd = UPSCALE.at(Account(values={"credit_pixels": "0", "largest": "large"}))
    assert odd.estimate(facts(960, 540), options(scale=4)).cost == 4
    assert odd.largest == (7680, 4320)
