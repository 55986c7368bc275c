"""The balancer's and nginx's files say what the bundles say."""

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.rehearse.machine import nginx
from deploy.rehearse.stage.balancer import HealthCheck, config

ROOT = Path(__file__).resolve().parents[4]
WEB = {"web-1": "10.77.0.11:80", "web-2": "10.77.0.12:80"}
BESIDE = {"web-3": "10.77.0.14:80"}


@pytest.fixture
def health() -> HealthCheck:
    return HealthCheck.read(ROOT, 5)


def test_the_health_check_is_read_from_the_shipped_ebextensions(health: HealthCheck) -> None:
    assert (health.path, health.interval, health.timeout) == ("/check-status", 10, 5)
    assert (health.healthy, health.unhealthy, health.matcher) == (3, 5, "200")


def test_the_check_window_is_as_many_checks_as_may_fail(health: HealthCheck) -> None:
    assert replace(health, factor=1).window_seconds == 75
    assert health.window_seconds == 15


def test_the_balancer_checks_as_the_bundle_says_and_never_tries_again(
    health: HealthCheck, tmp_path: Path
) -> None:
    text = config(health, "10.77.0.1:9000", WEB, BESIDE, {"10.77.0.1:3306": "127.0.0.1:3306"}, tmp_path)
    assert "    option httpchk GET /check-status\n    http-check expect status 200\n" in text
    assert "    server web-1 10.77.0.11:80 check inter 2000ms fall 5 rise 3\n" in text
    assert "    timeout check 1000ms\n" in text
    assert "    retries 0\n" in text
    assert "backend beside\n" in text
    assert "    server web-3 10.77.0.14:80 check inter 2000ms fall 5 rise 3\n" in text
    assert "    bind 10.77.0.1:3306\n" in text


def test_nginx_gets_beanstalks_layout_with_the_bundles_own_files_in_place(tmp_path: Path) -> None:
    main = nginx.install(
        tmp_path / "nginx",
        ROOT / ".platform" / "nginx",
        listen="80",
        upstream="127.0.1.11:8000",
        log=tmp_path,
        run=tmp_path,
    )
    text = main.read_text()
    assert text.index("include conf.d/*.conf;") < text.index("server {")
    assert text.index("server {") < text.index("include conf.d/elasticbeanstalk/*.conf;")
    installed = {str(file.relative_to(main.parent)) for file in main.parent.rglob("*.conf")}
    shipped = {
        str(f.relative_to(ROOT / ".platform/nginx")) for f in (ROOT / ".platform/nginx").rglob("*.conf")
    }
    assert installed == shipped | {"nginx.conf", "conf.d/elasticbeanstalk/00_application.conf"}
    upstreams = [
        line for f in main.parent.rglob("*.conf") for line in f.read_text().split() if ":8000" in line
    ]
    assert set(upstreams) == {"http://127.0.1.11:8000;", "http://127.0.1.11:8000$request_uri;"}
