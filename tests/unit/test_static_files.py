"""Addresses of scripts and styles: they change with the bytes, inner modules included, and never keep wrong ones."""

from pathlib import Path

import pytest
from flask import Flask, url_for

from web.http.static_files import StaticFiles

FILES = ("room/main.js", "room/inner.js", "other/main.js", "vendor/package-1.0/main.js")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Static files of two rooms and a package."""
    for name in FILES:
        (tmp_path / "static" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "static" / name).write_text(f"// {name}")
    (tmp_path / "secret.js").write_text("// not to be served")
    return tmp_path / "static"


def app_of(root: Path) -> Flask:
    app = Flask("pages", static_folder=None)
    StaticFiles(root).install(app)
    return app


def addresses(root: Path) -> dict[str, str]:
    with app_of(root).test_request_context():
        return {name: url_for("static", filename=name) for name in FILES}


def test_a_changed_inner_module_changes_the_address_of_its_folder_alone(root: Path) -> None:
    before = addresses(root)
    (root / "room/inner.js").write_text("// changed")
    after = addresses(root)
    assert {name for name in FILES if after[name] != before[name]} == {"room/main.js", "room/inner.js"}
    assert after["room/main.js"].rpartition("/")[0] == after["room/inner.js"].rpartition("/")[0]
    assert after["vendor/package-1.0/main.js"] == "/static/vendor/package-1.0/main.js"


def test_only_an_address_with_the_version_that_is_here_is_kept(root: Path) -> None:
    # Given a page of another release, which asks this instance while both run side by side
    other = addresses(root)["room/inner.js"]
    (root / "room/inner.js").write_text("// changed")
    client = app_of(root).test_client()
    # Then it gets what is here, but not for good
    for path in (other, "/static/room/inner.js"):
        with client.get(path) as answer:
            assert (answer.get_data(as_text=True), answer.headers["Cache-Control"]) == (
                "// changed",
                "no-cache",
            )
    for path in addresses(root).values():
        with client.get(path) as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    ["room-0/../../secret.js", "room/../../secret.js", "../secret.js", "room", "room-0/", "nothing.js"],
)
def test_nothing_else_is_served(root: Path, path: str) -> None:
    with app_of(root).test_client().get(f"/static/{path}") as answer:
        assert answer.status_code == 404
