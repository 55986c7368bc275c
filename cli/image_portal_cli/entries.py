"""What a run knows of each file."""

from dataclasses import dataclass

from image_portal_cli.state import Upload

PUBLISHED, REFUSED, FAILED, ACCEPTED, TAKEN_BACK = "published", "refused", "failed", "accepted", "taken_back"
HELD = "held"  # a moderator looks at it first: nothing to wait for, and the next run asks again
ALREADY_THERE = (
    "already_there"  # the portal had the bytes as an image of the person's: not sent, and asked about anew
)
STATUSES = {
    "queued": ACCEPTED,
    "processing": ACCEPTED,
    "held": HELD,
    "published": PUBLISHED,
    "rejected": REFUSED,
    "failed": FAILED,
}
"""The portal's words in ours; whatever else it says was published, and is not any more."""
FINAL = {PUBLISHED, REFUSED, TAKEN_BACK}
"""Not asked about again."""


@dataclass
class Entry:
    """One file of the folder. `status` is empty until something is known.

    `earlier`: this was known before the run. `same_as`: the path of another file with the same bytes.
    """

    path: str
    bytes: int = 0
    sha256: str = ""
    status: str = ""
    upload_id: str = ""
    code: str = ""
    message: str = ""
    page_url: str = ""
    earlier: bool = False
    same_as: str = ""

    def learn(self, upload: Upload) -> None:
        """What is known of its bytes is known of the file."""
        self.status, self.upload_id = upload.status, upload.upload_id
        self.code, self.message, self.page_url = upload.code, upload.message, upload.page_url

    def share(self, other: "Entry") -> None:
        """The fate of another file with the same bytes."""
        self.status, self.upload_id, self.earlier = other.status, other.upload_id, other.earlier
        self.code, self.message, self.page_url = other.code, other.message, other.page_url
