"""What an image's width and height make of it: an orientation, and the sizes that it reaches."""

SQUARE_WITHIN = 0.05  # of the longer side: so near, nobody sees which side is the longer
ORIENTATIONS = ("landscape", "portrait", "square")
SIZES = {"medium": 2_000_000, "large": 12_000_000}  # at least so many pixels


def orientation_of(width: int, height: int) -> str:
    """One of ORIENTATIONS."""
    if abs(width - height) <= SQUARE_WITHIN * max(width, height):
        return "square"
    return "landscape" if width > height else "portrait"


def sizes_of(width: int, height: int) -> tuple[str, ...]:
    """Those of SIZES that so many pixels reach: none for a small image, all for a large one."""
    return tuple(size for size, pixels in SIZES.items() if width * height >= pixels)
