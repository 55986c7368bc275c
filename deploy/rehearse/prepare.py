"""What a rehearsal needs before it begins: the tree as it is, the bundles of two versions, an environment for them."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from deploy.bundle import bundle, write_zip
from deploy.rehearse.planted import PLANTED, Planted
from local.console import LocalError, tail

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "rehearse"
VENVS = BUILD / "venvs"
NEW_MARK, OLD_MARK, BROKEN_MARK = "+rehearsal", "+released", "+broken"
FAULT = Planted(
    "web/gallery/pages.py",
    '    ticked = request.args.get("commercial"',
    '    if request.args:\n        raise RuntimeError("a fault")\n    ticked = request.args.get("commercial"',
)
"""In the broken version: a page that no health check asks for."""
NEW_REVISION = "rehearsal"
OLD_COMMIT = "REHEARSE_OLD_COMMIT"
SINCE = 20
"""Without a release to compare with, at most so many merges ago."""
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

    @classmethod
    def of(cls, name: str) -> "Version":
        """The version of that name in the rehearsal's folder."""
        return cls(name, BUILD / f"web-{name}.zip", BUILD / f"worker-{name}.zip")

    @property
    def mark(self) -> str:
        """What its VERSION ends with."""
        return {"old": OLD_MARK, "new": NEW_MARK, "broken": BROKEN_MARK}.get(self.name, "")


CURRENT, OLD, NEW, BROKEN = (Version.of(name) for name in ("current", "old", "new", "broken"))


def cut_bundles() -> str:
    """The bundles of the working folder as it is, new files included, of the last release, of a version after this, and
    of one that is broken; returns which commit stands for the last release."""
    commit = last_release()
    older = checkout(commit, BUILD / "tree-old")
    stamp(older, OLD_MARK)
    cut(older, OLD)
    tree = snapshot(BUILD / "tree")
    planted = PLANTED.get(os.environ.get("PLANT", ""))
    if planted:
        planted.into(tree)
    cut(tree, CURRENT)
    stamp(tree, NEW_MARK)
    add_migration(tree)
    cut(tree, NEW)
    stamp(tree, BROKEN_MARK)
    FAULT.into(tree)
    cut(tree, BROKEN)
    return commit


def last_release() -> str:
    """The commit of the newest tag `v…`, or of OLD; without either, the oldest of the last SINCE whose migrations are
    all still here. Raises LocalError when there is none."""
    wanted = os.environ.get("OLD", "")
    if not wanted:
        tags = git(ROOT, "tag", "--merged", "HEAD", "--sort=-creatordate", "--list", "v*").split()
        wanted = tags[0] if tags else earlier()
    return git(ROOT, "rev-parse", "--short=12", f"{wanted}^{{commit}}").strip()


def earlier() -> str:
    """A commit that could have been a release of this code's own past."""
    listed = git(ROOT, "log", "--first-parent", f"--max-count={SINCE + 1}", "--format=%H").split()[1:]
    folder = "shared/migrations/versions/"
    ours = set(git(ROOT, "ls-files", folder).split())
    for commit in reversed(listed):
        theirs = set(git(ROOT, "ls-tree", "--name-only", commit, folder).split())
        if theirs and theirs <= ours:
            return commit
    raise LocalError("There is no older commit here to compare with: git fetch --unshallow, or OLD=<commit>")


def checkout(commit: str, tree: Path) -> Path:
    """The files of a commit, as a repository of its own."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    archive = BUILD / "old.tar"
    git(ROOT, "archive", "--output", str(archive), commit)
    with tarfile.open(archive) as opened:
        opened.extractall(tree, filter="data")
    archive.unlink()
    git(tree, "init", "--quiet")
    return tree


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


def cut(tree: Path, version: Version) -> None:
    """Both bundles. Raises deploy.bundle.Refused with every fault."""
    cut_one(tree, "web", version.web)
    cut_one(tree, "worker", version.worker)


def cut_one(tree: Path, tier: str, file: Path) -> None:
    """One bundle. Raises deploy.bundle.Refused with every fault."""
    git(tree, "add", "--all")
    write_zip(file, bundle(tree, tier))


def stamp(tree: Path, mark: str) -> None:
    """Another VERSION."""
    file = tree / "shared" / "__init__.py"
    file.write_text(re.sub(r'(VERSION = ".*)"', rf'\1{mark}"', file.read_text()))


def add_migration(tree: Path) -> None:
    """A migration that adds a column, after all others."""
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
