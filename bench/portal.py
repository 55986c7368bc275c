"""The portal that a benchmark measures: a running one, or one of its own that is idle and new."""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.drive.portal import Portal
from local.drive.portal_process import PortalProcess


@contextmanager
def measured_portal(description: str) -> Iterator[Portal]:
    """Read --url and --local-dir from the command line; without them start a portal and stop it at the end."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--url", help="a running portal's address; --local-dir is then needed as well")
    parser.add_argument("--local-dir", type=Path, help="the LOCAL_DIR of that portal")
    options = parser.parse_args()
    if options.url and options.local_dir:
        yield Portal(options.url.rstrip("/"), options.local_dir.absolute())
        return
    if options.url or options.local_dir:
        parser.error("--url and --local-dir go together")
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as directory:
        own = PortalProcess(Path(directory))
        try:
            own.start()
            yield own
        finally:
            own.stop()
