"""Passwords that are tried first are refused wherever one is chosen."""

import pytest

from shared.ports.identity import IdentityRefused
from tests.support_memory import PASSWORD, World
from web.http.passwords import TOO_COMMON, check_new

COMMON = "qwertyuiop"


@pytest.mark.parametrize(
    "password",
    [
        *(COMMON, COMMON.upper(), "1234567890", "Password123", "aaaaaaaaaaaa", "ababababab"),
        *("mira.lopez", "Mira.Lopez2026", "mira@example.com", "ImagePortal1", "image-portal!!"),
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    with pytest.raises(IdentityRefused) as caught:
        check_new(password, "mira.lopez", "mira@example.com")
    assert (caught.value.code, caught.value.detail) == ("weak_password", TOO_COMMON)


@pytest.mark.parametrize(
    "password",
    [PASSWORD, "Correct-horse-battery-1", "mira likes the low tide", "ñandú de la pampa", "7-3-1-9-4-4-2"],
)
def test_others_are_taken(password: str) -> None:
    check_new(password, "mira.lopez", "mira@example.com")


@pytest.mark.slow
def test_it_is_so_at_sign_up_at_a_reset_and_at_a_change() -> None:
    world = World()
    ann = world.sign_up("ann")
    given = {"username": "carl", "email": "carl@example.com", "password": COMMON}
    answer = world.app.test_client().post("/api/v1/signup", json=given)
    assert (answer.status_code, (answer.json or {})["code"]) == (422, "weak_password")
    page = ann.submit("/account", "/account/password", old_password=PASSWORD, new_password=COMMON)
    assert (page.status_code, TOO_COMMON in page.text) == (422, True)
    body = {"old_password": PASSWORD, "new_password": COMMON}
    changed = world.app.test_client().put("/api/v1/account/password", json=body, headers=world.token())
    assert (changed.status_code, (changed.json or {})["code"]) == (422, "weak_password")
    ann.submit("/", "/logout")
    ann.submit("/forgot", "/forgot", username="ann")
    code = world.identity.outbox[-1].code
    page = ann.submit("/reset?username=ann", "/reset", username="ann", code=code, password=COMMON)
    assert (page.status_code, TOO_COMMON in page.text) == (422, True)
    assert ann.submit("/signup", "/signup", **given).status_code == 422
    good = ann.submit("/reset?username=ann", "/reset", username="ann", code=code, password="Another-horse-2")
    assert good.status_code == 303, "the code was not used up"
