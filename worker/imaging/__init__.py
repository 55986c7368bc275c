"""Turn the bytes of an uploaded file into a validated image with renditions.

The order is the safety: sniff (which format), read (walk the container: count, measure, strip metadata),
then decode and render the stripped bytes in a sandboxed child. Nothing is decoded before it is counted, and
what is published is what was decoded.
"""

from dataclasses import dataclass

from shared.domain.formats import HEAD_BYTES, Format, sniff
from shared.domain.refusals import Refusal, Rejected
from worker.imaging.container import Container
from worker.imaging.formats import module_of
from worker.imaging.limits import DEFAULT_LIMITS, Limits
from worker.imaging.renditions import Rendered, Rendition, facts, unpack
from worker.imaging.sandbox import ProcessingError, Sandbox, nonsense
from worker.imaging.server_process import ChildLost
from worker.imaging.unknown import rejection

__all__ = ["DEFAULT_LIMITS", "ChildLost", "Limits", "Processed", "ProcessingError", "Rendition", "process"]

sandbox_of_decoders = Sandbox("worker.imaging.render:work")
"""Where pictures are decoded and rendered."""


@dataclass(frozen=True)
class Processed:
    """A validated image.

    `width`, `height`: pixels as displayed, orientation applied. `frames`: 1 for a still image.
    `colour`: average as "#rrggbb", and `placeholder`: the colours of a grid laid over it, to show while loading.
    `fingerprint`: what it looks like, 64 bits (shared.domain.fingerprints); None for a flat one.
    `original`: the same pixels as uploaded, without metadata, byte for byte the same on every run.
    `thumbnail`: fits 400 × 400 pixels. `preview`: long side 1600 to 2600 pixels. `tile`: fits 800 × 800, and is None
    when the preview does. None is ever larger than the image.
    """

    format: Format
    width: int
    height: int
    frames: int
    colour: str
    fingerprint: int | None
    placeholder: bytes
    original: bytes
    thumbnail: Rendition
    preview: Rendition
    tile: Rendition | None


def process(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Processed:
    """Validate the bytes of one uploaded file and render it.

    Raises Rejected for the file's own faults only; ChildLost or OSError when the machine failed (try again);
    ProcessingError for a bug of ours.
    """
    known = sniff(data[:HEAD_BYTES])
    if known is None:
        raise rejection(data)
    container = module_of(known).read(data, limits)
    try:
        rendered = _rendered(known, container, limits)
    except Rejected as refused:
        if container.still is None or refused.code is not Refusal.CORRUPT:
            raise
        container = container.still()
        rendered = _rendered(known, container, limits)
    width, height = container.width, container.height
    if container.orientation >= 5:  # the four that swap the sides
        width, height = height, width
    return Processed(
        format=known,
        width=width,
        height=height,
        frames=container.frames,
        colour=rendered.colour,
        fingerprint=rendered.fingerprint,
        placeholder=rendered.placeholder,
        original=container.stripped,
        thumbnail=rendered.thumbnail,
        preview=rendered.preview,
        tile=rendered.tile,
    )


def _rendered(known: Format, container: Container, limits: Limits) -> Rendered:
    try:
        return unpack(sandbox_of_decoders.run(facts(known, container, limits), container.stripped, limits))
    except ValueError as error:
        raise nonsense() from error
