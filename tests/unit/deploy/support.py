"""A repository to cut bundles from: what a commit of the working folder would hold, without touching its index."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = [
    "Procfile",
    "cron.yaml",
    "requirements.txt",
    ".ebextensions",
    "deploy/variants",
    ".platform",
    "web",
    "worker",
    "shared",
]
NOBODY = {
    "GIT_AUTHOR_NAME": "n",
    "GIT_AUTHOR_EMAIL": "n@example.com",
    "GIT_COMMITTER_NAME": "n",
    "GIT_COMMITTER_EMAIL": "n@example.com",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def git(folder: Path, *arguments: str) -> str:
    """A git command in a folder, with nobody's settings."""
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, env=os.environ | NOBODY, check=True, capture_output=True, text=True).stdout


def commit_all(folder: Path) -> None:
    """Commit whatever is in the folder."""
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message", "x")


def make_repository(folder: Path) -> Path:
    """A repository with one commit of the files that ship, and some that must not."""
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *SHIPPED)
    for path in listed.split("\0")[:-1]:
        if (ROOT / path).exists():  # a file that is deleted but not yet committed is none
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, folder / path)
    for path in ("tests/test_x.py", "docs/x.md", "local/run.py", "deploy/bundle.py", "README.md"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("not for shipping\n")
    git(folder, "init", "--quiet")
    commit_all(folder)
    return folder


def clone(repository: Path, folder: Path, umask: int = 0o022) -> Path:
    """A copy of a repository that a test may change."""
    command = ["git", "clone", "--quiet", str(repository), str(folder)]
    subprocess.run(command, env=os.environ | NOBODY, check=True, umask=umask)
    return folder


def cut(root: Path, out: Path, *options: str, umask: int = 0o022) -> "subprocess.CompletedProcess[str]":
    """Run the bundle program as a person would, with a bare interpreter: no site-packages."""
    command = [
        sys.executable,
        "-I",
        "-S",
        str(ROOT / "deploy/bundle.py"),
        "--root",
        str(root),
        "--out",
        str(out),
    ]
    return subprocess.run(
        [*command, *options],
        env=os.environ | NOBODY,
        capture_output=True,
        text=True,
        check=False,
        umask=umask,
    )


def names(bundle: Path) -> set[str]:
    """Paths in a bundle."""
    with zipfile.ZipFile(bundle) as archive:
        return set(archive.namelist())
