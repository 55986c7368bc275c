"""Bundles: the same bytes everywhere, the tier's files and no others."""

import hashlib
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.deploy.support import ROOT, clone, commit_all, cut, git, names

BEANSTALK_LINE = re.compile(r"^[A-Za-z0-9_-]+:\s*[^\s].*$")


def test_two_clones_under_different_umasks_and_times_give_the_same_bytes(
    repository: Path, bundles: Path, tmp_path: Path
) -> None:
    for number, umask in enumerate((0o000, 0o077)):
        root = clone(repository, tmp_path / f"clone{number}", umask=umask)
        for file in root.rglob("*"):
            if ".git" not in file.parts:
                os.utime(file, (number * 10**8, number * 10**8))
        out = tmp_path / f"out{number}"
        assert cut(root, out, "--release", umask=umask).returncode == 0
        for tier in ("web.zip", "worker.zip"):
            assert (out / tier).read_bytes() == (bundles / tier).read_bytes()


def test_the_line_printed_names_file_label_and_sha256(repository: Path, tmp_path: Path) -> None:
    done = cut(repository, tmp_path, "--tier", "worker")
    commit = git(repository, "rev-parse", "--short=12", "HEAD").strip()
    digest = hashlib.sha256((tmp_path / "worker.zip").read_bytes()).hexdigest()
    assert done.stdout.startswith(f"{tmp_path / 'worker.zip'}  label {commit}-worker  sha256 {digest}  ")
    assert not (tmp_path / "web.zip").exists()


def test_changes_make_the_label_dirty_and_a_release_impossible(repository: Path, tmp_path: Path) -> None:
    root = clone(repository, tmp_path / "root")
    (root / "web/new_module.py").write_text("x = 1\n")
    done = cut(root, tmp_path / "out", "--tier", "web")
    assert done.returncode == 0
    assert "-web-dirty " in done.stdout
    assert "web/new_module.py" not in names(tmp_path / "out/web.zip"), "git does not know it"
    done = cut(root, tmp_path / "release", "--tier", "web", "--release")
    assert done.returncode == 1
    assert "web/new_module.py" in done.stderr
    assert not (tmp_path / "release/web.zip").exists()


def test_changes_elsewhere_do_not_matter(repository: Path, tmp_path: Path) -> None:
    root = clone(repository, tmp_path / "root")
    (root / "docs/x.md").write_text("changed\n")
    assert cut(root, tmp_path / "out", "--release").returncode == 0


def test_the_web_bundle_holds_the_web_tier_alone(bundles: Path) -> None:
    found = names(bundles / "web.zip")
    assert {path.split("/")[0] for path in found} == {
        "Procfile", "requirements.txt", ".ebextensions", ".platform", "web", "shared",
    }  # fmt: skip
    assert {path for path in found if path.startswith((".ebextensions", ".platform"))} == {
        ".ebextensions/00-common.config",
        ".ebextensions/web-10-scaling.config",
        ".ebextensions/web-20-loadbalancer.config",
        ".ebextensions/web-25-https-redirect.config",
        ".ebextensions/web-30-deploy.config",
        ".ebextensions/web-40-alarm.config",
        ".platform/hooks/predeploy/10-migrate.sh",
        ".platform/nginx/conf.d/elasticbeanstalk/web-bodies.conf",
        ".platform/nginx/conf.d/web-bodies.conf",
    }


def test_the_worker_bundle_holds_the_worker_tier_alone(bundles: Path) -> None:
    found = names(bundles / "worker.zip")
    assert {path.split("/")[0] for path in found} == {
        "Procfile", "requirements.txt", "cron.yaml", ".ebextensions", ".platform", "worker", "shared",
    }  # fmt: skip
    assert {path for path in found if path.startswith((".ebextensions", ".platform"))} == {
        ".ebextensions/00-common.config",
        ".ebextensions/worker-10-tick.config",
        ".ebextensions/worker-20-scaling.config",
        ".ebextensions/worker-30-deploy.config",
        ".ebextensions/worker-40-logs.config",
        ".platform/confighooks/postdeploy/worker-90-start.sh",
        ".platform/confighooks/predeploy/worker-20-drain.sh",
        ".platform/hooks/predeploy/10-migrate.sh",
        ".platform/hooks/predeploy/worker-20-drain.sh",
    }


