"""A disaster on the local stack, timed: database and bucket lost, restored, replayed, compared: `make drill`.

A portal runs; its bucket is copied version by version, as S3 copies to another region; its database has a snapshot,
taken while it worked (its process held still and its files copied, as a volume's snapshot is). Uploads go on. Then both
are lost. Time counts from there: the bucket comes back from the copies, the database from the snapshot, the portal
starts, and `deploy.replay` brings back what was uploaded after the snapshot. At the end each object has the hash that
it had, and each image is told as it was.
"""

import hashlib
import os
import shutil
import signal
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.replay import replay
from local.cloud.clients import Clients
from local.console import say
from local.drive.people import Person, log_in, new_person
from local.drive.photos import photo
from local.drive.portal_process import PortalProcess
from local.drive.waiting import wait_until

BEFORE, AFTER = 20, 10  # uploads before the snapshot, and after it
COPIES = "copies-in-another-region"
FINAL = ("images/", "previews/", "thumbnails/", "tiles/")
ALL_SECONDS = 180.0


def client(portal: PortalProcess) -> Any:
    """S3 of the portal's stack."""
    env = portal.env()
    return Clients.of(env).s3


def history(s3: Any, bucket: str) -> list[tuple[datetime, str, str | None]]:
    """Every version and delete marker (which has no version to read), oldest first."""
    found: list[tuple[datetime, str, str | None]] = []
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found += [(v["LastModified"], v["Key"], v["VersionId"]) for v in page.get("Versions", [])]
        found += [(m["LastModified"], m["Key"], None) for m in page.get("DeleteMarkers", [])]
    # Of the same second, what was put comes before what was deleted.
    return sorted(found, key=lambda entry: (entry[0], entry[2] is None))


def copy(s3: Any, source: str, target: str) -> int:
    """Put every version of one bucket into another, deletions too; how many."""
    s3.create_bucket(Bucket=target)
    s3.put_bucket_versioning(Bucket=target, VersioningConfiguration={"Status": "Enabled"})
    entries = history(s3, source)
    for _, key, version in entries:
        if version is None:
            s3.delete_object(Bucket=target, Key=key)
        else:
            got = s3.get_object(Bucket=source, Key=key, VersionId=version)
            s3.put_object(Bucket=target, Key=key, Body=got["Body"].read(), ContentType=got["ContentType"])
    return len(entries)


def lose(s3: Any, bucket: str) -> None:
    """The bucket with all its versions."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])
    s3.delete_bucket(Bucket=bucket)


def hashes(s3: Any, bucket: str) -> dict[str, str]:
    """SHA-256 of every published object."""
    pages = [
        page
        for prefix in FINAL
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    ]
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    return {
        key: hashlib.sha256(s3.get_object(Bucket=bucket, Key=key)["Body"].read()).hexdigest() for key in keys
    }


def snapshot(portal: PortalProcess, to: Path) -> None:
    """The database's files as they are at one moment, while it works."""
    pid = portal.pid_of("database")
    os.kill(pid, signal.SIGSTOP)
    try:
        shutil.copytree(portal.local_dir / "database", to, ignore=shutil.ignore_patterns("*.sock", "*.pid"))
    finally:
        os.kill(pid, signal.SIGCONT)


def publish(person: Person, numbers: range) -> None:
    """Upload photographs and wait until all are published."""
    for upload in [person.upload(photo(n), f"drill {n}.jpg", caption=f"Drill {n} #drill") for n in numbers]:
        assert person.finished(upload, ALL_SECONDS)["status"] == "published"  # noqa: S101 - it fails the drill


def told(person: Person) -> list[dict[str, Any]]:
    """Every image as the API tells it, its addresses aside, which are signed anew each time."""
    return [{k: v for k, v in image.items() if not k.endswith("_url")} for image in person.images(q="#drill")]


def drill(folder: Path) -> bool:
    """All of it; whether everything came back."""
    portal = PortalProcess(folder)
    try:
        portal.start()
        s3, bucket = client(portal), portal.env()["S3_BUCKET"]
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        person = new_person(portal)
        publish(person, range(BEFORE))
        snapshot(portal, folder / "snapshot")
        taken = datetime.now(UTC).replace(microsecond=0)
        publish(person, range(BEFORE, BEFORE + AFTER))
        versions = copy(s3, bucket, COPIES)
        objects, images = hashes(s3, bucket), told(person)
        say(
            f"  {len(images)} images, {AFTER} newer than the snapshot; {len(objects)} objects; {versions} versions"
        )

        lose(s3, bucket)
        portal.stop()
        shutil.rmtree(portal.local_dir / "database")
        begun = time.monotonic()
        say("  database and bucket are lost")

        shutil.copytree(folder / "snapshot", portal.local_dir / "database")
        portal.start()
        s3 = client(portal)
        if bucket in [known["Name"] for known in s3.list_buckets()["Buckets"]]:
            s3.delete_bucket(Bucket=bucket)  # the start made an empty one
        copy(s3, COPIES, bucket)
        person = log_in(portal, person.username)
        say(f"  {time.monotonic() - begun:5.1f} s: the portal answers, with {len(told(person))} images")
        again = replay(s3, bucket, taken)
        say(f"  {time.monotonic() - begun:5.1f} s: {again} uploads are replayed")
        wait_until(lambda: len(told(person)) >= len(images), ALL_SECONDS, "all are published again")
        took = time.monotonic() - begun
        same_objects, same_images = hashes(s3, bucket) == objects, told(person) == images
        say(f"  {took:5.1f} s: {len(told(person))} of {len(images)} images are there")
        say(f"{'ok  ' if same_objects else 'FAIL'} every object has its key and its hash")
        say(f"{'ok  ' if same_images else 'FAIL'} every image is told as before")
        return same_objects and same_images
    finally:
        portal.stop()


def main() -> int:
    """Exit code 0 when everything came back."""
    with tempfile.TemporaryDirectory(prefix="portal-drill-") as folder:
        return 0 if drill(Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
