"""What a walk over a file's container tells before any pixel is decoded."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.domain.refusals import Refusal, Rejected
from worker.imaging.limits import Limits


@dataclass(frozen=True)
class Container:
    """Facts and the cleaned file.

    `width`, `height`: pixels as stored, before orientation. `frames`: 1 for a still image.
    `orientation`: EXIF tag 0x0112, 1 to 8. `stripped`: the same pixels without metadata, ended at the end mark.
    `still`: makes that of the picture alone, where viewers show it when they can't play the animation.
    """

    width: int
    height: int
    frames: int
    orientation: int
    stripped: bytes
    still: Callable[[], "Container"] | None = None


def check_size(width: int, height: int, limits: Limits) -> None:
    """Raise Rejected (`corrupt`, `too_many_pixels`, `side_too_long`) for a size in pixels nobody should decode."""
    if width <= 0 or height <= 0:
        raise Rejected(Refusal.CORRUPT)
    if width * height > limits.max_pixels:
        raise Rejected(Refusal.TOO_MANY_PIXELS)
    if max(width, height) > limits.max_side:
        raise Rejected(Refusal.SIDE_TOO_LONG)


def check_frames(frames: int, width: int, height: int, limits: Limits) -> None:
    """Raise Rejected (`too_many_frames`) when the frames, or their pixels together, exceed the limits."""
    if frames > limits.max_frames:
        raise Rejected(Refusal.TOO_MANY_FRAMES)
    if frames > 1 and frames * width * height > limits.max_animation_pixels:
        raise Rejected(
            Refusal.TOO_MANY_FRAMES, "This animation has more frames of this size than the portal accepts."
        )


def check_chunks(chunks: int, limits: Limits) -> None:
    """Raise Rejected (`too_many_chunks`) when `chunks` pieces were met."""
    if chunks > limits.max_chunks:
        raise Rejected(Refusal.TOO_MANY_CHUNKS)
