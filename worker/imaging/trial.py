"""Whether this machine's sandbox holds, and holds back no honest picture: asked once, when a worker begins.

Lists of system calls are written for libraries of today. A kernel or a C library of tomorrow may ask for one more; then
every picture would be refused, and it would not be the pictures' fault.
"""

from pathlib import Path

from shared.domain.refusals import Rejected
from worker.imaging import process, sandbox_of_decoders, seccomp

SAMPLES = sorted(Path(__file__).with_name("samples").iterdir())


def weakness() -> str:
    """Process a picture of each format as uploads are; return what the sandbox lacks on this machine, or nothing.

    Where decoders can't work under filters, they are held to none from now on, in this process and its children. Those
    have branches of the server that is left running here. Raises Rejected, ProcessingError, ChildLost, OSError: imaging
    doesn't work here at all.
    """
    sandbox = sandbox_of_decoders
    if not sandbox.held:
        _process_all()
        return seccomp.missing()
    try:
        _process_all()
    except Rejected as refused:
        sandbox.close()
        sandbox.held = False
        _process_all()
        return f"decoders can't work under its filter of system calls ({refused})"
    return ""


def _process_all() -> None:
    for sample in SAMPLES:
        process(sample.read_bytes())
