"""`python -m worker.ops …` without the second that starting a program costs: the same code, in this process."""

import contextlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from unittest.mock import patch

from structlog.testing import capture_logs

from worker.ops import __main__ as ops


@dataclass(frozen=True)
class Done:
    """What a program would have left."""

    returncode: int
    stdout: str
    stderr: str


def terminal(environ: Mapping[str, str], *arguments: str) -> Done:
    """Run a command with this environment and nothing else of it."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, environ, clear=True),
        patch.object(ops, "configure_logs"),  # other tests read theirs
        capture_logs(),  # which go elsewhere than what is said
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = ops.main(list(arguments))
        except SystemExit as end:  # of bad arguments
            code = int(end.code or 0)
    return Done(code, out.getvalue(), err.getvalue())
