"""The web tier passes bytes on; it does not gather them."""

from bench.web_memory import UPLOADS, measure
from local.drive.portal_process import PortalProcess
from tests.support_slice import THOROUGH


def test_large_uploads_four_at_a_time_add_less_than_120_mb_to_the_web_tier(
    portal: PortalProcess,
) -> None:
    assert measure(portal, UPLOADS if THOROUGH else 4).growth_mb < 120
