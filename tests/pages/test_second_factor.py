"""A second factor in a real browser: what a telephone would scan, and the log-in it belongs to."""

from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np
import pyotp
from playwright.sync_api import Page, expect
from support.reading_room import NAME, Room
from support.web import PASSWORD, password_hash

from app.db.people import RequiredFactor, User


def scanned(page: Page) -> str:
    """Return what a camera reads in the picture on the page."""
    taken = np.frombuffer(page.locator(".scanned svg").screenshot(), np.uint8)
    text, _corners, _straight = cv2.QRCodeDetectorAruco().detectAndDecode(
        cv2.imdecode(taken, cv2.IMREAD_GRAYSCALE)
    )
    return text


def test_a_reader_whose_role_needs_one_scans_it_logs_in_and_comes_back_by_a_recovery_code(
    room: Room, page: Page
):
    with room.database.begin() as session:
        session.get_one(User, room.reader).password_hash = password_hash()
        session.add(RequiredFactor(role="reader"))
    page.goto(f"{room.server.url}/reads")

    def enter_password() -> None:
        page.locator("#name").fill(NAME)
        page.locator("#password").fill(PASSWORD)
        page.keyboard.press("Enter")

    enter_password()
    expect(page.get_by_role("heading", name="Set up your second factor")).to_be_visible()
    address = urlsplit(scanned(page))
    secret = parse_qs(address.query)["secret"][0]
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert address.path.endswith(f":{NAME}")
    assert page.locator("#secret").input_value().replace(" ", "") == secret
    page.locator("#code").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    kept = page.locator(".recovery code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", name="My reads")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    enter_password()
    page.locator("#code").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("#code").fill(kept)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=NAME).click()
    page.get_by_role("link", name="See your second factor").click()
    expect(page.get_by_text("9 recovery codes are left.")).to_be_visible()
