"""nginx takes in what the application wants, from whom it wants, no more than the disk holds, and speaks its words."""

import json
import re
from dataclasses import fields
from unittest.mock import Mock

import pytest

from deploy.options.read import read_extensions
from shared.config import WebSettings, load
from shared.domain.limits import FORM_OVERHEAD_BYTES, MAX_FILES_PER_FORM, form_bytes
from shared.parts import WebParts
from tests.unit.deploy.support import ROOT
from tests.unit.test_config import GOOD
from web.app import SMALL_BODY_BYTES, create_app
from web.http.problem_titles import TITLES
from web.http.problems import Problem, document

FOLDER = ROOT / ".platform" / "nginx" / "conf.d"
UNITS = {"k": 2**10, "m": 2**20}
# Of the root volume: what the system, the application and its logs may take.
OTHERS_BYTES = 6 * 2**30


def uncommented(name: str) -> str:
    """A file of the bundle without its comments."""
    return re.sub(r"#.*", "", (FOLDER / name).read_text())


HTTP, SERVER = uncommented("web-bodies.conf"), uncommented("elasticbeanstalk/web-bodies.conf")
LOCATIONS = dict(re.findall(r"^location (?:= )?(\S+) {\n(.*?)^}", SERVER, re.M | re.S))
LIMIT: int = WebSettings.model_fields["max_upload_bytes"].default


def body_bytes(text: str) -> int:
    """The one client_max_body_size in a text."""
    [(number, unit)] = re.findall(r"client_max_body_size (\d+)([km]?);", text)
    return int(number) * UNITS.get(unit, 1)


def most_at_once(text: str, zone: str) -> int:
    """The limit on a zone."""
    [number] = re.findall(rf"limit_conn {zone} (\d+);", text)
    return int(number)


def test_a_body_without_files_may_be_as_large_as_the_application_reads() -> None:
    assert body_bytes(HTTP) == SMALL_BODY_BYTES


def test_bodies_with_files_pass_that_the_application_wants_to_answer_itself() -> None:
    for path, files in (("/take/ask/file", 1), ("/take/ask/form", MAX_FILES_PER_FORM)):
        assert 0 <= body_bytes(LOCATIONS[path]) - form_bytes(files, LIMIT) <= FORM_OVERHEAD_BYTES


def test_all_bodies_together_have_room_on_the_disk() -> None:
    web = {(s.namespace, s.option): s.value for s in read_extensions(ROOT, "web")}
    disk = int(web["aws:autoscaling:launchconfiguration", "RootVolumeSize"] or 0) * 2**30
    held = sum(
        body_bytes(LOCATIONS[path]) * most_at_once(LOCATIONS[path], zone)
        for path, zone in (("/take/ask/form", "forms"), ("/take/ask/file", "files"))
    )
    assert held + OTHERS_BYTES < disk


def test_one_address_has_a_share_of_what_may_be_under_way() -> None:
    for path, zone in (("/take/ask/form", "forms"), ("/take/ask/file", "files")):
        location = LOCATIONS[path]
        assert most_at_once(location, "uploads_of_client") <= most_at_once(location, zone) / 4
    assert set(re.findall(r"limit_conn (\w+) ", SERVER)) == set(re.findall(r"zone=(\w+):", HTTP))


def test_exactly_the_requests_that_carry_files_are_asked_about() -> None:
    app = create_app(WebParts(load(WebSettings, GOOD), *(Mock() for _ in fields(WebParts)[1:])))
    streamed = {
        f"POST {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.endpoint == "upload.accept" or getattr(app.view_functions[rule.endpoint], "form", None)
    }
    assert set(re.findall(r'"(POST \S+)"\s+\w+;', HTTP)) == streamed


def test_no_body_is_read_before_it_is_known_who_asks() -> None:
    ask = LOCATIONS["/ask/"]
    assert "auth_request /check-session;" in ask
    assert "proxy_pass" not in ask
    # The size of the body that is asked about counts in the subrequest too: with a limit, no large one would pass.
    assert body_bytes(LOCATIONS["/check-session"]) == 0
    assert "proxy_pass_request_body off;" in LOCATIONS["/check-session"]


def test_its_own_steps_are_closed_to_the_world() -> None:
    own = [path for path in LOCATIONS if path.startswith("/")]
    assert {path for path in own if "internal;" not in LOCATIONS[path]} == set()


def test_the_way_of_an_upload_is_not_counted_as_an_ordinary_request() -> None:
    """The subrequest included: what is counted once is not counted at the level where it matters."""
    [pattern] = re.findall(r'~(\^/\(\S+) "";', HTTP)
    own = [path for path in LOCATIONS if path.startswith("/")]
    assert all(re.match(pattern, path) for path in own)
    assert not re.match(pattern, "/asking")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("too_large", Problem(413, "too_large", "This request is larger than the portal takes.")),
        ("too_many", Problem(429, "too_many_requests", "Too much is under way at once. Try again shortly.")),
        (
            "unsure",
            Problem(
                503,
                "unavailable",
                "A part of the portal is not reachable at the moment. Nothing is lost; try again shortly.",
            ),
        ),
    ],
)
def test_its_refusals_are_the_applications_documents(name: str, problem: Problem) -> None:
    [(status, text)] = re.findall(r"return (\d+) '(.*)';", LOCATIONS[f"@{name}_problem"])
    with_app = document_of(problem)
    assert (int(status), json.loads(text)) == (problem.status, with_app)
    page = LOCATIONS[f"@{name}_page"]
    assert f"<h1>{TITLES[problem.status]}</h1>" in page
    assert f"return {problem.status} " in page
    assert problem.detail in page


def test_what_nginx_answers_itself_says_what_the_applications_answers_say() -> None:
    said = re.findall(r"^add_header .*;", SERVER, re.M)
    assert [line.split()[1] for line in said] == [
        "X-Content-Type-Options",
        "Content-Security-Policy",
        "Referrer-Policy",
        "Strict-Transport-Security",
    ]
    for path, location in LOCATIONS.items():
        if "add_header" in location:
            assert all(line in location for line in said), path
    assert "server_tokens off;" in SERVER


def document_of(problem: Problem) -> object:
    """The problem as the application answers it."""
    parts = WebParts(load(WebSettings, GOOD), *(Mock() for _ in fields(WebParts)[1:]))
    with create_app(parts).app_context():
        return json.loads(document(problem))
