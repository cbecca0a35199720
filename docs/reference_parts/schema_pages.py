"""The policy's keys and the JSON answers, from the schemas that ship with the package."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import selectmodel
from reference_parts import markdown as md

PACKAGE = Path(selectmodel.__file__ or "").parent
Schema = Mapping[str, Any]


def _read(name: str) -> Schema:
    schema: Schema = json.loads((PACKAGE / name).read_text(encoding="utf-8"))
    return schema


def policy() -> dict[str, str]:
    """One page: the keys of a policy, and those of each of its tables."""
    keys: Schema = _read("policy.schema.json")["properties"]
    plain = {name: one for name, one in keys.items() if one.get("type") not in ("object", "array")}
    parts = [md.table(("key", "value", "meaning"), _rows(plain))]
    for name, one in keys.items():
        if name in plain:
            continue
        title = f"[[{name}]]" if one["type"] == "array" else f"[{name}]"
        parts += [f"## `{title}`", md.plain(one.get("description", ""))]
        inner = one.get("items", one)
        parts.append(_keys_of(name, inner))
    head = (
        "`selectmodel.toml` in the folder where the command runs or in one above it, or `[tool.selectmodel]` in "
        "`pyproject.toml`. `selectmodel init --check` says all that is wrong with one. For editors the JSON Schema "
        "ships as `selectmodel/policy.schema.json`."
    )
    return {"index.md": md.page("Policy", head, *parts)}


def _keys_of(name: str, table: Schema) -> str:
    """The keys of a table; those of tables in it (checks, advice) in rows of their own."""
    inner = table.get("properties")
    if not inner:
        return f"Any name; its value: {_type(table.get('additionalProperties', {}))}."
    rows: dict[str, Schema] = {}
    for key, one in inner.items():
        choices = one.get("anyOf", [one])
        nested = next((choice for choice in choices if choice.get("type") == "object"), None)
        if nested is None or "properties" not in nested:
            rows[key] = one
            continue
        for part, setting in nested["properties"].items():
            rows[f"{key}.{part}"] = setting
    return md.table(("key", "value", "meaning"), _rows(rows))


def _rows(keys: Schema) -> Iterator[tuple[str, str, str]]:
    for name, one in keys.items():
        yield md.code(name), _type(one), md.cell(one.get("description", ""))


def answers() -> dict[str, str]:
    """One page: the answers by their kind, then every object in them."""
    schema = _read("answers.schema.json")
    objects: Schema = schema["$defs"]
    top = [one["$ref"].rpartition("/")[2] for one in schema["oneOf"]]
    rows = [(_kind(objects[name]), f"[{name}](#{name.lower()})", md.cell(_said(objects[name]))) for name in top]
    parts = [md.table(("`command`", "answer", "what it holds"), rows)]
    for name in [*top, *sorted(objects.keys() - set(top))]:
        one = objects[name]
        parts += [f"## {name}", md.plain(one.get("description", ""))]
        if one.get("properties"):
            needed = one.get("required", ())
            listed = [
                (md.code(key), _type(value) + ("" if key in needed else ", may be absent"), md.cell(_said(value)))
                for key, value in one["properties"].items()
            ]
            described = any(meaning for _, _, meaning in listed)
            header = ("key", "value", "meaning")
            parts.append(md.table(header, listed) if described else md.table(header[:2], (row[:2] for row in listed)))
        else:
            parts.append(_type(one))
    head = (
        "What `--format json` prints and `-o FILE.json` writes is strict JSON. A number that is not finite is null, "
        'and the key `<name>_state` beside it says "nan", "inf" or "-inf". The JSON Schema ships as '
        "`selectmodel/answers.schema.json`."
    )
    return {"index.md": md.page("JSON answers", head, *parts)}


def _kind(one: Schema) -> str:
    return md.code(str(one["properties"]["command"]["const"]))


def _said(one: Schema) -> str:
    return str(one.get("description", ""))


def _type(one: Schema | bool) -> str:
    """What a value may be, in words."""
    if isinstance(one, bool):
        return "anything" if one else "nothing"
    if "$ref" in one:
        name = one["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in one:
        return md.code(json.dumps(one["const"]))
    if "enum" in one:
        return ", ".join(md.code(json.dumps(value)) for value in one["enum"])
    for several in ("anyOf", "oneOf"):
        if several in one:
            return " or ".join(dict.fromkeys(_type(choice) for choice in one[several] if "required" not in choice))
    types = one.get("type", "anything")
    words = " or ".join(types) if isinstance(types, list) else types
    if words == "array":
        return f"list of {_type(one['items'])}" if "items" in one else "list"
    if words == "object" and isinstance(one.get("additionalProperties"), Mapping):
        return f"object of {_type(one['additionalProperties'])}"
    bounds = [f"{said} {one[key]}" for key, said in (("minimum", "at least"), ("maximum", "at most")) if key in one]
    return " ".join([str(words), *bounds])
