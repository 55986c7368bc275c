"""The demo's people: signed up and verified the first time, recognised afterwards."""

from concurrent.futures import ThreadPoolExecutor

from local.console import LocalError
from local.drive import people
from local.drive.people import PASSWORD, Person
from local.drive.portal import Portal

NAMES = (
    "mira", "jonas.k", "adaeze", "yuki", "lena_b", "tomasz", "ines", "rafael.m", "sunita", "oskar", "noor", "elif",
)  # fmt: skip
SENDERS = 4


def arrive(portal: Portal, count: int) -> list[Person]:
    """The first `count` people, logged in. Raises LocalError when somebody else has one of their names."""
    with ThreadPoolExecutor(SENDERS) as threads:
        return list(threads.map(lambda name: _one(portal, name), NAMES[:count]))


def _one(portal: Portal, name: str) -> Person:
    answer = people.call(portal, "/session", username=name, password=PASSWORD)
    if answer.status_code == 403:  # signed up by a demo that was stopped before the code was used
        people.confirm(portal, name)
    elif answer.status_code == 401:
        signed_up = people.call(
            portal, "/signup", username=name, email=f"{name}@example.com", password=PASSWORD
        )
        if signed_up.status_code == 409:
            raise LocalError(f"«{name}» has another password than the demo's. `make reset` begins anew.")
        people.confirm(portal, name)
    return people.log_in(portal, name)
