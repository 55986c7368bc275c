"""How much one owner may have published at once."""

from dataclasses import dataclass

from shared.domain.sizes import filesize


@dataclass(frozen=True)
class Usage:
    """What an owner has published: images, and the bytes of their originals. What is taken back is not in it."""

    images: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Quota:
    """The most that an owner may have published; 0 is no limit."""

    images: int = 0
    bytes: int = 0

    @property
    def unlimited(self) -> bool:
        """Whether nothing needs to be counted."""
        return not (self.images or self.bytes)

    def fault(self, used: Usage, size_bytes: int) -> str | None:
        """Why one more image of this size does not fit, in a sentence; None when it does."""
        room = "Take images back to make room, then send it again."
        if self.images and used.images >= self.images:
            return f"You have {used.images:,} of {self.images:,} images. {room}"
        if self.bytes and used.bytes + size_bytes > self.bytes:
            return (
                f"This image does not fit: you use {filesize(used.bytes)} of {filesize(self.bytes)}. {room}"
            )
        return None


UNLIMITED = Quota()
