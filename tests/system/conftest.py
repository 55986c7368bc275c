"""One running portal for all system tests."""

import pytest

from tests.system.people import Person, new_person
from tests.system.portal_process import PortalProcess
from tests.system.portal_process import portal as portal


@pytest.fixture
def person(portal: PortalProcess) -> Person:
    """Somebody new, verified and logged in."""
    return new_person(portal)
