"""Erase from the copy in another region what was taken back at the portal.

S3 copies what is put, and delete markers, but passes on no deletion of a version, which is how the portal erases. The
marks of what was taken back are copied, and this erases by them. Harmless to repeat; to be run by a schedule, from
anywhere that may list and delete in the copy.

    AWS_REGION=eu-central-1 python -m deploy.prune_copies --bucket COPY
"""

import argparse
import sys

import boto3

from shared.adapters.s3 import S3ObjectStore
from shared.ports.object_store import ObjectStore
from shared.quarantine import Quarantine
from shared.staging import Staging
from shared.taken_back import TakenBackMarks
from worker.taken_back import erase_published


def prune(store: ObjectStore) -> int:
    """Erase everything of every upload that has a mark; returns how many have one. Raises StoreUnavailable."""
    marked = set(TakenBackMarks(store).walk())
    if marked:
        erase_published({upload_id for _, upload_id in marked}, store)
    for owner, upload_id in marked:
        store.erase(Staging(store).versions(owner, upload_id))
        store.erase(Quarantine(store).versions(upload_id))
    return len(marked)


def main(arguments: list[str]) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--bucket", required=True, help="the bucket of the copies")
    given = parser.parse_args(arguments)
    count = prune(S3ObjectStore(boto3.client("s3"), given.bucket))
    sys.stdout.write(f"nothing is left here of {count} uploads that were taken back\n")


if __name__ == "__main__":
    main(sys.argv[1:])
