"""What operators' functions work with: both tiers' parts have it."""

from typing import Protocol

from shared.ports.failures import FailedUploads
from shared.ports.object_store import ObjectStore
from shared.ports.operator_acts import OperatorActs
from shared.ports.recovery import Recovery
from shared.ports.samples import Samples
from shared.ports.uploads import Uploads
from shared.ports.work_queue import WorkQueue


class OperatingParts(Protocol):
    """Ports alone."""

    @property
    def store(self) -> ObjectStore: ...
    @property
    def queue(self) -> WorkQueue: ...
    @property
    def uploads(self) -> Uploads: ...
    @property
    def recovery(self) -> Recovery: ...
    @property
    def failed_uploads(self) -> FailedUploads: ...
    @property
    def operator_acts(self) -> OperatorActs: ...
    @property
    def samples(self) -> Samples: ...
