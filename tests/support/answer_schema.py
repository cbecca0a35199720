"""The JSON Schema of answers, from the types that their contents are made of."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from selectmodel.answer import NOT_FINITE, OPEN, SCHEMA, Document, shown_fields
from selectmodel.commands.advise.guidance import Guidance, GuidanceJson
from selectmodel.commands.compare.comparison import Comparison
from selectmodel.commands.compare.comparison_json import ComparisonJson
from selectmodel.commands.explain.catalogue import CheckList, Page, RuleList
from selectmodel.commands.explain.plugins import PluginList
from selectmodel.commands.gate.verdict import Verdict, VerdictJson
from selectmodel.commands.inspect.inspection import Inspection, InspectionJson
from selectmodel.commands.next.suggestion import Suggestion, SuggestionJson
from selectmodel.commands.pick.across import Across, AcrossJson
from selectmodel.commands.prune.pruning import Pruning, PruningJson
from selectmodel.commands.rank.ranking import Ranking
from selectmodel.commands.rank.ranking_json import RankingJson
from selectmodel.commands.watch.watched import Watched, WatchedJson
from selectmodel.selection.record import Record, RecordJson
from selectmodel.selection.report import Report
from selectmodel.selection.report_json import ReportJson

#: What answers a command → the type of its content.
ANSWERS: dict[type[Document], type] = {
    Report: ReportJson, Inspection: InspectionJson, RuleList: RuleList, CheckList: CheckList, Page: Page,
    PluginList: PluginList, Pruning: PruningJson, Suggestion: SuggestionJson, Across: AcrossJson,
    Guidance: GuidanceJson, Verdict: VerdictJson, Record: RecordJson, Comparison: ComparisonJson, Ranking: RankingJson,
    Watched: WatchedJson,
}  # fmt: skip
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}
_STATES = {"enum": ["nan", "inf", "-inf"]}

Schema = dict[str, Any]


def schema() -> Schema:
    """The schema of every answer: one object, of one of the kinds."""
    definitions: dict[str, Schema] = {}
    for answer, content in ANSWERS.items():
        _of(content, definitions)
        own = definitions[content.__name__]
        header = {"schema": {"const": SCHEMA}, "command": {"const": answer.kind}, "version": {"type": "string"}}
        own["properties"] = header | own["properties"]
        own["required"] = [*header, *own["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What selectmodel prints with --format json",
        "oneOf": [{"$ref": f"#/$defs/{content.__name__}"} for content in ANSWERS.values()],
        "$defs": dict(sorted(definitions.items())),
    }


def _of(hint: Any, definitions: dict[str, Schema]) -> Schema:
    """The schema of a type; that of a class goes into ``definitions``."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _marked(args[0], args[1:], definitions)
    if origin in (Union, UnionType):
        return {"anyOf": [_of(arg, definitions) for arg in args]}
    if origin is Literal:
        return {"enum": list(args)}
    if origin is tuple and args[-1] is not Ellipsis:
        items = [_of(arg, definitions) for arg in args]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}
    if origin in (tuple, Sequence):
        return {"type": "array", "items": _of(args[0], definitions)}
    if origin is Mapping:
        assert args[0] is str
        return {"type": "object", "additionalProperties": _of(args[1], definitions)}
    if hint is Any:
        return {}
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if hint.__name__ not in definitions:
        definitions[hint.__name__] = {}  # for a type that holds itself
        definitions[hint.__name__] = _object(hint, definitions)
    return {"$ref": f"#/$defs/{hint.__name__}"}


def _marked(hint: Any, marks: Sequence[Any], definitions: dict[str, Schema]) -> Schema:
    if NOT_FINITE in marks:
        number = {"type": ["number", "null"]}
        return number if hint is float else {"type": "object", "additionalProperties": {"anyOf": [number, _STATES]}}
    if OPEN in marks:
        return _object(hint, definitions) | dict(marks)
    return _of(hint, definitions) | dict(marks)


def _object(kind: type, definitions: dict[str, Schema]) -> Schema:
    """A dataclass or a TypedDict: it has all of its keys, and no others but the states of numbers."""
    assert is_dataclass(kind) or is_typeddict(kind), kind
    hints = get_type_hints(kind, include_extras=True)
    fields = shown_fields(kind) if is_dataclass(kind) else hints
    properties: dict[str, Schema] = {}
    for name in fields:
        properties[name] = _of(hints[name], definitions)
        if NOT_FINITE in get_args(hints[name]) and get_args(hints[name])[0] is float:
            properties[f"{name}_state"] = _STATES
    return {
        "description": inspect.cleandoc(kind.__doc__ or "").partition("\n")[0],
        "type": "object",
        "additionalProperties": False,
        "required": list(fields),
        "properties": properties,
    }
