"""Sending that is paused, cancelled, refused for a while or cut off, and goes on."""

from playwright.sync_api import Page, Route, expect

from tests.browser.steps import LONG, choose, count, row
from tests.browser.uploading import (  # noqa: F401
    adds_up,
    button,
    either_fixture,
    new,
)


def test_all_is_paused_and_goes_on(either: Page) -> None:
    either.route("**/upload/file/", lambda _route: None)
    choose(either, new("a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"))
    expect(either.get_by_text("uploading")).to_have_count(3)
    button(either, "Pause all").click()
    expect(either.get_by_text("paused")).to_have_count(3)
    expect(either.locator("[data-summary]")).to_contain_text("Waiting to be sent: 5")
    either.unroute("**/upload/file/")
    adds_up(either)
    button(either, "Resume").click()
    expect(count(either, "stored")).to_have_text("5")
    adds_up(either)


def test_more_or_fewer_are_sent_at_once(owner_page: Page) -> None:
    owner_page.goto("/upload/")
    owner_page.route("**/upload/file/", lambda _route: None)
    choose(owner_page, new(*(f"{number}.jpg" for number in range(8))))
    expect(owner_page.get_by_text("uploading")).to_have_count(3)
    owner_page.get_by_label("At once").select_option("6")
    expect(owner_page.get_by_text("uploading")).to_have_count(6)


def test_all_is_cancelled_and_sent_after_all(either: Page) -> None:
    either.route("**/upload/file/", lambda _route: None)
    files = new("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    choose(either, files)
    expect(either.get_by_text("uploading")).to_have_count(3)
    button(either, "Cancel all").click()
    expect(count(either, "failed")).to_have_text("4")
    expect(row(either, "d.jpg")).to_contain_text("Cancelled. Press Retry")
    adds_up(either)
    either.unroute("**/upload/file/")
    row(either, "a.jpg").get_by_role("button", name="Retry").click()
    expect(count(either, "stored")).to_have_text("1")
    button(either, "Retry all failed (3)").click()
    expect(count(either, "stored")).to_have_text("4")
    adds_up(either)


def test_failures_are_listed_for_the_clipboard(
    either: Page, problems: list[str]
) -> None:
    either.context.grant_permissions(["clipboard-read", "clipboard-write"])
    either.route("**/upload/file/", lambda route: route.fulfill(status=418))
    choose(either, {**new("a.jpg"), "words.txt": b"Dear Sir"})
    expect(count(either, "failed")).to_have_text("1")
    expect(count(either, "refused")).to_have_text("1")
    button(either, "Copy list of failures").click()
    lines = either.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[0].startswith("words.txt: The content of this file")
    assert lines[1].startswith("a.jpg: The server did not take this file (answer 418)")
    assert all("418" in problem for problem in problems)
    problems.clear()


def test_a_server_that_asks_for_patience_is_given_it(
    owner_page: Page, problems: list[str]
) -> None:
    owner_page.goto("/upload/")
    waits = owner_page.evaluate_handle("""() => {
      const found = [];
      const real = window.setTimeout;
      window.setTimeout = (act, time, ...rest) => {
        found.push(time);
        return real(act, Math.min(time, 50), ...rest);
      };
      return found;
    }""")
    answers = [{"status": 429, "headers": {"Retry-After": "7"}}, {"status": 503}]
    owner_page.route(
        "**/upload/file/",
        lambda route: route.fulfill(**answers.pop(0)) if answers else route.continue_(),
    )
    choose(owner_page, new("a.jpg"))
    expect(count(owner_page, "stored")).to_have_text("1")
    asked = [time for time in waits.json_value() if time in {7_000, 100, 1_000}]
    assert asked == [7_000, 1_000]
    problems.clear()


def test_an_answer_that_is_lost_stores_nothing_twice(
    owner_page: Page, problems: list[str]
) -> None:
    owner_page.goto("/upload/")
    lost: list[bool] = []

    def lose(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(True)
        assert route.fetch().status == 201
        return route.abort("connectionreset")

    owner_page.route("**/upload/file/", lose)
    [(name, data)] = new("lost answer.jpg").items()
    choose(owner_page, {name: data})
    expect(count(owner_page, "stored")).to_have_text("1", timeout=LONG)
    owner_page.goto("/")
    expect(owner_page.locator("img[alt='lost answer.jpg']")).to_have_count(1)
    assert lost
    problems.clear()


def test_without_a_connection_all_waits_and_goes_on_by_itself(
    either: Page, problems: list[str]
) -> None:
    either.context.set_offline(True)
    choose(either, new("a.jpg", "b.jpg"))
    expect(count(either, "left")).to_have_text("2")
    note = either.get_by_text("No connection. Sending goes on by itself")
    expect(note).to_be_visible()
    adds_up(either)
    either.context.set_offline(False)
    expect(count(either, "stored")).to_have_text("2")
    expect(note).to_be_hidden()
    problems.clear()
