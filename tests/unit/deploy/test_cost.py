"""The table of costs follows from measured figures by a formula, and is what the page says."""

import pytest

from deploy.cost import (
    BEGIN,
    END,
    MOST_MACHINES,
    PAGE,
    RATES,
    SECONDS,
    UTILISED,
    machines,
    measured,
    month,
    table,
    traffic,
)

PER_IMAGE = ("S3 and SQS, requests", "S3, what the month added")


def test_the_page_has_the_table_of_today() -> None:
    assert PAGE.read_text().partition(BEGIN)[2].partition(END)[0].strip() == table(measured())


def test_what_is_paid_by_the_image_grows_with_them() -> None:
    one, ten = (month(rate, measured()) for rate in (1, 10))
    for item in PER_IMAGE:
        assert ten[item] == pytest.approx(10 * one[item])


def test_requests_and_storage_of_a_million_images() -> None:
    """By hand: 6 PUTs at 5, 4 GETs and 3 calls of SQS at 0.4 a million; 2 MB and 0.5 of renditions at 0.023 a GB."""
    given = {"web_cpu_ms": 50.0, "worker_cpu_ms": 100.0, "megabytes": 2.0}
    found = month(1e6 / SECONDS, given)
    assert found["S3 and SQS, requests"] == pytest.approx(30 + 1.6 + 1.2)
    assert found["S3, what the month added"] == pytest.approx(2500 * 0.023)


@pytest.mark.parametrize("rate", RATES)
def test_the_machines_bear_the_load_and_are_no_more_than_there_may_be(rate: int) -> None:
    for tier, least in (("web", 2), ("worker", 1)):
        needed = rate * measured()[f"{tier}_cpu_ms"] / 1000
        count, kind = machines(needed, least)
        assert least <= count <= MOST_MACHINES
        assert count * kind.vcpus * UTILISED >= needed


def test_traffic_is_paid_by_steps() -> None:
    assert traffic(10_000) == pytest.approx(900)
    assert traffic(50_000) == pytest.approx(900 + 3400)
    assert traffic(200_000) == pytest.approx(900 + 3400 + 7000 + 2500)


def test_what_four_machines_can_not_bear_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 4 machines"):
        month(1000, measured())
