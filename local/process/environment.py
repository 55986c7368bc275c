"""The environment of what the launcher starts."""

from collections.abc import Mapping

from local.process.ports import LOOPBACK

_OF_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PYTHONPATH")


def product_env(outer: Mapping[str, str], stack: Mapping[str, str]) -> dict[str, str]:
    """The environment of a product process: the outer one without its AWS and make settings, then the stack's."""
    env = {
        key: value
        for key, value in outer.items()
        if not key.startswith(("AWS_", "BOTO_")) and key not in _OF_MAKE
    }
    # A proxy is for the world outside; all that the stack offers is on loopback.
    exceptions = ",".join(
        filter(None, [outer.get("no_proxy") or outer.get("NO_PROXY"), LOOPBACK, "localhost"])
    )
    return {**env, "NO_PROXY": exceptions, "no_proxy": exceptions, "PYTHONUNBUFFERED": "1", **stack}
