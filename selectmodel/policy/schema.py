"""The JSON Schema of a policy, for editors: made from the same declarations that check a policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from selectmodel import registry, settings
from selectmodel.policy import conditions, tables
from selectmodel.policy.policy import KEYS
from selectmodel.settings import Option

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def schema() -> dict[str, Any]:
    """What may stand in ``selectmodel.toml``. ``policy.schema.json`` holds it; a test keeps the two alike."""
    rules = {
        name: _table(settings.options(registry.load("rules", name).pick), registry.summary("rules", name))
        for name in registry.names("rules")
    }
    top = _table(KEYS, "")["properties"]
    top["rule"]["enum"] = list(registry.names("rules"))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "selectmodel.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **top,
            "metrics": {
                "type": "object",
                "description": "directions of your own metrics",
                "additionalProperties": {"enum": ["min", "max"]},
            },
            "checks": _checks(),
            "advice": _advice(),
            "gate": {"type": "array", "description": "conditions of selectmodel gate", "items": _gate()},
            "require": _table(conditions.REQUIREMENTS, "what selectmodel gate requires of the run"),
            **rules,
        },
    }


def _advice() -> dict[str, Any]:
    """A table of settings for each subject."""
    found = {
        name: _table(settings.options(registry.load("advice", name).advise), registry.summary("advice", name))
        for name in registry.names("advice")
    }
    return {"type": "object", "additionalProperties": False, "properties": found}


def _checks() -> dict[str, Any]:
    """A level alone, or a table of the level and the check's settings."""
    found = {}
    for name in registry.names("checks"):
        options = tables.options(name)
        found[name] = {"anyOf": [_option(options["level"]), _table(options, registry.summary("checks", name))]}
    return {"type": "object", "additionalProperties": False, "properties": found}


def _table(options: Mapping[str, Option], meaning: str) -> dict[str, Any]:
    found = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _option(one) for name, one in options.items()},
    }
    return found | ({"description": meaning} if meaning else {})


def _option(option: Option) -> dict[str, Any]:
    found: dict[str, Any] = {"description": option.meaning}
    if option.kind is tuple:
        found |= {"type": ["array", "string"], "items": {"type": "string"}}
    elif option.choices:
        found["enum"] = [*option.choices, *(["none"] if option.optional else [])]
    else:
        kind = _TYPES[option.kind]
        found["type"] = [kind, "string"] if option.optional and kind != "string" else kind
    found |= {"minimum": option.low} if option.low is not None else {}
    found |= {"maximum": option.high} if option.high is not None else {}
    return found


def _gate() -> dict[str, Any]:
    margin = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^[0-9.eE+ -]+%$"}]}
    bounds = {kind: margin if kind in conditions.AGAINST_BASELINE else {"type": "number"} for kind in conditions.KINDS}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["metric"],
        "anyOf": [{"required": [kind]} for kind in conditions.KINDS],
        "properties": {
            "metric": {"type": "string", "minLength": 1},
            **bounds,
            **{key: {"enum": list(choices)} for key, choices in conditions.CHOICES.items()},
        },
    }
