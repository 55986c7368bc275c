"""What an upload may cost before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on one file. The counts are read from the container before anything is decoded.

    `max_pixels`: width × height in pixels; of one frame in an animation.
    `max_side`: pixels. Panoramas stay below it, and browsers refuse longer ones (Firefox at 32,767).
    `max_frames`: frames of an animation; 500 is 20 s at 25 frames a second.
    `max_animation_pixels`: frames × width × height, because every frame is composed on the full canvas.
    `max_scans`: scans of a JPEG; encoders write 1 to about 12, and each costs a pass over the whole image.
    `max_chunks`: a container's pieces (chunks, segments or blocks); a 25 MB PNG in the usual 8 kB pieces has 3,200.
    `memory_bytes`: address space the decoder may add to what the process already maps.
    `cpu_seconds`, `wall_seconds`: time the decoding child may use and may take.
    """

    max_pixels: int = 50_000_000
    max_side: int = 20_000
    max_frames: int = 500
    max_animation_pixels: int = 500_000_000
    max_scans: int = 100
    max_chunks: int = 20_000
    memory_bytes: int = 512 * 1024 * 1024
    cpu_seconds: int = 10
    wall_seconds: float = 20


DEFAULT_LIMITS = Limits()
