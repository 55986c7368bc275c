"""`make reset`: removes LOCAL_DIR, with all accounts, pictures and settings of the local portal, after asking."""

import os
import shutil
import sys
from pathlib import Path

from local.console import LocalError, complain, say
from local.process.lock import DirectoryLock

# A directory that holds none of these was not made by `make run`.
_MARKS = ("ports.json", "secrets.json", "lock")


def reset(directory: Path, *, yes: bool) -> bool:
    """Remove the directory; False when the person said no. Raises LocalError when it must not be removed."""
    if not directory.exists():
        say(f"{directory} does not exist; nothing to remove.")
        return True
    holds = {entry.name for entry in directory.iterdir()} if directory.is_dir() else set()
    if directory.is_symlink() or not holds.intersection(_MARKS) or ".git" in holds:
        raise LocalError(f"{directory} does not look like a local portal's directory; it is left alone.")
    # Raises AlreadyRunning while a launcher holds it.
    with DirectoryLock(directory):
        if not yes and input(f"Remove {directory} with everything in it? [y/N] ").strip().lower() != "y":
            say("Nothing was removed.")
            return False
        shutil.rmtree(directory)
    say(f"{directory} is removed.")
    return True


def main() -> int:
    """Reads LOCAL_DIR and YES from the environment; exit code 1 when nothing was removed."""
    directory = Path(os.environ.get("LOCAL_DIR") or ".local").expanduser().absolute()
    try:
        return 0 if reset(directory, yes=os.environ.get("YES") == "1") else 1
    except EOFError:
        complain("No answer; nothing was removed. YES=1 skips the question.")
    except (LocalError, OSError) as error:
        complain(str(error))
    return 1


if __name__ == "__main__":
    sys.exit(main())
