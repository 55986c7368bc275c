"""People for the running portal."""

import pytest

from local.drive.people import Person, new_person
from local.drive.portal_process import PortalProcess


@pytest.fixture
def person(portal: PortalProcess) -> Person:
    """Somebody new, verified and logged in."""
    return new_person(portal)
