"""A portal that answers as the test says."""

from collections.abc import Iterator

import pytest

from image_portal_cli import client
from tests.unit.cli.fake_portal import FakePortal, fake_portal


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePortal]:
    """Repeats follow at once, unless the portal asks for a wait."""
    monkeypatch.setattr(client, "FIRST_DELAY_SECONDS", 0.001)
    with fake_portal() as portal:
        yield portal
