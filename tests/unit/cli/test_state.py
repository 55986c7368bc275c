"""What is kept of a folder."""

import os
from pathlib import Path

from image_portal_cli.state import State, Upload, file_of

OLD_NS = 1_000_000_000


def test_a_digest_holds_while_size_and_time_do(tmp_path: Path) -> None:
    state = State(tmp_path / "s")
    state.keep_digest("a.jpg", 10, OLD_NS, "d1")
    assert state.digest("a.jpg", 10, OLD_NS) == "d1"
    assert state.digest("a.jpg", 11, OLD_NS) is None
    assert state.digest("a.jpg", 10, OLD_NS + 1) is None
    assert state.digest("b.jpg", 10, OLD_NS) is None
    state.close()


def test_a_file_changed_just_before_it_was_read_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    now_ns = os.stat(tmp_path / "a.jpg").st_mtime_ns
    state = State(tmp_path / "s")
    state.keep_digest("a.jpg", 10, now_ns, "d1")
    assert state.digest("a.jpg", 10, now_ns) is None
    state.close()


def test_what_became_of_bytes_is_there_after_a_crash(tmp_path: Path) -> None:
    crashed = State(tmp_path / "s")
    crashed.keep(Upload("d1", "accepted", "u1"))
    crashed.keep(Upload("d1", "published", "u1", page_url="https://a.example/image/u1"))
    crashed.keep(Upload("d2", "refused", "", "truncated", "Its end is missing."))
    # Not closed: what a killed process leaves behind.
    state = State(tmp_path / "s")
    assert state.upload("d1") == Upload("d1", "published", "u1", page_url="https://a.example/image/u1")
    assert state.counts() == {"published": 1, "refused": 1}
    state.forget("d2")
    assert state.upload("d2") is None
    state.close()
    crashed.close()


def test_each_folder_person_and_portal_has_a_file_of_its_own(tmp_path: Path) -> None:
    asked = [
        ("https://a", "ana", "x"),
        ("https://b", "ana", "x"),
        ("https://a", "bo", "x"),
        ("https://a", "ana", "y"),
    ]
    assert len({file_of(tmp_path, portal, name, tmp_path / folder) for portal, name, folder in asked}) == 4
    (tmp_path / "x").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "x")
    assert file_of(tmp_path, "p", "n", tmp_path / "x") == file_of(tmp_path, "p", "n", tmp_path / "link")