@pytest.mark.parametrize(("tier", "processes"), [("web", ["web"]), ("worker", ["web", "worker"])])
def test_each_procfile_has_the_tiers_processes_and_lets_them_have_the_signals(
    bundles: Path, tier: str, processes: list[str]
) -> None:
    lines = (bundles / tier / "Procfile").read_text().splitlines()
    assert [line.split(":")[0] for line in lines] == processes
    for line in lines:
        assert BEANSTALK_LINE.match(line)
        assert line.split(": ", 1)[1].startswith("exec ")


def test_hooks_are_executable_in_the_zip_and_nothing_else_is(bundles: Path) -> None:
    for tier in ("web", "worker"):
        with zipfile.ZipFile(bundles / f"{tier}.zip") as archive:
            for entry in archive.infolist():
                mode = 0o755 if "hooks/" in entry.filename else 0o644
                assert entry.external_attr >> 16 == 0o100000 | mode, entry.filename
                assert entry.create_system == 3


def test_hooks_are_executable_in_this_repository() -> None:
    hooks = [f for kind in ("hooks", "confighooks") for f in (ROOT / ".platform" / kind).rglob("*.sh")]
    assert len(hooks) == 4
    for hook in hooks:
        assert os.access(hook, os.X_OK), hook
    for line in git(
        ROOT, "ls-files", "--stage", "--", ".platform/hooks", ".platform/confighooks"
    ).splitlines():
        assert line.startswith("100755 "), line


def test_the_drain_hook_is_the_same_for_versions_and_for_properties() -> None:
    drain = "predeploy/worker-20-drain.sh"
    platform = ROOT / ".platform"
    assert (platform / "hooks" / drain).read_bytes() == (platform / "confighooks" / drain).read_bytes()


def break_hook_mode(root: Path) -> None:
    (root / ".platform/hooks/predeploy/10-migrate.sh").chmod(0o644)


def break_hook_line(root: Path) -> None:
    (root / ".platform/hooks/predeploy/10-migrate.sh").write_text("echo no interpreter\n")


def break_hook_ends(root: Path) -> None:
    (root / ".platform/hooks/predeploy/10-migrate.sh").write_bytes(b"#!/bin/bash\r\necho\r\n")


def add_environment_file(root: Path) -> None:
    (root / "web/.env").write_text("A=1\n")


def add_key_file(root: Path) -> None:
    (root / "shared/server.pem").write_text("x\n")


def add_private_key(root: Path) -> None:
    (root / "shared/notes.txt").write_text("-----BEGIN RSA PRIVATE " + "KEY-----\nx\n")


def add_access_key(root: Path) -> None:
    (root / "shared/notes.txt").write_text("AKIA" + "IOSFODNN7EXAMPLE\n")


def add_secret_key(root: Path) -> None:
    (root / "shared/notes.txt").write_text('aws_secret_access_key = "' + "a1B/" * 10 + '"\n')


def add_link_out(root: Path) -> None:
    (root / "shared/outside").symlink_to("/etc/passwd")


def replace_file_by_link(root: Path) -> None:
    (root / "cron.yaml").unlink()
    (root / "cron.yaml").symlink_to("README.md")


def break_procfile_exec(root: Path) -> None:
    (root / "Procfile").write_text((root / "Procfile").read_text().replace("exec celery", "celery"))


def break_procfile_line(root: Path) -> None:
    (root / "Procfile").write_text((root / "Procfile").read_text() + "# a remark\n")


def break_procfile_name(root: Path) -> None:
    (root / "Procfile").write_text((root / "Procfile").read_text().replace("ticker:", "clock:"))


