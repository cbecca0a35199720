"""A YAML text as plain dictionaries, lists and scalars, put together from the parser's events.

Nothing that a tag names is ever looked up, built or run; its name stands as text, since it may be all that tells two
settings apart (``optimizer: !!python/name:torch.optim.SGD ''``). Plain scalars are read as YAML 1.2 has it, so that
``1e-3`` is a number and ``2024-05-01`` is text. Imported where there is such a text: PyYAML takes 10 ms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import yaml
from yaml.events import AliasEvent, Event, MappingEndEvent, NodeEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

Scalar: TypeAlias = str | float | int | bool | None
Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"

#: Most nodes and characters of a text with all its aliases written out: a few lines of aliases can stand for terabytes.
LARGEST = 1_000_000
DEEPEST = 64

_OURS = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset({"!", f"{_OURS}str", f"{_OURS}python/str", f"{_OURS}python/unicode"})
#: Tags that say no more than the value does.
_PLAIN_TAGS = frozenset(
    f"{_OURS}{name}" for name in ("int", "float", "bool", "null", "map", "seq", "python/tuple", "python/dict")
)
_WORDS: Mapping[str, Scalar] = {
    "true": True, "false": False, "null": None, "~": None, "": None, "yes": True, "no": False,
}  # fmt: skip
_WHOLE = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


def documents(text: str) -> list[Plain]:
    """The documents of a text, one as a rule. A tag is the first item of its list, the key ``!`` of its mapping.

    Raises ValueError for what is no YAML, and for a text that is too deep or, with its aliases written out, too large.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return list(_Nodes(yaml.parse(text, Loader=loader)).documents())
    except yaml.YAMLError as failure:
        raise ValueError(f"no YAML: {failure}") from None


class _Nodes:
    """The values that the parser's events describe, and those that aliases may name, each with its size."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._anchors: dict[str, tuple[Plain, int]] = {}
        self._size = 0

    def documents(self) -> Iterator[Plain]:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors.clear()
                yield self._node(next(self._events), 0)

    def _node(self, event: Event, depth: int) -> Plain:
        assert isinstance(event, NodeEvent)
        if isinstance(event, AliasEvent):
            if event.anchor not in self._anchors:  # or not yet: no value holds itself
                raise ValueError(f"*{event.anchor} names nothing")
            value, size = self._anchors[event.anchor]
            self._grow(size)
            return value
        if depth > DEEPEST:
            raise ValueError(f"more than {DEEPEST} levels")
        before = self._size
        self._grow(1)
        if isinstance(event, ScalarEvent):
            self._grow(len(event.value))
            value = _scalar(event)
        elif isinstance(event, SequenceStartEvent):
            value = self._list(_tag(event), depth)
        else:
            value = self._mapping(_tag(event), depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = value, self._size - before
        return value

    def _list(self, tag: str, depth: int) -> list[Plain]:
        items: list[Plain] = [tag] if tag else []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return items

    def _mapping(self, tag: str, depth: int) -> dict[str, Plain]:
        own: dict[str, Plain] = {"!": tag} if tag else {}
        merged: dict[str, Plain] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise ValueError("a key is no text")
            self._grow(len(event.value))
            value = self._node(next(self._events), depth + 1)
            if event.value == "<<" and event.implicit[0]:
                for base in value if isinstance(value, list) else [value]:
                    for key, inherited in base.items() if isinstance(base, dict) else ():
                        merged.setdefault(key, inherited)
            else:
                own[event.value] = value
        return merged | own

    def _grow(self, more: int) -> None:
        self._size += more
        if self._size > LARGEST:
            raise ValueError("too large with its aliases written out")


def _tag(event: NodeEvent) -> str:
    """The name of a tag that tells something, else "": ``python/object:argparse.Namespace``."""
    tag = getattr(event, "tag", None) or ""
    return "" if tag in _TEXT_TAGS or tag in _PLAIN_TAGS else str(tag).removeprefix(_OURS)


def _scalar(event: ScalarEvent) -> Scalar:
    text, tag = event.value, _tag(event)
    if tag:
        return f"{tag} {text}".rstrip()
    if event.tag in _TEXT_TAGS or not (event.implicit[0] or event.tag):  # said to be text, or in quotes
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if len(text) > 40 or not _NUMBER.fullmatch(text):
        return text
    return int(text) if _WHOLE.fullmatch(text) else float(text)
