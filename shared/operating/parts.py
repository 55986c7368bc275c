"""What operators' functions work with: both tiers' parts have it."""

from typing import Protocol

from shared.ports.checks import Checks, Findings
from shared.ports.failures import FailedUploads
from shared.ports.inventory import Inventory
from shared.ports.object_store import ObjectStore
from shared.ports.operator_acts import OperatorActs
from shared.ports.recovery import Recovery
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


class CheckingParts(Protocol):
    """What compares S3 and MySQL, and repairs: a worker's parts have it."""

    @property
    def store(self) -> ObjectStore: ...
    @property
    def queue(self) -> WorkQueue: ...
    @property
    def uploads(self) -> Uploads: ...
    @property
    def recovery(self) -> Recovery: ...
    @property
    def inventory(self) -> Inventory: ...
    @property
    def checks(self) -> Checks: ...
    @property
    def findings(self) -> Findings: ...
    @property
    def operator_acts(self) -> OperatorActs: ...


class AskingParts(Protocol):
    """What asks for a check or a repair: both tiers' parts have it."""

    @property
    def checks(self) -> Checks: ...
    @property
    def findings(self) -> Findings: ...
    @property
    def operator_acts(self) -> OperatorActs: ...
