"""Arguments, and what is said when they can't be used."""

import json
import re
from pathlib import Path

import pytest

from image_portal_cli.__main__ import main
from image_portal_cli.arguments import EXIT_CODES, parser
from image_portal_cli.entries import Entry
from image_portal_cli.files import find
from image_portal_cli.report import exit_code
from image_portal_cli.sessions import Session, Sessions
from tests.unit.cli.fake_portal import Answer, FakePortal

DOCS = (Path(__file__).parents[3] / "docs/cli.md").read_text()


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("upload {folder}", 3, "You are not logged in"),
        ("upload {folder} --portal ftp://a.example", 2, "is no portal's address"),
        ("upload {folder} --portal https://me@a.example", 2, "is no portal's address"),
        ("upload {folder} --portal https://a.example", 3, "not logged in at https://a.example"),
        ("upload {folder}/missing", 2, "is no folder"),
        ("login", 2, "Which portal?"),
        ("logout", 3, "You are not logged in"),
        ("status", 3, "You are not logged in"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_with_its_exit_code(
    home: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, code: int, says: str
) -> None:
    assert main(line.format(folder=tmp_path).split(), home) == code
    said = capsys.readouterr()
    assert says in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    "line", ["", "upload", "upload . --parallel 0", "upload . --parallel 17", "upload . --cap x", "fetch ."]
)
def test_a_command_line_that_cannot_be_read_is_usage(line: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line.split(), {})
    assert ended.value.code == 2


def test_with_two_log_ins_one_must_say_which(
    home: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sessions = Sessions(tmp_path / "config" / "image-portal")
    for portal in ("https://a.example", "https://b.example"):
        sessions.keep(Session(portal, "ana", "t", "r", 0))
    assert main(["upload", str(tmp_path)], home) == 2
    assert re.search("https://[ab].example or https://[ab].example", capsys.readouterr().err)


def test_images_are_found_and_what_is_left_out_is_noted(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.webp", "notes.txt", "in/c.heic", ".hidden.jpg", ".git/d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link.jpg").symlink_to(tmp_path / "b.JPG")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = find(tmp_path, recursive=True)
    assert found.images == ["a.webp", "b.JPG", "in/c.heic"]
    assert {Path(note.partition(":")[0]).name for note in found.notes} == {
        ".git",
        ".hidden.jpg",
        "link.jpg",
        "loop",
    }
    assert find(tmp_path, recursive=False).images == ["a.webp", "b.JPG"]


@pytest.mark.parametrize(
    ("statuses", "wait", "code"),
    [
        (["published", "published"], True, 0),
        ([], True, 0),
        (["published", "already_there"], True, 0),
        (["published", "refused"], True, 1),
        (["published", "failed"], True, 1),
        (["published", "accepted"], True, 1),
        (["published", "accepted"], False, 0),
        (["published", ""], False, 1),
    ],
)
def test_the_exit_code_is_about_the_whole_folder(statuses: list[str], wait: bool, code: int) -> None:
    assert exit_code([Entry(str(n), status=status) for n, status in enumerate(statuses)], wait=wait) == code


def test_options_and_exit_codes_are_documented() -> None:
    commands = next(action for action in parser()._actions if action.dest == "command").choices
    assert commands
    for name, command in dict(commands).items():
        assert f"image-portal {name}" in DOCS
        hidden = {"--help"}
        for action in command._actions:
            for option in {o for o in action.option_strings if o.startswith("--")} - hidden:
                assert f"`{option}" in DOCS, f"{name} {option}"
    for code, text in re.findall(r"^  (\d+) +(.+)$", EXIT_CODES, re.MULTILINE):
        assert f"| {code} | {text}" in DOCS


@pytest.mark.slow
def test_a_second_step_is_asked_for_until_the_code_is_right(
    portal: FakePortal, home: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = {"access_token": "t", "refresh_token": "r", "expires_in": 1800}
    portal.answers = [
        Answer(403, {"code": "code_needed", "detail": "Type the code.", "session": "waits"}),
        Answer(400, {"code": "code_mismatch", "detail": "This code is not right."}),
        Answer(200, tokens),
    ]
    codes = iter(["111111", "222 222"])
    monkeypatch.setattr("builtins.input", lambda _: next(codes))
    line = ["login", "--portal", portal.url, "--username", "ana"]
    assert main(line, home | {"IMAGE_PORTAL_PASSWORD": "Correct-horse-1"}) == 0
    sent = [json.loads(asked.body) for asked in portal.asked]
    assert sent[2] == {"username": "ana", "session": "waits", "code": "222 222"}
    assert Sessions(tmp_path / "config" / "image-portal").get(portal.url) is not None


@pytest.mark.slow
@pytest.mark.parametrize("answer", [EOFError(), "333333"])
def test_a_second_step_that_cannot_be_done_ends_the_log_in(
    portal: FakePortal,
    home: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    answer: EOFError | str,
) -> None:
    portal.answers = [
        Answer(403, {"code": "code_needed", "detail": "Type the code.", "session": "waits"}),
        Answer(401, {"code": "login_expired", "detail": "That took too long."}),
    ]

    def typed(_: str) -> str:
        if isinstance(answer, EOFError):
            raise answer
        return answer

    monkeypatch.setattr("builtins.input", typed)
    line = ["login", "--portal", portal.url, "--username", "ana"]
    assert main(line, home | {"IMAGE_PORTAL_PASSWORD": "Correct-horse-1"}) == 3