REFUSALS = [
    (break_hook_mode, "10-migrate.sh: a hook must be executable"),
    (break_hook_line, "10-migrate.sh: a hook must begin with #!"),
    (break_hook_ends, "10-migrate.sh: a hook must begin with #!"),
    (add_environment_file, "web/.env: by its name"),
    (add_key_file, "shared/server.pem: by its name"),
    (add_private_key, "shared/notes.txt: holds what looks like a key"),
    (add_access_key, "shared/notes.txt: holds what looks like a key"),
    (add_secret_key, "shared/notes.txt: holds what looks like a key"),
    (add_link_out, "shared/outside: is a link"),
    (replace_file_by_link, "cron.yaml: is a link"),
    (break_procfile_exec, "Procfile: not of the form"),
    (break_procfile_line, "Procfile: not of the form"),
    (break_procfile_name, "Procfile: no line for ticker"),
]


@pytest.mark.parametrize(("plant", "complaint"), REFUSALS, ids=[p.__name__ for p, _ in REFUSALS])
def test_what_must_not_ship_is_refused(
    plant: Callable[[Path], None], complaint: str, repository: Path, tmp_path: Path
) -> None:
    root = clone(repository, tmp_path / "root")
    plant(root)
    commit_all(root)
    done = cut(root, tmp_path / "out")
    assert done.returncode == 1
    assert complaint in done.stderr


def test_a_file_that_git_has_and_the_folder_lacks_is_refused(repository: Path, tmp_path: Path) -> None:
    root = clone(repository, tmp_path / "root")
    (root / "shared/parts.py").unlink()
    done = cut(root, tmp_path / "out")
    assert done.returncode == 1
    assert "shared/parts.py: git has a file there" in done.stderr


def test_settings_that_git_does_not_know_are_not_left_out_silently(repository: Path, tmp_path: Path) -> None:
    root = clone(repository, tmp_path / "root")
    git(root, "rm", "-r", "--quiet", "--cached", ".ebextensions")
    done = cut(root, tmp_path / "out")
    assert done.returncode == 1
    assert ".ebextensions: git knows no file there" in done.stderr


def test_a_variants_bundle_has_its_own_files_and_says_so(
    repository: Path, bundles: Path, tmp_path: Path
) -> None:
    for variant in ("classic", "trial"):
        done = cut(repository, tmp_path, "--release", "--variant", variant)
        assert done.returncode == 0, done.stderr
        assert f"-web-{variant}  sha256" in done.stdout
        redirect = {".ebextensions/web-25-https-redirect.config"}
        assert names(bundles / "web.zip") - names(tmp_path / "web.zip") == redirect
        assert (tmp_path / "worker.zip").read_bytes() == (bundles / "worker.zip").read_bytes()
        with zipfile.ZipFile(tmp_path / "web.zip") as archive:
            balancer = archive.read(".ebextensions/web-20-loadbalancer.config").decode()
        assert ("LoadBalancerType: classic" in balancer) is (variant == "classic")


def test_the_firewalls_bundle_has_one_file_more(repository: Path, bundles: Path, tmp_path: Path) -> None:
    assert cut(repository, tmp_path, "--release", "--variant", "waf").returncode == 0
    assert names(tmp_path / "web.zip") - names(bundles / "web.zip") == {".ebextensions/web-50-waf.config"}
    assert names(bundles / "web.zip") <= names(tmp_path / "web.zip")


def test_a_bundle_larger_than_beanstalk_takes_is_refused(repository: Path, tmp_path: Path) -> None:
    root = clone(repository, tmp_path / "root")
    with (root / "shared/large.bin").open("wb") as file:
        file.truncate(500_000_001)
    git(root, "add", "--intent-to-add", "shared/large.bin")
    done = cut(root, tmp_path / "out", "--tier", "web")
    assert done.returncode == 1
    assert "Beanstalk takes 500,000,000" in done.stderr
    assert not (tmp_path / "out/web.zip").exists()
