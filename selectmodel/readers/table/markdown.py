"""Tables in Markdown, as model cards and experiment notes hold them: their rows as lines between bars, nothing else."""

from __future__ import annotations

import re

from selectmodel.errors import LogError
from selectmodel.readers.table import counters

#: The line below a header: dashes between bars, with colons where a column is aligned.
_RULE = re.compile(r"[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*[|+])+(?:[ \t]*:?-+:?[ \t]*)?\|?[ \t\r]*")
_ANY_RULE = re.compile(rb"^" + _RULE.pattern.encode() + rb"$", re.MULTILINE)
#: A rule of a table in a frame, as psql, tabulate and PrettyTable print them.
_GRID = re.compile(r"\+(?:[-=:]+\+)+")
_EMPHASIS = re.compile(r"(?<![^\s|])(\*\*|__|`)([^|*`]{1,64})\1(?![^\s|])")


def table(lines: list[str], path: str) -> list[str] | None:
    """The lines of text with those of one table, without outer bars, and every other one blank; None without a table.

    A table goes on to the first line without a bar. Of several it is the one that counts epochs or steps, in as many
    pieces as there are with its header. Raises LogError where that is none or more than one.
    """
    grid = [at for at, line in enumerate(lines) if _GRID.fullmatch(line.strip())]
    if len(grid) > 1:
        return [_row(line) if at > grid[0] and line.lstrip()[:1] == "|" else "" for at, line in enumerate(lines)]
    rules = [at for at, line in enumerate(lines) if at and _is_rule(line) and "|" in lines[at - 1]]
    if not rules:
        return None
    by_header: dict[str, list[int]] = {}
    for rule in rules:
        by_header.setdefault(_row(lines[rule - 1]), []).append(rule)
    chosen = [header for header in by_header if len(by_header) == 1 or _counts(header)]
    if len(chosen) != 1:
        listed = ", ".join(str(at) for at in rules[:6])
        which = "none of them counts epochs" if not chosen else "several count epochs; keep the one to judge in a file"
        raise LogError(f"{path}: holds {len(by_header)} tables (lines {listed}); {which}")
    kept = [""] * len(lines)
    for rule in by_header[chosen[0]]:
        stop = next((at for at in range(rule + 1, len(lines)) if "|" not in lines[at]), len(lines))
        for at in (rule - 1, *range(rule + 1, stop)):
            kept[at] = _row(lines[at])
    return kept


def _counts(header: str) -> bool:
    names = [name.strip() for name in header.split("|")]
    return counters.axis(names, [()] * len(names)).known


def may_hold_one(head: bytes) -> bool:
    """Whether a line looks like the rule below a header."""
    return b"|" in head and _ANY_RULE.search(head) is not None


def _is_rule(line: str) -> bool:
    return "-" in line and _RULE.fullmatch(line) is not None


def _row(line: str) -> str:
    """The cells between the outer bars; bold numbers, as the best epoch often is, are numbers."""
    inside = line.strip().removeprefix("|").removesuffix("|")
    return _EMPHASIS.sub(r"\2", inside) if "*" in inside or "`" in inside else inside
