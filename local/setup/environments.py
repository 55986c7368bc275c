"""Virtual environments: which are stale, and how they are made."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from local.setup.commands import ROOT, done, read, run, side_by_side

# Each part's virtual environment, and the requirements that it adds to those of the parts before it.
ENVIRONMENTS = {
    "uv": ("build/uv-venv", ["local/requirements-uv.txt"]),
    "app": (".venv", ["requirements.txt", "local/requirements-launcher.txt"]),
    "dev": (".venv", ["requirements-dev.txt"]),
    "cloud": (".cloud-venv", ["local/cloud/requirements.txt"]),
    "fuzz": (".fuzz-venv", ["requirements.txt", "requirements-fuzz.txt"]),
}


def stale_environments(parts: list[str]) -> dict[str, list[str]]:
    """Virtual environments that need work, each with the parts that it is behind with; uv's with any other."""
    stale: dict[str, list[str]] = {}
    for part, (name, _) in reversed(ENVIRONMENTS.items()):
        wanted = part in parts or (part == "app" and "dev" in parts) or (part == "uv" and stale)
        if wanted and read(stamp(part)) != fingerprint(part):
            stale.setdefault(name, []).insert(0, part)
    return stale


def build_environments(stale: dict[str, list[str]]) -> None:
    """Build the environments: uv's by pip, which takes a minute for one, then all by uv; raises SetupError."""
    uvs = ENVIRONMENTS["uv"][0]
    if uvs in stale:
        build_environment(uvs, stale[uvs])
    side_by_side([partial(build_environment, name, parts) for name, parts in stale.items() if name != uvs])


def build_environment(name: str, parts: list[str]) -> None:
    """Install what each part asks for; begins with an empty environment unless only `dev` is behind."""
    begun = time.monotonic()
    directory, log = ROOT / name, f"setup-{Path(name).name.strip('.')}.log"
    python, uv = str(directory / "bin" / "python"), str(ROOT / ENVIRONMENTS["uv"][0] / "bin" / "uv")
    if parts == ["uv"]:
        make = [sys.executable, "-m", "venv"]
        quiet = ["--no-input", "--disable-pip-version-check", "--no-compile"]
        install = [python, "-m", "pip", "install", *quiet]
    else:
        make = [uv, "venv", "--no-project", "--python", sys.executable]
        install = [uv, "pip", "install", "--system-certs", "--no-progress", "--python", python]
    if parts != ["dev"] or not os.path.exists(python):
        shutil.rmtree(directory, ignore_errors=True)
        run([*make, str(directory)], log)
    for part in parts:
        stamp(part).unlink(missing_ok=True)
        files = [word for file in ENVIRONMENTS[part][1] for word in ("-r", file)]
        # Python compiles what is used when it is used: most never is.
        run([*install, "--require-hashes", *files], log, **as_pip_is_told())
        # Last of all: an installation that was interrupted has no stamp and is done again.
        stamp(part).write_text(fingerprint(part))
    done(f"{name} ({', '.join(parts)})", begun)


def as_pip_is_told() -> dict[str, str]:
    """Environment variables for uv from pip's settings: a mirror of PyPI, its certificate, how long to wait for it."""
    command = [str(ROOT / ENVIRONMENTS["uv"][0] / "bin" / "python"), "-m", "pip", "config", "list"]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    settings = dict(re.findall(r"^[^.=]*\.(index-url|cert|timeout|default-timeout)='(.*)'$", told, re.M))
    names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    names |= {"timeout": "UV_HTTP_TIMEOUT", "default-timeout": "UV_HTTP_TIMEOUT"}
    return {names[name]: value for name, value in settings.items() if names[name] not in os.environ}


def stamp(part: str) -> Path:
    """The file that says with which requirements a part was installed."""
    return ROOT / ENVIRONMENTS[part][0] / f".setup-{part}"


def fingerprint(part: str) -> str:
    """SHA-256 over the Python version and the requirements of the part and of those before it in its environment."""
    digest = hashlib.sha256(sys.version.encode())
    for other, (name, requirements) in ENVIRONMENTS.items():
        if name == ENVIRONMENTS[part][0]:
            for file in requirements:
                digest.update(b"\0" + (ROOT / file).read_bytes())
        if other == part:
            break
    return digest.hexdigest()
