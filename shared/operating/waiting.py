"""What staging knows of uploads that wait for a worker: of those without a record the database knows nothing."""

from dataclasses import dataclass
from itertools import islice

from shared.domain.uploads import Upload
from shared.operating.parts import OperatingParts
from shared.ports.object_store import ObjectStore
from shared.staging import Staged, Staging

MOST_STAGED = 2500  # of a long backlog: enough to be near the truth, and bounded
BATCH = 200


@dataclass(frozen=True)
class Waiting:
    """The age of what waits longest, None when nothing does, and what no attempt has begun for, newest first. SQS tells
    ages to CloudWatch alone, staging tells them here."""

    oldest_age_seconds: float | None
    unrecorded: tuple[Staged, ...]

    def newest(self, limit: int, store: ObjectStore) -> list[Upload]:
        """The newest of them, as their manifests tell; what a worker has finished since is left out."""
        staging = Staging(store)
        found = (staging.manifest(s.owner, s.upload_id) for s in self.unrecorded[:limit])
        return [Upload.queued(manifest) for manifest in found if manifest]


NOTHING = Waiting(None, ())


def look(parts: OperatingParts) -> Waiting:
    """Look at a bounded part of staging. What is at rest (held, failed) waits for a person, not for a worker."""
    walked = Staging(parts.store).walk()
    accepted = list(islice((s for s in walked if s.accepted_for is not None), MOST_STAGED))
    ages: list[float] = []
    unrecorded: list[Staged] = []
    for at in range(0, len(accepted), BATCH):
        some = accepted[at : at + BATCH]
        known = parts.uploads.find_many([s.upload_id for s in some])
        for staged in some:
            upload = known.get(staged.upload_id)
            if upload is None:
                unrecorded.append(staged)
            if (upload is None or not upload.status.resting) and staged.accepted_for is not None:
                ages.append(max(0.0, staged.accepted_for.total_seconds()))
    unrecorded.sort(key=lambda staged: staged.upload_id, reverse=True)
    return Waiting(max(ages, default=None), tuple(unrecorded))
