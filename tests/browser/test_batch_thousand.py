"""A batch of a thousand: in pages while scrolling, by state, and live."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests import drawing
from tests.application import Application
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.steps import upload
from tests.services import eventually

FILL = """
from datetime import timedelta
from django.utils import timezone
from imaging.models import Batch, Image, Task
image = Image.objects.filter(name="many.jpg").latest("created")
now, far = timezone.now(), timezone.now() + timedelta(days=1)
batch = Batch.objects.create(team=image.team, user=image.owner, name="Many")
# Held by somebody else, so that nobody here begins them.
kept = {"lease_owner": "elsewhere/a-b/1/1", "lease_until": far, "due": far}
done = {"state": "completed", "stage": "", "began": now, "finished": now}
Task.objects.bulk_create([
    Task(batch=batch, team=image.team, owner=image.owner, image=image,
         image_name=f"{n:04}.jpg", provider="local", operation="convert",
         created=now + timedelta(microseconds=n), **(done if n < 100 else kept))
    for n in range(1000)
])
print(batch.pk)
"""
END = """
from django.utils import timezone
from imaging.models import Task
for name in {names}:
    task = Task.objects.get(batch="{batch}", image_name=name)
    task.end("completed", began=timezone.now())
"""


@pytest.fixture
def many(owner_page: Page, server: Application, owner: str) -> str:
    """Put a batch of a thousand into the database; return its id."""
    upload(owner_page, {"many.jpg": drawing.jpeg(200, 150)})
    return server.manage("shell", "--no-imports", "-c", FILL).strip()


def end(server: Application, batch: str, *names: str) -> None:
    server.manage("shell", "--no-imports", "-c", END.format(names=names, batch=batch))


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_rows_come_while_scrolling_and_change_wherever_they_are(
    many: str,
    server: Application,
    new_page: Callable[..., Page],
    session_of_owner: dict[str, Any],
    device: dict[str, Any],
) -> None:
    page = new_page(storage_state=session_of_owner, **device)
    page.goto(f"/batches/{many}/")
    rows = page.locator("#tasks > .work-row")
    expect(rows).to_have_count(60)
    expect(page.locator("#summary")).to_contain_text("100 of 1000")
    page.locator("#more").scroll_into_view_if_needed()
    expect(rows).to_have_count(120)
    expect(rows.nth(119)).to_contain_text("0119.jpg")
    end(server, many, "0110.jpg", "0900.jpg")
    expect(page.locator("#summary")).to_contain_text("102 of 1000")
    expect(rows.nth(110)).to_contain_text("done")
    # What is not loaded yet is not put where it does not belong.
    expect(rows).to_have_count(120)


def test_a_tab_shows_one_state_and_follows_it(
    many: str, server: Application, owner_page: Page
) -> None:
    owner_page.goto(f"/batches/{many}/")
    owner_page.get_by_role("link", name="100 done").click()
    owner_page.wait_for_url(re.compile(r"\?show=done$"))
    rows = owner_page.locator("#tasks > .work-row")
    owner_page.locator("#more").scroll_into_view_if_needed()
    expect(rows).to_have_count(100)
    end(server, many, "0500.jpg", "0300.jpg")
    expect(rows).to_have_count(102)
    expect(rows.nth(100)).to_contain_text("0300.jpg")
    expect(rows.nth(101)).to_contain_text("0500.jpg")
    tab = owner_page.get_by_role("link", name="102 done")
    expect(tab).to_have_attribute("aria-current", "true")
    owner_page.get_by_role("link", name="898 waiting").click()
    expect(rows.nth(0)).to_contain_text("0100.jpg")
    end(server, many, "0101.jpg")
    expect(rows.nth(1)).to_contain_text("0102.jpg")


def test_a_thousand_are_cancelled_while_more_rows_are_on_their_way(
    many: str, owner_page: Page
) -> None:
    owner_page.goto(f"/batches/{many}/")
    held: list[Route] = []
    owner_page.route(re.compile(r"\?after="), lambda route: held.append(route))
    owner_page.locator("#more").scroll_into_view_if_needed()
    # Routes are told of while the page is asked something.
    eventually("more is asked for", lambda: owner_page.title() and held, 20)
    old = held[0].fetch()
    with owner_page.expect_response(
        lambda answer: "since=" in answer.url and answer.status == 200
    ):
        owner_page.get_by_role("button", name="Cancel what is left").click()
    held[0].fulfill(response=old)
    # Somebody elsewhere holds them, so they are asked to stop.
    expect(owner_page.get_by_role("link", name="900 waiting")).to_be_visible()
    waiting = owner_page.locator(".work-row", has_text="stopping")
    expect(waiting).to_have_count(20)
    expect(owner_page.get_by_role("button", name="Cancel 0100.jpg")).to_have_count(0)


def test_without_script_pages_follow_each_other(
    many: str, new_page: Callable[..., Page], session_of_owner: dict[str, Any]
) -> None:
    page = new_page(storage_state=session_of_owner, java_script_enabled=False)
    page.goto(f"/batches/{many}/")
    page.get_by_role("link", name="More").click()
    expect(page.locator("#tasks > .work-row").first).to_contain_text("0060.jpg")
    page.get_by_role("link", name="From the first").click()
    expect(page.locator("#tasks > .work-row").first).to_contain_text("0000.jpg")
