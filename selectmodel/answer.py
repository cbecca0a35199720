"""What all answers of commands share: the header of their JSON, strict JSON, a table, a screen and a page.

The types that an answer's ``content`` is made of are what the JSON Schema that ships with the package is generated
from. A pair in ``Annotated`` is a keyword of JSON Schema and its value.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias, TypedDict

from selectmodel.records import Advice, CheckFinding
from selectmodel.version import __version__

if TYPE_CHECKING:
    from rich.console import RenderableType

    from selectmodel.charts.vega import Panel
    from selectmodel.display.style import Style
    from selectmodel.pages.sheet import Sheet

SCHEMA = 1
#: Marks numbers that may be none: see :func:`strict`.
NOT_FINITE = "null where it is not finite; then <key>_state says what it is"
#: Marks an object that may have further keys.
OPEN = ("additionalProperties", True)

Logged: TypeAlias = Annotated[float, NOT_FINITE]
Values: TypeAlias = Annotated[Mapping[str, float], NOT_FINITE]
Count: TypeAlias = Annotated[int, ("minimum", 1)]
Share: TypeAlias = Annotated[float, ("minimum", 0), ("maximum", 1)]
Sha256: TypeAlias = Annotated[str, ("pattern", "^[0-9a-f]{64}$")]


class Document:
    """What is written as JSON: a header that tells which ``kind`` it is, then its :meth:`content`."""

    __slots__ = ()
    kind: ClassVar[str]

    @property
    def version(self) -> str:
        """The version of the package that wrote it."""
        return __version__

    def content(self) -> Mapping[str, object]:
        """What follows the header: the fields, where it is no other."""
        return _fields(self)

    def to_dict(self) -> dict[str, Any]:
        """The JSON answer, strict: a number that is not finite is null, with its state in a key beside it."""
        header = {"schema": SCHEMA, "command": self.kind, "version": self.version}
        answer: dict[str, Any] = strict({**header, **self.content()})
        return answer


class Answer(Document, ABC):
    """What a command answers. It is shown by reports: as text, JSON, Markdown, a table, …"""

    __slots__ = ()

    @abstractmethod
    def table(self) -> Iterator[tuple[Any, ...]]:
        """A header, then rows of as many cells."""

    @abstractmethod
    def screen(self, style: Style) -> Iterator[RenderableType]:
        """The parts of its screen, from top to bottom."""

    def page(self) -> Iterator[str] | None:
        """The lines of its page in Markdown; None where the screen stands for it."""
        return None

    def panels(self, *, log: bool = False) -> Iterator[Panel]:
        """Its charts, none where it has no picture; ``log`` draws losses on a logarithmic axis.

        Raises UsageError where the extra "charts" is not installed.
        """
        return iter(())

    def plot(self, *, log: bool = False) -> Any:
        """Its charts below each other as one Altair chart, to change or to save; as :meth:`panels` raises.

        Raises UsageError too where this kind of answer has no picture.
        """
        from selectmodel.charts import vega
        from selectmodel.errors import UsageError

        drawn = vega.drawn(self.panels(log=log))
        if not drawn:
            raise UsageError(f"{self.kind}: there is nothing to draw")
        return vega.stacked(drawn)

    def sheet(self) -> Sheet | None:
        """What its page in HTML holds; None where the screen stands for it."""
        return None

    def __str__(self) -> str:
        """Its screen, in a width for reading."""
        from selectmodel import registry
        from selectmodel.display.style import Style

        text: str = registry.report_for("screens").render(self, Style(width=100))
        return text.rstrip("\n")

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """The same, where IPython shows it as text."""
        printer.text(str(self))

    def _repr_html_(self) -> str:
        """Verdict, picture and table, for a notebook."""
        from selectmodel import registry

        fragment: str = registry.report_for("notebooks").fragment(self)
        return fragment


class FindingJson(TypedDict):
    """What a check saw."""

    code: Annotated[str, ("pattern", "^([A-Z]+[0-9]+)?$")]
    name: str
    level: Literal["note", "warn", "fail"]
    message: str
    epochs: Sequence[float]
    evidence: Values


class AdviceJson(TypedDict):
    """What to do in the next run; ``snippet`` is Python code, ``rows`` a table that begins with its header."""

    name: str
    message: str
    why: str
    snippet: str
    evidence: Values
    rows: Sequence[Sequence[str | float | None]]


def finding_json(finding: CheckFinding) -> FindingJson:
    """One finding for JSON."""
    assert finding.level != "off"  # such a check is not asked
    return {
        "code": finding.code,
        "name": finding.check,
        "level": finding.level,
        "message": finding.message,
        "epochs": finding.epochs,
        "evidence": finding.evidence,
    }


def advice_json(subject: str, advice: Advice) -> AdviceJson:
    """One piece of advice for JSON."""
    return {
        "name": subject,
        "message": advice.message,
        "why": advice.why,
        "snippet": advice.snippet,
        "evidence": advice.evidence,
        "rows": advice.rows,
    }


def strict(value: Any) -> Any:
    """Plain JSON values only; a number that is not finite becomes null and ``<key>_state`` says what it was.

    A dataclass becomes an object of its fields.
    """
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, (list, tuple)):
        return [strict(item) for item in value]
    if isinstance(value, Mapping):
        plain: dict[str, Any] = {}
        for key, item in value.items():
            plain[key] = strict(item)
            if isinstance(item, float) and not math.isfinite(item):
                plain[f"{key}_state"] = "nan" if math.isnan(item) else ("inf" if item > 0 else "-inf")
        return plain
    if hasattr(value, "__dataclass_fields__"):
        return strict(_fields(value))
    return float(value) if math.isfinite(value) else None


def _fields(dataclass: Any) -> dict[str, Any]:
    return {name: getattr(dataclass, name) for name in shown_fields(dataclass.__class__)}


@lru_cache
def shown_fields(kind: Any) -> tuple[str, ...]:
    """The names of the fields of a dataclass that are part of an answer."""
    return tuple(field.name for field in fields(kind) if field.metadata.get("in_answers", True))
