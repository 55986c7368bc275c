"""The web tier passes bytes on; it does not gather them."""

from bench.web_memory import measure
from local.drive.portal_process import PortalProcess
from tests.support_slice import its_day


@its_day(0, of=2)
def test_twenty_large_uploads_four_at_a_time_add_less_than_120_mb_to_the_web_tier(
    portal: PortalProcess,
) -> None:
    assert measure(portal).growth_mb < 120
