"""What operators read about each fault: on the page, in the API and at a terminal."""

from dataclasses import dataclass

from shared.domain.consistency import Fault


@dataclass(frozen=True)
class FaultWords:
    """A heading, what it means for people, and what a repair does."""

    title: str
    meaning: str
    repair: str


WORDS = {
    Fault.MISSING: FaultWords(
        "Published, but not stored",
        "A record names an original or a rendition, and S3 has no such object. People see an empty frame.",
        "The newest right copy is put back, out of the bucket’s versions or out of quarantine. "
        "A rendition of which none is left is made anew from its original.",
    ),
    Fault.WRONG: FaultWords(
        "Stored, but with other bytes",
        "An original has another size or digest than its record, or a rendition is empty.",
        "What is there goes to quarantine, and the newest copy whose digest is right is put back. "
        "Without one nothing is touched.",
    ),
    Fault.STRAY: FaultWords(
        "Stored, but no record names it",
        "An object lies where published images are, and nobody can find it.",
        "It moves to quarantine for 30 days, and can be put back from there.",
    ),
    Fault.UNSENT: FaultWords(
        "Accepted, but nothing happens",
        "An upload is unfinished, and nothing was heard of it for far longer than the sweep waits.",
        "A message is sent again. An upload whose last permitted attempt was cut off, or of which nothing is staged, "
        "is marked failed.",
    ),
    Fault.LEFT: FaultWords(
        "Left in staging after the end",
        "Staging holds bytes of an upload that has ended, or was never accepted.",
        "They move to quarantine for 30 days. Of a published image only if its original is in order.",
    ),
    Fault.ERASED: FaultWords(
        "Erased, but present",
        "A version of something that its owner had erased is stored, or a mark that hides one.",
        "Every version is erased at once, if both the record and the bucket’s own mark say that it was taken back. "
        "Nothing is put in quarantine: it may not be kept.",
    ),
}
