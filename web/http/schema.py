"""What the API's models are made of. They are types of their own: a field made for a template stays in the template."""

import re
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError

T = TypeVar("T")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
EXAMPLE_ID = "01937f3a-5c1e-7d4b-9a6f-2f1c8e5b7a90"
EXAMPLE_TIME = "2026-03-04T05:06:07.089Z"


class Input(BaseModel):
    """What a request may hold, and nothing else."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Output(BaseModel):
    """What an answer holds, and nothing else."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class _NeverNull:
    """In the description: the field is left out instead of being null."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        described: dict[str, Any] = handler(core)
        kinds = [kind for kind in described.pop("anyOf") if kind != {"type": "null"}]
        return {**described, **kinds[0]}


def _is_none(value: object) -> bool:
    return value is None


def _one_line(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control_characters", "must be one line without control characters")
    return text


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Omitted = Annotated[T | None, _NeverNull(), Field(exclude_if=_is_none)]
"""A field that the answer leaves out when there is nothing to say."""

Id = Annotated[str, Field(examples=[EXAMPLE_ID], json_schema_extra={"format": "uuid"})]

Timestamp = Annotated[
    datetime,
    PlainSerializer(_timestamp, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": [EXAMPLE_TIME]}),
]
"""RFC 3339, UTC, with milliseconds."""

Text = Annotated[
    str,
    Field(min_length=1, json_schema_extra={"pattern": r"^[^\x00-\x1f\x7f]+$"}),
    AfterValidator(_one_line),
]
"""One line of a JSON body, without control characters."""


class ProblemDetails(Output):
    """Why a request was not answered (RFC 9457)."""

    type: Annotated[str, Field(examples=["about:blank"])] = "about:blank"
    title: Annotated[str, Field(examples=["Something needs a change"])]
    status: Annotated[int, Field(examples=[422])]
    code: Annotated[str, Field(description="Stable, for programs.", examples=["invalid_limit"])]
    detail: Annotated[
        str, Field(description="A sentence for people.", examples=["The limit is a number from 1 to 100."])
    ]
    reference: Annotated[
        Omitted[str], Field(description="What to name when you report it.", examples=["5F0C93A1"])
    ] = None
    changed: Annotated[
        Omitted[dict[str, str]],
        Field(
            description="Fields that are otherwise than you have seen, with their present values.",
            examples=[{"licence": "cc0"}],
        ),
    ] = None
    session: Annotated[
        Omitted[str],
        Field(
            description="With `code_needed`: what `POST /session` takes with the code.",
            examples=["AYABeExampleExampleExample"],
        ),
    ] = None
