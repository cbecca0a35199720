"""Logs that are mutated with knowledge of their structure: the answer stays, or something is said, or there is none.

SELECTMODEL_MUTATION_CASES=100000 pytest -m heavy tests/slow/test_mutations.py      searches for an hour
SELECTMODEL_MUTATION_SEED=7 SELECTMODEL_MUTATION_CASE=12 pytest …                   tries one case again

A case that fails is written to SELECTMODEL_MUTATION_KEEP, by default a folder of pytest's.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import event_mutations
import pytest
import table_mutations
from trainings import Log, Table, put, training

from selectmodel.cli.main import run

SEED = int(os.environ.get("SELECTMODEL_MUTATION_SEED", "1"))
#: By their number and not by the clock, so that a fast machine tries no others than a slow one.
CASES = int(os.environ.get("SELECTMODEL_MUTATION_CASES", "8000"))
#: So many cases are tried in any case, and with every change of the code.
FEW = 60
#: The others are tried in so many parts, which may run side by side.
PARTS = 8
#: An answer, a condition that is not met, a choice for the user, nothing to judge.
EXPECTED = (0, 1, 2, 3)


@dataclass(frozen=True)
class Case:
    """A log, the same log mutated, what was done to it, and whether that must change nothing.

    ``open``: it may say anything now; only that it is read without a fault is asked.
    """

    label: str
    log: Log
    mutated: Log
    done: tuple[str, ...]
    harmless: bool
    open: bool


@dataclass(frozen=True)
class Answer:
    """What a command said: the place and the value of the recommended epoch, and the codes of the notes."""

    code: int
    place: tuple[Any, ...] = ()
    notes: frozenset[str] = frozenset()
    degraded: bool = False
    error: str = ""


def case(number: int) -> Case:
    """The case of that number, of one mutation or of two or three."""
    label = f"{SEED}-{number}"
    rng = random.Random(label)
    log = training(rng)
    shelf: Any = table_mutations if isinstance(log, Table) else event_mutations
    harmless, anything = rng.random() < 0.4, rng.random() < 0.2
    count = rng.choice([1, 1, 1, 2, 3])
    chosen: list[Callable[[Any, random.Random], Any]] = [
        rng.choice(shelf.HARMLESS if harmless or at else shelf.ANY if anything else shelf.DAMAGE) for at in range(count)
    ]
    if not harmless and not anything and shelf.LAST and rng.random() < 0.1:
        chosen = [*chosen[1:], rng.choice(shelf.LAST)]
    mutated = log
    for mutation in chosen:
        mutated = mutation(mutated, rng)
    names = tuple(mutation.__name__ for mutation in chosen)
    return Case(label, log, mutated, names, harmless, anything and not harmless)


def answer(*arguments: str) -> Answer:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([*arguments, "--format", "json"])
    if code or arguments[0] != "pick":
        return Answer(code, error=err.getvalue())
    told = json.loads(out.getvalue())
    best, monitor = told["recommended"], told["metric"]["name"]
    place = (best["epoch"], best["step"], monitor, best["values"][monitor])
    return Answer(code, place, frozenset(note["code"] for note in told["run"]["notes"]), told["run"]["degraded"])


def in_percent(before: Answer, after: Answer) -> bool:
    """Whether the place is the same and its value told in percent: what stands in most rows is the unit of all."""
    *place, value = before.place or (0,)
    *other, percent = after.place or (0,)
    return place == other and abs(percent - 100 * value) < 1e-9


def fault(one: Case, folder: Path) -> str:
    """What is wrong with the answers to a case; "" if nothing is."""
    whole, changed = (put(log, folder / name) for log, name in ((one.log, "whole"), (one.mutated, "changed")))
    before, after = answer("pick", str(whole)), answer("pick", str(changed))
    if before.code != 0 or before.degraded:
        return f"the log as it was: exit {before.code}, {sorted(before.notes)} {before.error}"
    if after.code not in EXPECTED:
        return f"pick: exit {after.code}: {after.error}"
    if one.harmless and after.code != 0:
        return f"pick: exit {after.code} where nothing was lost: {after.error}"
    same = after.place == before.place or ("percent_from_a_row_on" in one.done and in_percent(before, after))
    if one.harmless and (not same or after.degraded):
        return f"{before.place} became {after.place}, notes {sorted(after.notes)}, where nothing was lost"
    if after.code == 0 and not one.open and not same and not after.notes - before.notes:
        return f"{before.place} became {after.place} without a word"
    for command in (("inspect", str(changed)), ("gate", str(changed), "--min", f"{before.place[2]}=-9")):
        judged = answer(*command)
        if judged.code not in EXPECTED:
            return f"{command[0]}: exit {judged.code}: {judged.error}"
        if command[0] == "gate" and judged.code == 0 and after.degraded:
            return "a gate passes a log that is degraded"
    return ""


def kept(one: Case, told: str, folder: Path) -> str:
    """Writes a case that failed where it can be looked at; where that is."""
    place = Path(os.environ.get("SELECTMODEL_MUTATION_KEEP", folder / "kept")) / one.label
    shutil.rmtree(place, ignore_errors=True)
    for log, name in ((one.log, "whole"), (one.mutated, "changed")):
        put(log, place / name)
    (place / "what.txt").write_text(f"{', '.join(one.done)}\n{told}\n", "utf-8")
    return str(place)


def tried(number: int, folder: Path) -> str:
    one = case(number)
    own = folder / "case"
    told = fault(one, own)
    shutil.rmtree(own, ignore_errors=True)
    return f"case {one.label} ({', '.join(one.done)}): {told}; see {kept(one, told, folder)}" if told else ""


def test_a_few_mutations(tmp_path: Path) -> None:
    found = [told for number in range(FEW) if (told := tried(number, tmp_path))]
    assert not found, "\n".join(found)


@pytest.mark.heavy
@pytest.mark.parametrize("part", range(PARTS))
def test_mutations_at_length(part: int, tmp_path: Path) -> None:
    numbers = range(FEW, CASES)[part::PARTS]
    if only := os.environ.get("SELECTMODEL_MUTATION_CASE"):
        numbers = range(int(only), int(only) + 1)[part:]
    found: list[str] = []
    for number in numbers:
        if len(found) > 20:
            break
        found += [told] if (told := tried(number, tmp_path)) else []
    assert not found, "\n".join(found)
