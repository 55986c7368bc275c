"""What operators' functions work with: both tiers' parts have it."""

from typing import Protocol

from shared.ports.checks import Checks, Findings
from shared.ports.dead_letters import DeadLetters
from shared.ports.failures import FailedUploads
from shared.ports.image_catalogue import ImageCatalogue
from shared.ports.inventory import Inventory
from shared.ports.moderation import Moderation
from shared.ports.object_store import ObjectStore
from shared.ports.operations import Operations
from shared.ports.operator_acts import OperatorActs
from shared.ports.receiving import Receiving
from shared.ports.recovery import Recovery
from shared.ports.reingest import Reingest
from shared.ports.samples import Samples
from shared.ports.upload_search import UploadSearch
from shared.ports.uploads import Uploads
from shared.ports.work_queue import WorkQueue


class OperatingParts(Protocol):
    """Ports alone."""

    @property
    def store(self) -> ObjectStore: ...
    @property
    def queue(self) -> WorkQueue: ...
    @property
    def dead_letters(self) -> DeadLetters: ...
    @property
    def uploads(self) -> Uploads: ...
    @property
    def upload_search(self) -> UploadSearch: ...
    @property
    def images(self) -> ImageCatalogue: ...
    @property
    def recovery(self) -> Recovery: ...
    @property
    def failed_uploads(self) -> FailedUploads: ...
    @property
    def operations(self) -> Operations: ...
    @property
    def operator_acts(self) -> OperatorActs: ...
    @property
    def samples(self) -> Samples: ...
    @property
    def moderation(self) -> Moderation: ...
    @property
    def receiving(self) -> Receiving: ...
    @property
    def reingest(self) -> Reingest: ...
    @property
    def checks(self) -> Checks: ...
    @property
    def findings(self) -> Findings: ...


class CheckingParts(OperatingParts, Protocol):
    """What compares S3 and MySQL, and repairs: a worker's parts have it."""

    @property
    def inventory(self) -> Inventory: ...
