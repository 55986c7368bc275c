"""After a restore of the database: bring back the uploads that were accepted since the restored moment.

The bucket is versioned, so what a worker cleared from staging/ is still there under a delete marker. Taking the markers
away makes those uploads accepted and unfinished again; the sweep enqueues them, and the worker publishes them
under the very same keys. What the database still knows is found finished and cleared again: harmless to repeat.
What its owner had taken back stays as it is: the bucket has a mark of that.

    python -m deploy.replay --bucket BUCKET --since 2026-11-22T10:00:00Z [--dry-run]
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import boto3

from shared.taken_back import mark_key

STAGING = "staging/"


@dataclass(frozen=True)
class Cleared:
    """A delete marker: the object `key` was cleared, and this `version_id` is one that hides it."""

    key: str
    version_id: str


def cleared_since(client: Any, bucket: str, since: datetime) -> Iterator[Cleared]:
    """What hides the staged objects that were cleared at or after `since`.

    One that was cleared twice, as after a second delivery, is under two delete markers: S3 makes one for each.
    """
    pages = client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=STAGING)
    markers = (marker for page in pages for marker in page.get("DeleteMarkers", []))
    for key, of_one in groupby(markers, key=lambda marker: str(marker["Key"])):
        found = list(of_one)
        if any(marker["IsLatest"] and marker["LastModified"] >= since for marker in found):
            yield from (Cleared(key, marker["VersionId"]) for marker in found)


def _without_taken_back(client: Any, bucket: str, found: Iterator[Cleared]) -> Iterator[Cleared]:
    """Those of uploads that nobody took back. Asks once for each upload, whose keys come together."""
    for (owner, upload_id), of_one in groupby(found, key=lambda c: c.key.split("/")[1:3]):
        key = mark_key(owner, upload_id)
        if client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)["KeyCount"] == 0:
            yield from of_one


def replay(client: Any, bucket: str, since: datetime, *, dry_run: bool = False) -> int:
    """Unhide them, bytes before manifests, so that no upload counts as accepted without its bytes.

    Returns how many uploads. Raises botocore's errors; running it again goes on.
    """
    status = client.get_bucket_versioning(Bucket=bucket).get("Status")
    if status != "Enabled":
        raise ValueError(f"the bucket {bucket} is not versioned: what was cleared is gone")
    wanted = _without_taken_back(client, bucket, cleared_since(client, bucket, since))
    found = sorted(wanted, key=lambda c: (c.key.endswith("/manifest"), c.key))
    if not dry_run:
        for cleared in found:
            client.delete_object(Bucket=bucket, Key=cleared.key, VersionId=cleared.version_id)
    return len({cleared.key for cleared in found if cleared.key.endswith("/manifest")})


def main(arguments: list[str]) -> None:
    """The command line; times need a zone."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--since", required=True, type=datetime.fromisoformat)
    parser.add_argument("--dry-run", action="store_true")
    given = parser.parse_args(arguments)
    if given.since.tzinfo is None:
        parser.error("--since needs a zone, as 2026-11-22T10:00:00Z")
    count = replay(boto3.client("s3"), given.bucket, given.since, dry_run=given.dry_run)
    sys.stdout.write(f"{count} uploads {'would be' if given.dry_run else 'are'} accepted again\n")


if __name__ == "__main__":
    main(sys.argv[1:])
