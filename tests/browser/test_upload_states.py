"""What becomes of files on the upload page, and that its sums always add up."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import drawing
from tests.browser.steps import begin, choose, count, row, upload, wait_for_end
from tests.browser.uploading import (  # noqa: F401
    adds_up,
    button,
    either_fixture,
    new,
    sent_to,
)

FALLBACK = "Object.defineProperty(crypto, 'subtle', { value: undefined });"


def test_verdicts_are_shown_before_a_byte_is_sent_and_follow_the_order(
    either: Page,
) -> None:
    sent = sent_to(either, "/upload/file/")
    either.route("**/upload/file/", lambda _route: None)
    choose(either, {"wide.jpg": drawing.jpeg(4000, 3000), **new("small.jpg")})
    wide = row(either, "wide.jpg")
    expect(wide).to_contain_text("4000 × 3000")
    expect(wide.locator(".chip-adapted")).to_have_text(
        "This computer: By the classical engine, as a network would take about "
        "5 minutes."
    )
    either.get_by_label("Engine").select_option("classical")
    expect(wide.locator(".chip-ok")).to_have_text("This computer")
    either.get_by_text("4 ×", exact=True).click()
    expect(wide.locator(".chip-blocked")).to_have_text(
        "This computer: 192.0 megapixels, limit 62 megapixels"
    )
    expect(wide).to_contain_text("The result would have 16000 × 12000 pixels")
    expect(row(either, "small.jpg").locator(".chip-ok")).to_be_visible()
    summary = either.locator("[data-summary]")
    expect(summary).to_contain_text("cannot be done as chosen: 1")
    expect(summary).to_contain_text(re.compile(r"takes about \d+ s · free of charge"))
    either.get_by_text("Only store").click()
    expect(wide.locator(".chip-ok")).to_be_visible()
    expect(summary).not_to_contain_text("takes")
    assert set(sent) <= {"POST"}
    adds_up(either)


def test_what_is_refused_by_its_header_is_never_sent(
    either: Page, tmp_path: Path
) -> None:
    sent = sent_to(either, "/upload/file/")
    large = tmp_path / "large.jpg"
    large.write_bytes(drawing.jpeg())
    with large.open("ab") as file:
        file.truncate(101 << 20)
    drawn = {
        "words.txt": b"Dear Sir",
        "narrow.png": drawing.png(60, 200),
        "huge.png": drawing.huge_png(30_000, 30_000),
    }
    paths = [large]
    for name, data in drawn.items():
        (tmp_path / name).write_bytes(data)
        paths.append(tmp_path / name)
    either.locator("#files").set_input_files(paths)
    expect(count(either, "refused")).to_have_text("4")
    for name, words in (
        ("large.jpg", "101.0 MB or more; at most 100 MB are taken"),
        ("words.txt", "not a picture that can be taken here"),
        ("narrow.png", "60 × 200 pixels; each side needs at least 64"),
        ("huge.png", "900.0 megapixels (30,000 × 30,000); at most 62"),
    ):
        expect(row(either, name)).to_contain_text(words)
    assert not sent
    expect(button(either, "Begin")).to_be_disabled()
    adds_up(either)


@pytest.mark.parametrize("hashing", ["the browser's", "our own"])
def test_what_is_here_already_is_amber_and_used(
    either: Page, hashing: str, problems: list[str]
) -> None:
    files = new("first.jpg", "second.jpg")
    if hashing == "our own":
        # As on plain http, away from this machine.
        either.route(
            re.compile(r"/hash-worker\.[0-9a-f]+\.js"),
            lambda route: route.fulfill(
                content_type="text/javascript",
                body=FALLBACK + route.fetch().text(),
            ),
        )
    upload(either, files)
    expect(count(either, "stored")).to_have_text("2")
    either.goto("/upload/")
    sent = sent_to(either, "/upload/file/")
    again = {f"again {name}": data for name, data in files.items()}
    choose(either, {**again, **new("other.jpg")})
    expect(count(either, "duplicate")).to_have_text("2")
    expect(count(either, "stored")).to_have_text("1")
    assert len(sent) == 1
    one = row(either, "again first.jpg")
    expect(one.locator(".chip-warn")).to_have_text("already here")
    expect(one).to_contain_text("as “first.jpg”, and is used")
    expect(one.get_by_role("link")).to_have_attribute("href", re.compile("/images/."))
    expect(either.locator("[data-summary]")).to_contain_text("Ready: 3 of 3")
    adds_up(either)
    one.get_by_role("button", name="Upload anyway").click()
    expect(count(either, "stored")).to_have_text("2")
    expect(count(either, "duplicate")).to_have_text("1")
    button(either, "Upload all anyway").click()
    expect(count(either, "stored")).to_have_text("3")
    assert len(sent) == 3
    begin(either)
    expect(either.locator("h1")).to_have_text("Upscale: 3 pictures")


def test_a_form_that_comes_back_keeps_what_is_stored_and_judges_it(
    either: Page, problems: list[str]
) -> None:
    choose(either, new("kept.jpg"))
    expect(count(either, "stored")).to_have_text("1")
    either.locator("[value='local:upscale']").check()
    quality = either.locator("[name='local:upscale-quality']")
    quality.evaluate("field => field.form.setAttribute('novalidate', '')")
    quality.fill("0")
    summary = either.locator("[data-summary]")
    expect(summary).to_have_text("Please look at the options again.")
    button(either, "Begin").click()
    expect(either.get_by_role("alert")).to_contain_text("look at the options again")
    expect(count(either, "stored")).to_have_text("1")
    either.locator("[name='local:upscale-quality']").fill("80")
    expect(row(either, "kept.jpg").locator(".chip-ok").first).to_be_visible()
    expect(summary).to_contain_text(re.compile(r"Ready: 1 of 1 · takes about \d+ s"))
    problems.clear()
    button(either, "Leave out kept.jpg").click()
    expect(count(either, "chosen")).to_have_text("0")


def test_the_same_bytes_chosen_twice_are_sent_once(either: Page) -> None:
    sent = sent_to(either, "/upload/file/")
    [data] = new("a.jpg").values()
    choose(either, {"a.jpg": data, "copy of a.jpg": data, "b.jpg": data})
    expect(count(either, "stored")).to_have_text("1")
    expect(count(either, "duplicate")).to_have_text("2")
    assert len(sent) == 1
    begin(either)
    wait_for_end(either)
    expect(either.locator("h1")).to_have_text("Upscale: a.jpg")


def test_the_camera_is_offered_where_there_is_a_finger(either: Page) -> None:
    touch = bool(either.evaluate("matchMedia('(pointer: coarse)').matches"))
    expect(either.get_by_text("Take a picture")).to_be_visible(visible=touch)
    expect(either.locator("#camera")).to_have_attribute("capture", "environment")
    either.locator("#camera").set_input_files(
        [{"name": "image.jpg", "mimeType": "", "buffer": next(iter(new("x").values()))}]
    )
    expect(count(either, "stored")).to_have_text("1")
