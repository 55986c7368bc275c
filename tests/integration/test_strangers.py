"""The application itself, without nginx before it: a stranger's body is not waited for."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.drive.waiting import wait_until
from local.process.ports import free_port
from tests.unit.test_config import GOOD

LENGTH = 500_000_000
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: portal.example\r\n{header}Content-Type: multipart/form-data; boundary=b\r\n"
    f"Content-Length: {LENGTH}\r\n\r\n"
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
)
SECONDS = 10.0  # a busy machine; with the body it would be for ever, as no more of it comes


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[int]:
    """gunicorn as `make run` starts it, in a world where nothing can be reached: a stranger needs none of it."""
    port, log = free_port(), tmp_path_factory.mktemp("gunicorn") / "log"
    env = os.environ | GOOD | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "COOKIE_SECURE": "false"}
    env |= {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "WEB_WORKERS": "1"}
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "web/gunicorn.conf.py",
        "--bind",
        f"127.0.0.1:{port}",
    ]
    with log.open("wb") as output:
        gunicorn = subprocess.Popen(
            [*command, "web.wsgi:app"], cwd=root, env=env, stdout=output, stderr=output
        )
    try:
        wait_until(
            lambda: "ok" in answer_to(port, "GET /check-status HTTP/1.1\r\nHost: x\r\n\r\n"), 30, "it answers"
        )
        yield port
    finally:
        gunicorn.terminate()
        gunicorn.wait(40)


def answer_to(port: int, text: str) -> str:
    """What comes back to these bytes, the connection staying open; empty when nobody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
            connection.sendall(text.encode())
            answer = connection.recv(65_536).decode()
            while answer and "\r\n\r\n" not in answer:
                answer += connection.recv(65_536).decode()
            return answer
    except ConnectionRefusedError:
        return ""


@pytest.mark.parametrize("header", ["", "Cookie: access_token=junk\r\n", "Authorization: Bearer junk\r\n"])
@pytest.mark.parametrize(("path", "status"), [("/upload", "303"), ("/api/v1/images", "401")])
def test_a_strangers_upload_is_answered_while_its_body_is_still_coming(
    port: int, path: str, status: str, header: str
) -> None:
    expected = "401" if "Bearer" in header else status
    begun = time.monotonic()
    answer = answer_to(port, HEAD.format(path=path, header=header))
    assert answer.startswith(f"HTTP/1.1 {expected} "), answer[:200]
    assert time.monotonic() - begun < SECONDS


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Content-Length: +5\r\n",
        "Content-Length : 5\r\n",
    ],
)
def test_a_request_whose_length_can_be_read_in_two_ways_is_refused(port: int, head: str) -> None:
    smuggled = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    text = f"POST /login HTTP/1.1\r\nHost: x\r\n{head}\r\n0\r\n\r\n{smuggled}"
    answer = answer_to(port, text)
    assert re.match(r"HTTP/1\.1 (400|501) ", answer), answer[:200]
    assert answer.count("HTTP/1.1 ") == 1
