"""Cuts Beanstalk's source bundles: `python3 deploy/bundle.py [--tier web|worker] [--variant classic] [--release]`.

Every line of a Procfile runs on every instance that gets it, and a worker environment refuses the settings of a load
balancer. So each tier gets a bundle of its own: its packages, its lines of the one Procfile, and of .ebextensions
and .platform what is common or named for it (`web-…`, `worker-…`). A variant is for another load balancer: files of
deploy/variants/ take the place of those of the same name in .ebextensions, and some are left out.

The same commit gives the same bytes on every machine. Files are those that git knows, with git's idea of what is
executable; times, owners and compression are fixed (stored, since zlibs differ in their output). A tree with
changes yields the label `…-dirty`; --release refuses one. Standard library alone: it runs before anything is
installed.
"""

import argparse
import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Of each tier: its processes as Beanstalk is to know them, with their names in the Procfile. The process that nginx
# passes requests to is called `web` in either tier.
PROCESSES = {"web": {"web": "web"}, "worker": {"web": "ticker", "worker": "worker"}}
CONTENTS = {
    "web": ["web", "shared", "requirements.txt"],
    "worker": ["worker", "shared", "requirements.txt", "cron.yaml"],
}
BY_NAME = [".ebextensions", ".platform"]
PROCFILE_LINE = re.compile(r"([A-Za-z0-9_-]+):\s*(\S.*)")  # Beanstalk's own pattern
VARIANTS = {
    "": frozenset[str](),
    "classic": frozenset(
        {".ebextensions/web-25-https-redirect.config"}
    ),  # names what a classic balancer has not
    "waf": frozenset[str](),  # adds a file and replaces none
    "trial": frozenset(
        {".ebextensions/web-25-https-redirect.config"}
    ),  # without a certificate there is no HTTPS
}
VARIANT_FILES = "deploy/variants"
HOOKS = re.compile(r"\.platform/(conf)?hooks/")
SECRET_NAME = re.compile(
    r"(^|/)(\.env[^/]*|\.git|\.aws|\.netrc|credentials|id_[a-z0-9]+|[^/]*\.(pem|key|p12|pfx|jks))(/|$)", re.I
)
SECRET_TEXT = re.compile(
    rb"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    rb"|aws_secret_access_key['\"]?\s*[=:]\s*['\"]?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])",
    re.I,
)
MODES = {"100644": 0o644, "100755": 0o755}
MAX_BYTES = 500_000_000  # Beanstalk's limit is 500 MB
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can hold


class Refused(Exception):
    """The tree can't be shipped as it is."""


def main(arguments: list[str]) -> int:
    """Cut the bundles and print file, label and SHA-256 of each; exit code 1 with every fault when one is refused."""
    parser = argparse.ArgumentParser(description="Cuts the source bundles for Elastic Beanstalk.")
    parser.add_argument("--tier", choices=sorted(PROCESSES), action="append", help="default: both")
    parser.add_argument(
        "--variant", choices=sorted(VARIANTS), default="", help="of the web tier (default: none)"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="default: build/")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository (default: this one)")
    parser.add_argument("--release", action="store_true", help="refuse a tree with uncommitted changes")
    options = parser.parse_args(arguments)
    try:
        for tier in options.tier or sorted(PROCESSES):
            file = options.out / f"{tier}.zip"
            label = version_label(options.root, tier, options.variant, release=options.release)
            write_zip(file, bundle(options.root, tier, options.variant))
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            sys.stdout.write(f"{file}  label {label}  sha256 {digest}  {file.stat().st_size:,} bytes\n")
    except (Refused, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def bundle(root: Path, tier: str, variant: str = "") -> dict[str, tuple[int, bytes]]:
    """What the tier's bundle holds: path → (permissions, bytes). Raises Refused with all faults."""
    found = {"Procfile": (0o644, procfile((root / "Procfile").read_text(), tier))}
    files = [(mode, path) for mode, path in tracked(root, tier) if path not in VARIANTS[variant]]
    faults = [
        f"{part}: git knows no file there: git add {part}"
        for part in [*CONTENTS[tier], *BY_NAME]
        if not any(path == part or path.startswith(f"{part}/") for _, path in files)
    ]
    if (
        size := sum((root / path).lstat().st_size for _, path in files if (root / path).is_file())
    ) > MAX_BYTES:
        raise Refused(f"The {tier} bundle would have {size:,} bytes; Beanstalk takes {MAX_BYTES:,}.")
    for mode, path in files:
        if mode not in MODES:
            faults.append(f"{path}: is a link or a submodule; a bundle holds plain files.")
        elif not (root / path).is_file() or (root / path).is_symlink():
            faults.append(f"{path}: git has a file there, and the working folder has none.")
        else:
            data = (root / path).read_bytes()
            faults += objections(path, mode, data)
            found[path] = (MODES[mode], data)
    found |= {path: (0o644, data) for path, data in variant_files(root, tier, variant)}
    if faults:
        raise Refused("\n".join([f"The {tier} bundle is refused:", *(f"  - {fault}" for fault in faults)]))
    return found


def tracked(root: Path, tier: str) -> Iterator[tuple[str, str]]:
    """Mode and path of every file in git's index that belongs to the tier."""
    others = tuple(f"{other}-" for other in PROCESSES if other != tier)
    for line in git(root, "ls-files", "-z", "--stage", "--", *CONTENTS[tier], *BY_NAME).split("\0")[:-1]:
        details, path = line.split("\t", 1)
        if path.split("/")[0] not in BY_NAME or not Path(path).name.startswith(others):
            yield details.split()[0], path


def variant_files(root: Path, tier: str, variant: str) -> Iterator[tuple[str, bytes]]:
    """Path in the bundle and bytes of each file of the tier that the variant brings."""
    folder = f"{VARIANT_FILES}/{variant}/"
    for path in git(root, "ls-files", "-z", "--", folder).split("\0")[:-1] if variant else []:
        name = Path(path).name
        if name.startswith(f"{tier}-"):
            yield f".ebextensions/{name}", (root / path).read_bytes()


def objections(path: str, mode: str, data: bytes) -> Iterator[str]:
    """Why this file must not be shipped like this."""
    if HOOKS.match(path) and mode != "100755":
        yield f"{path}: a hook must be executable: git update-index --chmod=+x {path}"
    if HOOKS.match(path) and (not data.startswith(b"#!") or b"\r" in data):
        yield f"{path}: a hook must begin with #! and have plain line ends."
    if SECRET_NAME.search(path):
        yield f"{path}: by its name this may hold a secret."
    if SECRET_TEXT.search(data):
        yield f"{path}: holds what looks like a key."


def procfile(text: str, tier: str) -> bytes:
    """The tier's lines under the names that Beanstalk is to know; `web` first, as Beanstalk wants it."""
    commands: dict[str, str] = {}
    for line in text.splitlines():
        parsed = PROCFILE_LINE.fullmatch(line)
        if not parsed or not parsed[2].startswith("exec "):
            # Without exec the shell gets SIGTERM, and the process behind it is orphaned in the middle of its work.
            raise Refused(f"Procfile: not of the form `name: exec command`: {line}")
        commands[parsed[1]] = parsed[2]
    if missing := set(PROCESSES[tier].values()) - set(commands):
        raise Refused(f"Procfile: no line for {', '.join(sorted(missing))}.")
    return "".join(f"{name}: {commands[source]}\n" for name, source in PROCESSES[tier].items()).encode()


def version_label(root: Path, tier: str, variant: str = "", *, release: bool) -> str:
    """`<git sha>-<tier>`, with the web tier's variant; `-dirty` for changes or new files where its files are."""
    changes = git(root, "status", "--porcelain", "--", "Procfile", *CONTENTS[tier], *BY_NAME, VARIANT_FILES)
    if changes and release:
        raise Refused(f"A release is cut from a clean tree, and these differ from the commit:\n{changes}")
    commit = git(root, "rev-parse", "--short=12", "HEAD").strip()
    kind = f"-{variant}" if variant and tier == "web" else ""
    return f"{commit}-{tier}{kind}{'-dirty' if changes else ''}"


def write_zip(file: Path, contents: dict[str, tuple[int, bytes]]) -> None:
    """Write the bundle; the same contents give the same bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for path, (permissions, data) in sorted(contents.items()):
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.create_system = 3  # Unix, whatever machine this is
            entry.external_attr = (0o100000 | permissions) << 16
            archive.writestr(entry, data)


def git(root: Path, *arguments: str) -> str:
    """Standard output of a git command; raises Refused with its complaint."""
    command = ["git", "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # a list, no shell
    if done.returncode:
        raise Refused(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
