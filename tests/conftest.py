"""Fixtures that tests of several kinds share."""

import gc
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.hooks
import botocore.loaders
import pytest
import structlog

from local.drive.portal_process import PortalProcess
from tests.support_cloud import ministack_server, moto_server

# Nothing of what is imported and collected is rubbish, a quarter of that time is the collector's search for some.
gc.disable()
# Each session of boto3 reads the descriptions of its services and compares the names of a thousand events with their
# former ones anew, a fifth of a second for a test's parts.
botocore.loaders.create_loader = cache(botocore.loaders.create_loader)
_names: dict[str, str] = {}
_init = botocore.hooks.EventAliaser.__init__


def _share_names(self: Any, *arguments: Any) -> None:
    _init(self, *arguments)
    self._alias_name_cache = _names


setattr(botocore.hooks.EventAliaser, "__init__", _share_names)  # noqa: B010  # mypy knows no method that is replaced
# All tests have one address and one database, and many guess on purpose. What limits do, theirs show.
os.environ |= {"LIMIT_FAILURES": "0", "LIMIT_SIGN_UPS": "0"}
# By default, structlog draws each traceback with all its variables, seconds for a deep one.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_collection_finish() -> None:
    """What is collected stays: Python's own collector would look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def moto_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a moto server that lasts for the session. Shared: use names of your own in it."""
    with moto_server(tmp_path_factory.mktemp("moto") / "log") as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def ministack_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a ministack that lasts for the session. Shared: use names of your own in it."""
    folder = tmp_path_factory.mktemp("ministack")
    with ministack_server(folder / "log", folder / "data") as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalProcess]:
    """One portal for the whole test session. Shared: use people of your own in it."""
    running = PortalProcess(tmp_path_factory.mktemp("portal"))
    try:
        running.start()
        yield running
    finally:
        running.stop()
