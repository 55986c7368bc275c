"""Sets up what the portal needs on this machine: `python3 local/setup.py app dev cloud fuzz database browser rehearse`.

Parts: app (.venv with what the portal and its launcher run on), dev (the same, and the checks), cloud (.cloud-venv
with the local stand-in for AWS), fuzz (.fuzz-venv with a fuzzer), database (MariaDB's server program), browser
(Chromium, for tests), rehearse (nginx, HAProxy and ip), uv (what makes the environments, and `make lock` their
requirements). A part that is in order costs nothing. Runs under the system's python3 before anything is installed, so:
standard library alone, one file.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build"
SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
# Each part's virtual environment, and the requirements that it adds to those of the parts before it.
ENVIRONMENTS = {
    "app": (".venv", ["requirements.txt", "local/requirements-launcher.txt"]),
    "dev": (".venv", ["requirements-dev.txt"]),
    "cloud": (".cloud-venv", ["local/cloud/requirements.txt"]),
    "fuzz": (".fuzz-venv", ["requirements.txt", "requirements-fuzz.txt"]),
}
# What makes environments: pip takes a minute for one, uv some seconds.
UV = ("build/uv-venv", "local/requirements-uv.txt")
# Each part's Debian packages, each with a program or a library that shows that it is there.
PACKAGES = {
    "database": [("mariadb-server-core", "mariadbd")],
    "browser": [
        ("chromium-headless-shell", "chromium-headless-shell"),
        ("curl", "curl"),
        (
            "libatomic1",
            "libatomic.so.1",
        ),  # what Playwright's driver needs and its Python package doesn't bring
    ],
    "rehearse": [("nginx-light", "nginx"), ("haproxy", "haproxy"), ("iproute2", "ip")],
}
# Debian starts a server that it installs, nginx on every interface. Its own way to forbid that is a policy-rc.d.
INSTALL = """set -e; policy=/usr/sbin/policy-rc.d
[ -e $policy ] || { trap "rm -f $policy" EXIT; printf '#!/bin/sh\\nexit 101\\n' > $policy; chmod 755 $policy; }
DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "$@"
"""

_children: list[subprocess.Popen[bytes]] = []
_stopping = threading.Event()


class SetupError(Exception):
    """Set-up can't go on; the text says why and what to do."""


def main(arguments: list[str]) -> int:
    """Set up the named parts; exit code 1 with a clear message when that fails."""
    parts = [*ENVIRONMENTS, *PACKAGES, "uv"]
    if not arguments or not set(arguments) <= set(parts):
        complain(f"Usage: python3 local/setup.py PART…  (parts: {', '.join(parts)})")
        return 2
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs under whatever python3 there is
        found = ".".join(map(str, sys.version_info[:3]))
        complain(f"Python 3.11 or newer is needed; {sys.executable} is {found}. Try make PYTHON=python3.11 …")
        return 1
    signal.signal(signal.SIGTERM, stop_children)
    try:
        stale, missing = stale_environments(arguments), missing_packages(arguments)
        if needs_venv_package(arguments):  # without which no environment can be made
            install_packages(missing)
            missing = []
        tasks = [lambda: install_packages(missing), lambda: build_environments(stale)]
        if "uv" in arguments and not stale:
            tasks.append(build_uv)
        side_by_side(tasks)
    except SetupError as error:
        complain(str(error))
        return 1
    return 0


def is_present(sign: str) -> bool:
    """Whether a program is on the system's path, or a library (by its file's name) in its folders."""
    if ".so." in sign:
        return any(Path("/usr/lib").glob(f"*/{sign}")) or Path("/usr/lib", sign).exists()
    return shutil.which(sign, path=SYSTEM_PATH) is not None


def missing_packages(parts: list[str]) -> list[str]:
    """Debian packages that the parts lack, in one list so that apt runs once."""
    missing = [
        package
        for part, programs in PACKAGES.items()
        for package, sign in programs
        if part in parts and not is_present(sign)
    ]
    if needs_venv_package(parts):
        missing.insert(0, f"python3.{sys.version_info[1]}-venv")
    return missing


def needs_venv_package(parts: list[str]) -> bool:
    """Whether uv must be installed, and this python3 can't: Debian's has no pip until a package brings it."""
    from importlib.util import find_spec

    wanted = "uv" in parts or bool(stale_environments(parts))
    return wanted and read(stamp_of_uv()) != fingerprint_of_uv() and not find_spec("ensurepip")


def install_packages(packages: list[str]) -> None:
    """Install Debian packages as root or with sudo; raises SetupError with the list when neither is possible."""
    if not packages:
        return
    by_hand = f"Please have these installed, then try again:\n  apt-get install {' '.join(packages)}"
    if not shutil.which("apt-get"):
        raise SetupError(
            f"Missing: {' '.join(packages)} (Debian's names), and there is no apt-get. {by_hand}"
        )
    if os.geteuid() != 0 and not shutil.which("sudo"):
        raise SetupError(f"Installing packages takes root or sudo, and this is neither. {by_hand}")
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    title = f"Debian packages: {' '.join(packages)}"
    begun = time.monotonic()
    try:
        run([*prefix, "apt-get", "-q", "-y", "update"], "setup-apt.log")
        run([*prefix, "sh", "-c", INSTALL, "sh", *packages], "setup-apt.log")
    except SetupError as error:
        raise SetupError(f"{error}\n{by_hand}") from None
    done(title, begun)


