"""The README's table of figures: what people ship, and what it lost, from benchmarks/decisions/public.md."""

from __future__ import annotations

import re

from places import ROOT

#: What is shipped → the rule of the table that does so, and the metric it monitors.
HABITS = {
    "what selectmodel recommends": ("aim_accuracy", ""),
    "the highest validation accuracy, the last of ties": ("best (ties last)", "val_accuracy"),
    "the highest validation accuracy, the first of ties (`save_best_only`)": ("keras", "val_accuracy"),
    "the lowest validation loss (what callbacks monitor unless told)": ("keras", "val_loss"),
    "`EarlyStopping(patience=10)` on the validation loss": ("keras (patience 10)", "val_loss"),
    "the last epoch": ("last", ""),
}
_SOURCE = "benchmarks/decisions/public.md"
_MARKS = re.compile(r"(?<=<!-- habits -->\n).*(?=<!-- /habits -->)", flags=re.DOTALL)


def table() -> str:
    """The table, with its source."""
    page = (ROOT / _SOURCE).read_text(encoding="utf-8")
    title, _, rest = page.partition("\n")
    tasks = re.search(r"\d+ public tasks", title)
    runs = re.search(r"([\d,]+) of them with an accuracy", rest)
    assert runs and tasks
    every = rest.partition("## Every rule")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in re.findall(r"^\|.*\|$", every, re.M)]
    header, rows = cells[0], cells[2:]
    lost, worse = header.index("points lost"), header.index("> 2 worse")
    told = [
        "| shipped | test accuracy lost, points [95 %] | over 2 points worse than the lowest loss |",
        "|---|---|---|",
    ]
    for words, (rule, metric) in HABITS.items():
        (row,) = (row for row in rows if (rule, metric) in _asked(row[0]))
        told.append(f"| {words} | {row[lost]} | {row[worse]} % |")
    source = f"{runs[1]} trainings with an accuracy, of {tasks[0]}, on which no rule was tuned: [{_SOURCE}]({_SOURCE})."
    return "\n".join([*told, "", source, ""])


def _asked(cell: str) -> set[tuple[str, str]]:
    """(rule with its settings, metric) of a row: "keras, lightning on val_loss; aim_loss" is three."""
    found = set()
    for group in cell.split("; "):
        rules, _, metric = group.partition(" on ")
        found |= {(rule.strip(), metric) for rule in re.split(r",(?![^(]*\))", rules)}
    return found


def put(text: str) -> str:
    """The README with today's table."""
    return _MARKS.sub(lambda _: table(), text)
