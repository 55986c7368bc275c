"""Requests and answers about downloads."""

from typing import Annotated

from flask import url_for
from pydantic import Field

from shared.domain.downloads import Download
from web.http.paging import DEFAULT_LIMIT, Cursor, Limit, NextCursor
from web.http.schema import Id, Input, Output, Timestamp
from web.views.schema import Address, LicenceCode

DownloadId = Annotated[Id, Field(description="The download's id.")]
ImageId = Annotated[Id, Field(description="The image's id.")]
UploadId = Annotated[Id, Field(description="The upload's id.")]


class ListDownloads(Input):
    """Where the list goes on."""

    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


class DownloadResource(Output):
    """One download, as it was written down."""

    id: Id
    image_id: Id
    shared_by: Annotated[str, Field(description="Whose image it is.", examples=["ana.lima"])]
    sha256: Annotated[
        str,
        Field(
            description="Hex digest of the bytes.",
            examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ]
    bytes: Annotated[int, Field(examples=[2483112])]
    licence: Annotated[LicenceCode, Field(description="As granted at that moment.")]
    at: Timestamp
    receipt_url: Annotated[Address, Field(examples=["https://portal.example/api/v1/downloads/0193/receipt"])]

    @classmethod
    def of(cls, download: Download) -> "DownloadResource":
        """What the API tells of it."""
        return cls(
            id=str(download.id),
            image_id=str(download.image_id),
            shared_by=download.shared_by,
            sha256=download.sha256,
            bytes=download.size_bytes,
            licence=download.licence,
            at=download.at,
            receipt_url=url_for("api.get_download_receipt", download_id=str(download.id), _external=True),
        )


class TakenDownload(Output):
    """A download that has just been written down."""

    download: DownloadResource
    url: Annotated[
        Address,
        Field(
            description="The original, for at least an hour.",
            examples=["https://media.example/o/01937f3a.jpg"],
        ),
    ]
    receipt: Annotated[
        str | None,
        Field(
            description="Signed: a JWS in compact form. Null where the portal signs none.",
            examples=["eyJhbGciOiJFZERTQSJ9.e30.c2ln"],
        ),
    ]


class DownloadList(Output):
    """Downloads, newest first."""

    items: list[DownloadResource]
    next_cursor: NextCursor
