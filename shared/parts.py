"""What each tier works with: ports alone. `shared.bootstrap` fills them in, tests do so with fakes."""

from dataclasses import dataclass

from shared.config import WebSettings, WorkerSettings
from shared.ports.identity import Identity
from shared.ports.image_catalogue import ImageCatalogue
from shared.ports.ingest_log import IngestLog
from shared.ports.media_urls import MediaUrls
from shared.ports.object_store import ObjectStore
from shared.ports.operations import Operations
from shared.ports.work_queue import WorkQueue


@dataclass(frozen=True)
class WebParts:
    """What the web tier works with."""

    settings: WebSettings
    store: ObjectStore
    media: MediaUrls
    queue: WorkQueue
    ingest_log: IngestLog
    images: ImageCatalogue
    operations: Operations
    identity: Identity


@dataclass(frozen=True)
class WorkerParts:
    """What the worker tier works with."""

    settings: WorkerSettings
    store: ObjectStore
    queue: WorkQueue
    ingest_log: IngestLog
    operations: Operations