def stale_environments(parts: list[str]) -> dict[str, list[str]]:
    """Virtual environments that need work, each with the parts that it is behind with."""
    stale: dict[str, list[str]] = {}
    for part, (name, _) in ENVIRONMENTS.items():
        wanted = part in parts or (part == "app" and "dev" in parts)
        if wanted and read(stamp(part)) != fingerprint(part):
            stale.setdefault(name, []).append(part)
    return stale


def side_by_side(tasks: list[Callable[[], None]]) -> None:
    """Do all of them at once, and wait for all; raises SetupError with what failed."""
    failures: list[str] = []

    def attempt(task: Callable[[], None]) -> None:
        try:
            task()
        except SetupError as error:
            failures.append(str(error))

    threads = [threading.Thread(target=attempt, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(0.2)  # with a limit, so that Ctrl-C is noticed
    if failures:
        raise SetupError("\n".join(failures))


def build_environments(stale: dict[str, list[str]]) -> None:
    """Build the environments, side by side; raises SetupError with what failed."""
    if stale:
        build_uv()
        side_by_side([partial(build_environment, name, parts) for name, parts in stale.items()])


def build_uv() -> None:
    """Install uv, by pip and in an environment of its own, unless it is there."""
    directory, requirements = ROOT / UV[0], UV[1]
    if read(stamp_of_uv()) == fingerprint_of_uv():
        return
    begun = time.monotonic()
    shutil.rmtree(directory, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(directory)], "setup-uv.log")
    options = ["--require-hashes", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    python = str(directory / "bin" / "python")
    run([python, "-m", "pip", "install", *options, "--no-compile", "-r", requirements], "setup-uv.log")
    stamp_of_uv().write_text(fingerprint_of_uv())
    done("uv", begun)


def build_environment(name: str, parts: list[str]) -> None:
    """Install what each part asks for; begins with an empty environment unless only `dev` is behind."""
    begun = time.monotonic()
    directory, log, uv = ROOT / name, f"setup-{name.strip('.')}.log", str(ROOT / UV[0] / "bin" / "uv")
    python = str(directory / "bin" / "python")
    if parts != ["dev"] or not os.path.exists(python):
        shutil.rmtree(directory, ignore_errors=True)
        run([uv, "venv", "--no-project", "--python", sys.executable, str(directory)], log, **mirrored())
    for part in parts:
        stamp(part).unlink(missing_ok=True)
        # Python compiles what is used when it is used: most never is.
        options = ["--require-hashes", "--system-certs", "--no-progress", "--python", python]
        files = [word for file in ENVIRONMENTS[part][1] for word in ("-r", file)]
        run([uv, "pip", "install", *options, *files], log, **mirrored())
        # Last of all: an installation that was interrupted has no stamp and is done again.
        stamp(part).write_text(fingerprint(part))
    done(f"{name} ({', '.join(parts)})", begun)


def stamp_of_uv() -> Path:
    """The file that says from which requirements uv was installed."""
    return ROOT / UV[0] / ".setup"


def fingerprint_of_uv() -> str:
    """SHA-256 over the Python version and the requirements."""
    return hashlib.sha256(sys.version.encode() + b"\0" + (ROOT / UV[1]).read_bytes()).hexdigest()


def mirrored() -> dict[str, str]:
    """Environment variables that send uv where pip's settings send pip: to a mirror of PyPI, with its certificate."""
    if not (ROOT / UV[0] / "bin" / "python").exists():
        return {}
    command = [str(ROOT / UV[0] / "bin" / "python"), "-m", "pip", "config", "list"]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    settings = dict(re.findall(r"^[^.=]*\.(index-url|cert)='(.*)'$", told, re.M))
    names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
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


def read(file: Path) -> str:
    """A file's text, or nothing when there is none."""
    try:
        return file.read_text()
    except OSError:
        return ""


def run(command: list[str], log_name: str, **environment: str) -> None:
    """Run a command with its output in build/<log_name>; raises SetupError with the log's end when it fails."""
    LOGS.mkdir(exist_ok=True)
    log = LOGS / log_name
    with log.open("ab") as output:
        output.write(f"\n$ {' '.join(command)}\n".encode())
        output.flush()
        if _stopping.is_set():
            raise SetupError("Stopped.")
        try:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            raise SetupError(f"{command[0]} could not be started: {error}") from error
        _children.append(child)
        code = child.wait()
        _children.remove(child)
    if code:
        end = "\n".join(f"    {line}" for line in read(log).splitlines()[-15:])
        raise SetupError(f"Failed (exit {code}): {' '.join(command[:6])} …\n{log} ends with:\n{end}")


def stop_children(*_: object) -> None:
    """SIGTERM: take the running commands along."""
    _stopping.set()
    for child in list(_children):
        child.terminate()


def done(title: str, begun: float) -> None:
    """Say that a step is done, and how long it took."""
    say(f"  {title:<44} {time.monotonic() - begun:5.1f} s")


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Print a line to standard error at once."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
