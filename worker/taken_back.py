"""After a restore of the database: `python -m worker.taken_back` takes back again what the bucket remembers.

A restored database may show as published what was taken back, and erased, after the moment that it was restored to.
The sweep has workers erase what is left; what the restored database does not know at all is erased here. Harmless to
run twice.
"""

import os
import sys
from collections.abc import Set
from uuid import UUID

import structlog

from shared.bootstrap import worker_parts
from shared.config import ConfigurationError, WorkerSettings, load
from shared.domain.keys import KINDS, upload_of
from shared.domain.manifest import Manifest
from shared.logs import configure_logs
from shared.parts import WorkerParts
from shared.ports.object_store import ObjectStore
from shared.ports.unavailable import Unavailable
from shared.staging import Staging
from shared.taken_back import TakenBackMarks

log = structlog.get_logger(__name__)


def take_back_again(parts: WorkerParts) -> int:
    """Have each record agree with its mark; returns how many did not. Raises Unavailable, and then may be run again."""
    manifests: dict[tuple[UUID, UUID], Manifest | None] = {}
    unknown: set[UUID] = set()
    for owner, upload_id in TakenBackMarks(parts.store).walk():
        upload = parts.uploads.find(upload_id)
        if upload is not None and upload.status.gone:
            continue
        manifest = Staging(parts.store).manifest(owner, upload_id) if upload is None else None
        manifests[owner, upload_id] = manifest
        if upload is None and manifest is None:
            unknown.add(upload_id)
    if unknown:
        erase_published(unknown, parts.store)
    for (owner, upload_id), manifest in manifests.items():
        if parts.erasing.taken_back_before(upload_id, owner, manifest):
            log.info("taken back again", upload_id=str(upload_id))
    return len(manifests)


def erase_published(upload_ids: Set[UUID], store: ObjectStore) -> None:
    """Erase what is left of uploads of which nothing tells the keys any more: looks at every published object, once."""
    for kind in KINDS:
        found = (version for version in store.versions(f"{kind}/") if upload_of(version.key) in upload_ids)
        store.erase(found)


def main() -> int:
    """Exit code 0; 1 when a part of the world is away."""
    try:
        settings = load(WorkerSettings, os.environ)
        configure_logs(settings.log_level)
        print(f"{take_back_again(worker_parts(settings))} uploads are taken back again")
    except (ConfigurationError, Unavailable) as error:
        print(f"Stopped: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
