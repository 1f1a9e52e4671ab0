"""The fields of study files, from their JSON Schema."""

from __future__ import annotations

from typing import Any

from parts.markdown import table


def value_action_fields() -> str:
    """Every field of a value-action study file."""
    return fields_of("value-action")


def calibrated_personas_fields() -> str:
    """Every field of a calibrated-personas study file."""
    return fields_of("calibrated-personas")


def framings_fields() -> str:
    """Every field of a framings study file."""
    return fields_of("framings")


def grounded_personas_fields() -> str:
    """Every field of a grounded-personas study file."""
    return fields_of("grounded-personas")


def fields_of(study: str) -> str:
    """Every field of a protocol's study files, from their JSON Schema."""
    from mores.studies.registry import json_schema

    schema = json_schema()
    files = [resolved(choice, schema) for choice in schema["oneOf"]]
    file = next(f for f in files if f["properties"]["study"]["const"] == study)
    parts = [field_table("Top level", file, schema, about="")]
    for name, field in file["properties"].items():
        inner = resolved(field, schema)
        if inner.get("type") == "object":
            parts.append(field_table(f"`[{name}]`", inner, schema))
            for below, deeper in inner["properties"].items():
                item = resolved(deeper.get("items", {}), schema)
                if item.get("type") == "object":
                    parts.append(field_table(f"`[[{name}.{below}]]`", item, schema))
    return "\n\n".join(parts)


def resolved(field: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A field with its reference followed."""
    if "$ref" in field:
        found = schema["$defs"][field["$ref"].rpartition("/")[2]]
        return {**found, **{k: v for k, v in field.items() if k != "$ref"}}
    return field


def field_table(
    heading: str, owner: dict[str, Any], schema: dict[str, Any], about: str | None = None
) -> str:
    """The plain fields of one table of a study file."""
    rows = []
    for name, field in owner["properties"].items():
        if resolved(field, schema).get("type") == "object" and "properties" in resolved(
            field, schema
        ):
            continue
        rows.append(
            [
                f"`{name}`",
                allowed(field, schema),
                default_of(name, field, owner),
                field.get("description", ""),
            ]
        )
    about = owner.get("description", "") + "\n\n" if about is None else about
    return f"### {heading}\n\n{about}{table(['field', 'allowed', 'default', 'meaning'], rows)}"


def default_of(name: str, field: dict[str, Any], owner: dict[str, Any]) -> str:
    """A default as TOML would have it."""
    if name in owner.get("required", ()):
        return "required"
    default = field.get("default")
    if default is None or default == {}:
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, list):
        return "`[" + ", ".join(f'"{d}"' for d in default) + "]`"
    return f'`"{default}"`' if isinstance(default, str) else f"`{default}`"


def allowed(field: dict[str, Any], schema: dict[str, Any]) -> str:
    """What a field may hold, in words."""
    field = resolved(field, schema)
    if "anyOf" in field:
        field = {**next(f for f in field["anyOf"] if f.get("type") != "null")}
        field = resolved(field, schema)
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return " or ".join(f"`{e}`" for e in field["enum"])
    if field.get("type") == "array":
        item = resolved(field["items"], schema)
        return "tables" if item.get("type") == "object" else f"list of {allowed(item, schema)}"
    words = {
        "integer": "whole number",
        "number": "number",
        "string": "text",
        "boolean": "true or false",
    }
    text = words.get(field.get("type", ""), "table of text")
    low = field.get("minimum", field.get("exclusiveMinimum"))
    high = field.get("maximum", field.get("exclusiveMaximum"))
    if low is not None and high is not None:
        below = " (excluded)" if "exclusiveMaximum" in field else ""
        above = " (excluded)" if "exclusiveMinimum" in field else ""
        return f"{text}, {low:,}{above} … {high:,}{below}"
    return f"{text}, at least {low:,}" if low is not None else text


PARTS = (
    value_action_fields,
    calibrated_personas_fields,
    framings_fields,
    grounded_personas_fields,
)
