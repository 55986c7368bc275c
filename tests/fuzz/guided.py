"""One format's walk under libFuzzer, as tests.fuzz starts it: `python -m tests.fuzz.guided KIND CORPUS OPTION…`."""

import sys

import atheris  # type: ignore[import-untyped]  # in the environment of make fuzz alone

with atheris.instrument_imports(
    include=["worker.imaging.formats", "worker.imaging.isobmff", "worker.imaging.exif"]
):
    from tests.fuzz.walkers import check


def main() -> None:
    """Until libFuzzer ends the process."""
    kind = sys.argv.pop(1)
    atheris.Setup(sys.argv, lambda data: check(kind, data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
