"""Single keys: what they press, when they are silent, and the list of them."""

import re

import pytest
from playwright.sync_api import Page, expect


def test_a_key_lists_the_keys_and_another_leads_to_the_upload(owner_page: Page) -> None:
    owner_page.goto("/batches/")
    owner_page.keyboard.press("?")
    keys = owner_page.get_by_role("dialog", name="Keys of this page")
    expect(keys).to_contain_text("Upload")
    # An open dialog has the keys for itself.
    owner_page.keyboard.press("u")
    owner_page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(owner_page).to_have_url(re.compile("/batches/$"))
    owner_page.keyboard.press("u")
    owner_page.wait_for_url("**/upload/")


@pytest.mark.parametrize("press", ["Control+u", "Alt+u", "Meta+u"])
def test_with_another_key_held_nothing_is_pressed(owner_page: Page, press: str) -> None:
    owner_page.goto("/batches/")
    owner_page.evaluate("window.kept = true")
    owner_page.keyboard.press(press)
    owner_page.keyboard.press("?")
    expect(owner_page.get_by_role("dialog")).to_be_visible()
    assert owner_page.evaluate("window.kept")


def test_what_is_typed_into_a_field_is_no_key(owner_page: Page) -> None:
    owner_page.goto("/team/")
    field = owner_page.get_by_label("Email address")
    field.press_sequentially("u?")
    expect(field).to_have_value("u?")
    expect(owner_page.get_by_role("dialog")).to_be_hidden()


def test_the_keys_can_be_switched_off_on_a_device(owner_page: Page) -> None:
    owner_page.goto("/batches/")
    owner_page.get_by_role("button", name="Keys of this page").click()
    owner_page.get_by_label("Use these keys on this device").uncheck()
    owner_page.keyboard.press("Escape")
    owner_page.reload()
    owner_page.keyboard.press("?")
    owner_page.keyboard.press("u")
    expect(owner_page).to_have_url(re.compile("/batches/$"))
    owner_page.get_by_role("button", name="Keys of this page").click()
    owner_page.get_by_label("Use these keys on this device").check()
    owner_page.keyboard.press("Escape")
    owner_page.keyboard.press("u")
    owner_page.wait_for_url("**/upload/")
