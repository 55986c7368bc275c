"""Requests about uploads that went wrong."""

from typing import Annotated

from pydantic import Field

from web.http.schema import Id

UploadId = Annotated[Id, Field(description="The upload's id.")]
