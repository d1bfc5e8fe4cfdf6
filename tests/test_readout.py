"""What was kept in English is read out in the reader's language."""

import re

import pytest
from django.utils import translation

from imaging.background.outcomes import in_time
from imaging.decoding import refusals
from imaging.language.readout import read_out
from imaging.models import Order, Task, Team, User
from imaging.providers.kokoon.calls import REFUSALS, refusal
from tests.labwork import a_picture
from tests.stored import an_image
from tests.test_readers import AT

HANGUL = re.compile("[가-힣]")
FILES = [
    refusals.empty(),
    refusals.too_many_bytes(200 * 2**20),
    refusals.unknown_format("a PDF"),
    refusals.unknown_format(""),
    refusals.too_small(20, 4_000),
    refusals.too_large_pixels(20_000, 10_000, 62),
    refusals.wrong_length(12, 13),
    refusals.changed_on_the_way(),
    refusals.damaged("jpeg"),
    refusals.too_many_scans(100),
    refusals.too_much_memory(2**30),
    refusals.too_slow(2.5, processor=True),
    refusals.too_slow(2.5, processor=False),
]


@pytest.mark.parametrize("refused", FILES, ids=lambda one: one.code)
def test_why_a_file_is_refused_is_read_out(refused: refusals.Refused) -> None:
    with translation.override("ko"):
        told = read_out(refused.message)
    assert HANGUL.search(told)
    # No English is left but for what was filled in, which is all there.
    assert not re.search(r"\b(the|this|that|is|at most|again)\b", told, re.I)
    assert set(re.findall(r"\d[\d.,]*\d", refused.message)) <= set(
        re.findall(r"\d[\d.,]*\d", told)
    )


def test_what_a_provider_refuses_is_read_out_with_its_own_words() -> None:
    with translation.override("ko"):
        for words in REFUSALS:
            error = refusal(400, f"{words} (so it said)")
            assert HANGUL.search(read_out(error.message))
            assert HANGUL.search(read_out(error.hint))
        told = read_out(refusal(400, "no such thing").message)
    assert told == "Kokoon이 거부했습니다: “no such thing”."


def test_several_sentences_are_read_out_one_after_another() -> None:
    said = f"Make room, then retry: the job is not paid again. {in_time(AT)}"
    with translation.override("ko"):
        told = read_out(said)
    assert told.startswith("공간을 마련한 뒤 다시 시도하세요.")
    assert told.endswith("그 전에 다시 시도하면 무료입니다.")


def test_what_is_filled_in_is_read_out_too() -> None:
    with translation.override("ko"):
        assert read_out("Changed by: Heal, White teeth.") == (
            "바꾼 것: 잡티 제거, 치아 미백."
        )


@pytest.mark.parametrize("said", ["", "Ein Satz von anderswo.", "%s", "x" * 5_000])
def test_what_is_not_ours_stays_as_it_is(said: str) -> None:
    with translation.override("ko"):
        assert read_out(said) == said


def test_in_english_nothing_changes() -> None:
    assert read_out(refusals.empty().message) == refusals.empty().message


@pytest.mark.django_db
def test_why_a_picture_is_not_taken_is_kept_in_english(studio: Team, bob: User) -> None:
    wide = an_image(studio, b"wide", "wide.jpg", width=6000, height=6000)
    order = Order.of(studio, "local", "upscale", {"scale": 4, "engine": "classical"})
    with translation.override("ko"):
        batch = Task.objects.start(
            [wide, a_picture(studio)], order, team=studio, user=bob
        )
        said = batch.tasks.get(image=wide).message
        assert said.startswith("The result would have")
        assert HANGUL.search(read_out(said))
