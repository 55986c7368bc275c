"""Examples of what a schema describes, put together from the examples of its fields."""

from collections.abc import Mapping
from typing import Any

BY_TYPE: dict[str, Any] = {"string": "text", "integer": 1, "number": 1.5, "boolean": False, "null": None}


def sample(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Any:
    """A value that fits the schema. `components` are those that its references name."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return sample(components[schema["$ref"].rsplit("/", 1)[1]], components)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return sample(schema[key][0], components)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [sample(schema["items"], components)]
    if schema.get("type") == "object":
        return {name: sample(inner, components) for name, inner in schema.get("properties", {}).items()}
    return BY_TYPE[schema["type"]]
