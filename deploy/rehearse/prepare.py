"""What a rehearsal needs before it begins: the tree as it is, the bundles of two versions, an environment for them."""

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from deploy.bundle import bundle, write_zip
from local.console import LocalError, tail

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "rehearse"
VENVS = BUILD / "venvs"
NEW_MARK = "+rehearsal"
NEW_REVISION = "rehearsal"
MIGRATION = '''\
"""A column that the rehearsal's new version brings; old code does not know it."""

from alembic import op

revision = "{revision}"
down_revision = "{previous}"


def upgrade() -> None:
    """Only add."""
    op.execute("ALTER TABLE images ADD COLUMN rehearsed VARCHAR(20) NULL")
'''


@dataclass(frozen=True)
class Version:
    """Both bundles of one version."""

    name: str
    web: Path
    worker: Path


def cut_bundles() -> tuple[Version, Version]:
    """The bundles of the working folder as it is, new files included, and of a version after it."""
    tree = snapshot(BUILD / "tree")
    old = Version("old", *(cut(tree, tier, BUILD / f"{tier}.zip") for tier in ("web", "worker")))
    make_newer(tree)
    git(tree, "add", "--all")
    new = Version("new", *(cut(tree, tier, BUILD / f"{tier}-new.zip") for tier in ("web", "worker")))
    return old, new


def snapshot(tree: Path) -> Path:
    """A copy of what git knows or would take in here, as a repository of its own: deploy.bundle asks git."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in sorted(set(filter(None, names))):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    git(tree, "init", "--quiet")
    git(tree, "add", "--all")
    return tree


def cut(tree: Path, tier: str, file: Path) -> Path:
    """One bundle. Raises deploy.bundle.Refused with every fault."""
    write_zip(file, bundle(tree, tier))
    return file


def make_newer(tree: Path) -> None:
    """Turn the copy into a later version: another VERSION, and a migration that adds a column."""
    file = tree / "shared" / "__init__.py"
    file.write_text(re.sub(r'(VERSION = ".*)"', rf'\1{NEW_MARK}"', file.read_text()))
    versions = tree / "shared" / "migrations" / "versions"
    text = "\n".join(other.read_text() for other in versions.glob("*.py"))
    revisions = set(re.findall(r'^revision\b.*?= "(\w+)"', text, re.M))
    [head] = revisions - set(re.findall(r'^down_revision\b.*?= "(\w+)"', text, re.M))
    (versions / "9999_rehearsal.py").write_text(MIGRATION.format(revision=NEW_REVISION, previous=head))


def environment(bundle_file: Path) -> Path:
    """A virtual environment from the bundle's requirements.txt alone; made once for each text of that file."""
    with zipfile.ZipFile(bundle_file) as archive:
        requirements = archive.read("requirements.txt")
    name = hashlib.sha256(sys.version.encode() + b"\0" + requirements).hexdigest()[:16]
    venv, log = VENVS / name, BUILD / "pip.log"
    if not (venv / "complete").exists():
        shutil.rmtree(venv, ignore_errors=True)
        VENVS.mkdir(parents=True, exist_ok=True)
        listed = VENVS / f"{name}.txt"
        listed.write_bytes(requirements)
        pip = [
            str(venv / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--no-input",
            "--disable-pip-version-check",
        ]
        for command in ([sys.executable, "-m", "venv", str(venv)], [*pip, "-r", str(listed)]):
            with log.open("ab") as output:
                done = subprocess.run(  # noqa: S603 - our own commands
                    command, stdout=output, stderr=output, cwd=BUILD, check=False
                )
            if done.returncode:
                raise LocalError(f"{' '.join(command[:6])} failed; {log} ends with:\n{tail(log)}")
        (venv / "complete").touch()  # last of all: what was interrupted is made again
    return venv


def git(folder: Path, *arguments: str) -> str:
    """Standard output of a git command; raises LocalError with its complaint."""
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own commands
    if done.returncode:
        raise LocalError(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout
