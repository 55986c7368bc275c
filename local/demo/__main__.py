"""`make demo`: fills the running portal with people and pictures, through its API, as scripts of theirs would.

Running it again adds nothing: people are recognised by their names, pictures by their owner and name.
"""

import argparse
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from local.console import LocalError, complain, say, step
from local.demo.people import NAMES, arrive
from local.demo.pictures import picture
from local.demo.progress import Progress
from local.demo.publish import Outcome, Parcel, Publisher
from local.demo.refused import BAD_FILES
from local.drive.people import PASSWORD, Person
from local.drive.portal import Portal
from local.settings import load

INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """Exit code 0 when every picture is published, 1 when that fails, 130 after Ctrl-C."""
    options = parse(arguments)
    try:
        portal = find(os.environ)
        return fill(portal, options.people, options.images)
    except KeyboardInterrupt:
        complain("\nStopped. What was sent is kept; make demo goes on from there.")
        return INTERRUPTED
    except (LocalError, OSError) as error:
        complain(str(error))
    except (AssertionError, requests.RequestException) as error:
        complain(f"The portal did not do as it was asked: {error}")
    return 1


def parse(arguments: list[str]) -> argparse.Namespace:
    """`people` and `images`; usage on standard error and exit code 2 when they can't be used."""
    parser = argparse.ArgumentParser(
        prog="make demo",
        description="Fills the portal that `make run` has started: verified people who publish drawn pictures with "
        "captions, hashtags, licences and albums, and some files that are refused. Running it again with the same "
        "numbers adds nothing.",
        epilog='Options go in ARGS: make demo ARGS="--people 3 --images 20". LOCAL_DIR and PORT say which portal, '
        "as for make run.",
    )
    parser.add_argument("--people", type=int, default=len(NAMES), help=f"1 to {len(NAMES)} (default: all)")
    parser.add_argument("--images", type=int, default=300, help="pictures to publish (default: 300)")
    options = parser.parse_args(arguments)
    if not 1 <= options.people <= len(NAMES) or options.images < options.people:
        parser.error(f"--people is 1 to {len(NAMES)}, and --images at least as many")
    return options


def find(environ: Mapping[str, str]) -> Portal:
    """The portal that runs on LOCAL_DIR and answers at PORT; raises LocalError when there is none."""
    settings = load(environ)
    portal = Portal(f"http://127.0.0.1:{settings.port}", settings.directory)
    if not (settings.directory / "env").exists() or not portal.answers():
        raise LocalError(
            f"No portal runs at {portal.url} with LOCAL_DIR {settings.directory}. Start it with make run, in another "
            "terminal, and give make demo the same PORT and LOCAL_DIR."
        )
    return portal


def fill(portal: Portal, people_count: int, images: int) -> int:
    """People, then pictures, then what there is to see."""
    begun = time.monotonic()
    with step(f"{people_count} people"):
        people = arrive(portal, people_count)
    parcels = parcels_of(people, images)
    progress = Progress(len(parcels), "files")
    publisher = Publisher(parcels)
    try:
        publisher.publish(progress.show)
    finally:
        progress.end()
    return report(portal, people[0], publisher.outcome, time.monotonic() - begun)


def parcels_of(people: list[Person], images: int) -> list[Parcel]:
    """The pictures, with the bad files among them."""
    parcels = []
    for number in range(images):
        shown = picture(number, len(people))
        fields = {"caption": shown.caption, "licence": shown.licence, "album": shown.album}
        parcels.append(Parcel(people[shown.owner], shown.filename, shown.draw, fields))
    for number, bad in enumerate(BAD_FILES):
        parcel = Parcel(
            people[number % len(people)], bad.filename, bad.make, {"caption": "Should not be here"}
        )
        parcels.insert(len(parcels) * (number + 1) // (len(BAD_FILES) + 1), parcel)
    return parcels


def report(portal: Portal, person: Person, outcome: Outcome, seconds: float) -> int:
    """What there is, and how to see it."""
    published = outcome.states.get("published", 0)
    say(f"{published} pictures published, {len(outcome.refused)} files refused, {seconds:.1f} s")
    for name, (code, sentence) in sorted(outcome.refused.items()):
        say(f"  refused  {name:<20} {code:<18} {sentence}")
    for state, count in outcome.states.items():
        if state != "published":
            say(f"  {state.replace('_', ' ')}: {count}")
    say(f"Log in at {portal.url}/login as {person.username} with the password {PASSWORD}")
    if outcome.states.get("failed") or any(
        name not in {bad.filename for bad in BAD_FILES} for name in outcome.refused
    ):
        complain(f"Not everything went well; logs are in {Path(portal.local_dir, 'log')}.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
