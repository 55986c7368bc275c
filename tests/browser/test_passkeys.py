"""A passkey is made, used and removed with a real browser's authenticator (by Chromium's own virtual one)."""

from typing import Any

from playwright.sync_api import CDPSession, Page, expect

from local.drive.people import PASSWORD, Person
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Visit, faults_of_accessibility

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_device(page: Page, **changed: Any) -> tuple[CDPSession, str]:
    """The page's browser gets an authenticator."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | changed})
    return cdp, str(made["authenticatorId"])


def begin_to_log_in(page: Page, at: str, username: str) -> None:
    page.goto(f"{at}/login?next=/upload")
    page.get_by_label("Username").fill(username)
    page.get_by_role("button", name="Log in with a passkey").click()


def test_a_passkey_is_made_used_and_removed(portal: PortalProcess, visit: Visit, member: Person) -> None:
    at = portal.url.replace("127.0.0.1", "localhost")  # passkeys are made for names and not for addresses
    visitor = visit()
    page = visitor.page
    cdp, device = with_device(page)
    page.goto(f"{at}/login?next=/account/passkeys")
    page.get_by_label("Username").fill(member.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_text("You have none yet.")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("Your passkey is added.")).to_be_visible()
    assert faults_of_accessibility(page) == []
    assert len(cdp.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1

    page.context.clear_cookies()
    begin_to_log_in(page, at, member.username)
    page.wait_for_url(f"{at}/upload")
    expect(page.get_by_label(f"Your menu, {member.username}")).to_be_visible()

    # Who is not recognized is told so, and may try again.
    page.context.clear_cookies()
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    begin_to_log_in(page, at, member.username)
    expect(page.get_by_text("No passkey was used. Try again, or log in with your password.")).to_be_visible()
    assert faults_of_accessibility(page) == []
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url(f"{at}/upload")

    # At another address no browser gives it out.
    elsewhere = visit().page
    with_device(elsewhere)
    begin_to_log_in(elsewhere, portal.url, member.username)
    expect(elsewhere.get_by_text("Passkeys work at the portal’s own address alone.")).to_be_visible()

    page.goto(f"{at}/account/passkeys")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The passkey is removed")).to_be_visible()
    page.context.clear_cookies()
    visitor.watch.expected.append("400")
    begin_to_log_in(page, at, member.username)
    expect(page.get_by_text("There is no passkey that opens this account here.").first).to_be_visible()
    page.get_by_role("link", name="Log in with your password").click()
    expect(page.get_by_label("Username")).to_have_value(member.username)
