"""What is recommended for every sample log, what each rule picks there, and five screens as they are printed.

``python -m tests.regenerate`` writes them anew; read the difference before you keep it. A rule has a file of its own
below rules/, and screens show three fixed rules, so that a new rule changes nothing but adds its file.
"""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from places import ROOT

import selectmodel as sm
from selectmodel.display.numbers import ranges
from selectmodel.display.style import Style
from selectmodel.errors import SelectModelError
from selectmodel.registry import load, names
from selectmodel.selection.report import Report

LOGS = Path("sample_logs")
GOLDEN = ROOT / "tests/golden"
TABLE = GOLDEN / "answers.json"
RULES = GOLDEN / "rules"
#: Shown on the screens beside the one that recommends.
SHOWN = ("aim_loss", "best", "last")

#: Case → how to read the log, and policy keys.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "evaluations/few.csv": ({}, {"checkpoints": "sample_logs/keras/overfitting_checkpoints"}),
    "generic/plateau.csv": ({}, {}),
    "keras/clean.csv": ({}, {}),
    "keras/double_descent.csv": ({}, {}),
    "keras/dropout.csv": ({}, {}),
    "keras/flooded.csv": ({}, {}),
    "keras/leaked.csv": ({}, {}),
    "keras/nan.csv": ({}, {}),
    "keras/no_validation.csv": ({}, {}),
    "keras/overfitting.csv": ({}, {"checkpoints": "sample_logs/keras/overfitting_checkpoints"}),
    "keras/overconfident.csv": ({}, {}),
    "keras/plateau.csv": ({}, {}),
    "keras/rate_drop.csv": ({}, {}),
    "keras/restarted.csv": ({}, {}),
    "keras/restarted.csv segment 1": ({"segment": 1}, {}),
    "keras/resumed.csv": ({}, {}),
    "keras/saturated.csv": ({}, {}),
    "keras/short.csv": ({}, {}),
    "keras/spike.csv": ({}, {}),
    "keras/spike.csv by accuracy": ({}, {"metric": "val_accuracy", "val_size": 50}),
    "keras/two_epochs.csv": ({}, {}),
    "keras/two_epochs.csv of 1,000": ({}, {"val_size": 1000}),
    "keras_tensorboard/overfitting": ({}, {"checkpoints": "sample_logs/keras/overfitting_checkpoints"}),
    "lightning/overfitting": ({}, {}),
    "lightning/resumed": ({}, {}),
    "lightning/resumed joined": ({"runs": ["version_0", "version_1"]}, {}),
    "lightning/tested": ({}, {}),
    "lightning/validated_twice": ({}, {}),
    "lightning_tensorboard/overfitting": ({}, {}),
    "ray/trial_3d830_00000_0_lr=0.1000_2026-11-29_16-38-00": ({}, {}),
    "ray/trial_3d830_00001_1_lr=0.2000_2026-11-29_16-38-00": ({}, {}),
    "stable_baselines3/0.monitor.csv": ({}, {}),
    "stable_baselines3/progress.csv": ({}, {}),
    "summarywriter/plateau": ({}, {}),
    "tensorboard_download/overfitting": ({}, {}),
    "ultralytics/results.csv": ({}, {}),
}
SCREENS = {
    "overfitting": "keras/overfitting.csv",
    "two_epochs": "keras/two_epochs.csv",
    "nan": "keras/nan.csv",
    "resumed_joined": "lightning/resumed joined",
    "restarted": "keras/restarted.csv",
}

#: Columns of a split window, of a usual one and of a wide one.
WIDTHS = (40, 80, 120)


def answer(case: str) -> Report | SelectModelError:
    """The report on a case, or the refusal. The sample logs are named relative to the repository."""
    how, keys = CASES[case]
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        return sm.recommend(sm.read(LOGS / case.split(" ", maxsplit=1)[0], **how), **keys)
    except SelectModelError as refusal:
        return refusal
    finally:
        os.chdir(before)


def summary(found: Report | SelectModelError) -> dict[str, Any]:
    """What of an answer is kept beside the picks of rules."""
    if isinstance(found, SelectModelError):
        return {type(found).__name__: str(found).split("\n")}
    saved = found.best_saved
    return {
        "metric": f"{found.monitor.name}:{found.monitor.goal}",
        "recommended": [found.recommended.rule, found.recommended.epoch],
        "step": found.recommended.step,
        "checkpoint": found.recommended.checkpoint,
        "best_saved": saved and {"epoch": saved.epoch, "checkpoint": saved.checkpoint},
        "as_good_as": ranges([(index, found.label(index)) for index in found.as_good_as], most=99),
        "clear": found.clear,
        "notes": [note.code for note in found.notes],
        "findings": {one.check: [one.level, *one.epochs[:3]] for one in found.findings},
    }


def picks(case: str) -> dict[str, float | int | None]:
    """Rule → the epoch it picks (where there is none, the step); none where the log is refused."""
    found = answer(case)
    if isinstance(found, SelectModelError):
        return {}
    return {rule: None if pick.index is None else found.label(pick.index) for rule, pick in found.picks.items()}


def screen(case: str, columns: int = 80) -> str:
    """The screen of a case, without colour, with three rules beside the one that recommends."""
    found = answer(case)
    assert isinstance(found, Report)
    shown = {rule: pick for rule, pick in found.picks.items() if rule in (*SHOWN, found.recommended.rule)}
    text: str = load("reports", "text").render(replace(found, picks=shown), Style(width=columns))
    return text


@pytest.fixture(scope="module")
def table() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return kept


@pytest.mark.parametrize("case", CASES)
def test_recommendations(case: str, table: dict[str, Any]) -> None:
    assert summary(answer(case)) == table[case]


@pytest.mark.parametrize("rule", names("rules"))
def test_picks_of_a_rule(rule: str) -> None:
    kept = json.loads((RULES / f"{rule}.json").read_text(encoding="utf-8"))
    assert {case: picked[rule] for case in CASES if (picked := _picks(case))} == kept


@cache
def _picks(case: str) -> dict[str, float | int | None]:
    return picks(case)


def test_the_table_holds_every_sample_log(table: dict[str, Any]) -> None:
    assert list(table) == list(CASES)
    files = [path.relative_to(ROOT / LOGS) for path in (ROOT / LOGS).rglob("*") if path.suffix == ".csv"]
    files += [path.relative_to(ROOT / LOGS) for path in (ROOT / LOGS).rglob("*tfevents*")]
    files = [path for path in files if path.parts[0] not in ("cycles", "sweep")]  # test_compare.py, test_rank.py
    assert {path.parts[:2] for path in files} == {Path(case.split(" ", maxsplit=1)[0]).parts[:2] for case in CASES}


@pytest.mark.parametrize("name", SCREENS)
@pytest.mark.parametrize("columns", WIDTHS)
def test_screens(name: str, columns: int) -> None:
    assert screen(SCREENS[name], columns) == _golden(name, columns).read_text(encoding="utf-8")


def _golden(name: str, columns: int) -> Path:
    return GOLDEN / f"columns_{columns}" / f"{name}.txt" if columns != 80 else GOLDEN / f"{name}.txt"


#: The stories of sample_logs/README.md: log, first line that counts, metric, epoch of its best, value there.
STORIES: list[tuple[str, int, str, int, float]] = [
    ("keras/overfitting.csv", 2, "val_loss", 13, 0.4783),
    ("keras/plateau.csv", 2, "val_loss", 79, 0.3957),
    ("keras/spike.csv", 2, "val_loss", 37, 0.7497),
    ("keras/spike.csv", 2, "val_accuracy", 18, 0.88),
    ("keras/nan.csv", 2, "val_loss", 11, 0.1393),
    ("keras/resumed.csv", 14, "val_loss", 13, 0.4861),
    ("keras/restarted.csv", 22, "val_loss", 29, 0.4613),
    ("keras/restarted.csv segment 1", 2, "val_loss", 11, 0.4088),
    ("keras/short.csv", 2, "val_loss", 2, 1.783),
    ("keras/saturated.csv", 2, "val_loss", 50, 0.2338),
    ("keras/clean.csv", 2, "val_loss", 39, 0.1452),
    ("keras/overconfident.csv", 2, "val_loss", 6, 0.8013),
    ("keras/double_descent.csv", 2, "val_loss", 85, 0.8600),
    ("keras/flooded.csv", 2, "val_loss", 66, 0.2859),
    ("keras/rate_drop.csv", 2, "val_loss", 17, 0.1676),
    ("keras/leaked.csv", 2, "val_loss", 39, 0.0187),
    ("keras/dropout.csv", 2, "val_loss", 39, 0.2312),
    ("keras/two_epochs.csv", 2, "val_accuracy", 38, 0.944),
    ("generic/plateau.csv", 2, "val_loss", 79, 0.3896),
    ("lightning/overfitting", 2, "val_loss", 21, 0.4871),
    ("lightning/resumed joined", 2, "val_loss", 34, 0.5164),
    ("lightning/tested", 2, "val_loss", 23, 0.4770),
    ("lightning/validated_twice", 2, "val_loss", 13, 0.4827),
]


@pytest.mark.parametrize("story", STORIES)
def test_the_stories_by_the_csv_module(story: tuple[str, int, str, int, float], table: dict[str, Any]) -> None:
    case, line, metric, epoch, value = story
    log = ROOT / LOGS / case.split(" ", maxsplit=1)[0]
    rows: list[tuple[float, int]] = []
    for file in [log] if log.is_file() else sorted(log.rglob("metrics.csv")):
        lines = file.read_text(encoding="utf-8").splitlines()
        body = lines[line - 1 : 21] if case.endswith("segment 1") else lines[line - 1 :]
        found = list(csv.DictReader([lines[0], *body]))
        rows += [(float(row[metric]), int(row["epoch"])) for row in found if row[metric] not in ("", "nan")]
    best = (min if metric.endswith("loss") else max)(rows, key=lambda row: row[0])
    assert best[1] == epoch
    assert best[0] == pytest.approx(value, abs=5e-4)
    rule = "aim_loss" if metric.endswith("loss") else "best"
    kept = json.loads((RULES / f"{rule}.json").read_text(encoding="utf-8"))
    assert next(picked for name, picked in kept.items() if name.startswith(case)) == epoch


def one_line_a_field(kept: dict[str, dict[str, Any]]) -> str:
    """JSON that a person can read and a difference can show."""
    cases = []
    for case, fields in kept.items():
        lines = ",\n".join(f'  "{name}": {json.dumps(value, ensure_ascii=False)}' for name, value in fields.items())
        cases.append(f" {json.dumps(case)}: {{\n{lines}\n }}")
    return "{\n" + ",\n".join(cases) + "\n}\n"


def write() -> None:
    """Writes the table, the picks of each rule, and the screens."""
    kept = {case: summary(answer(case)) for case in CASES}
    TABLE.write_text(one_line_a_field(kept), encoding="utf-8", newline="\n")
    RULES.mkdir(exist_ok=True)
    for old in RULES.glob("*.json"):
        old.unlink()
    for rule in names("rules"):
        epochs = {case: picked[rule] for case in CASES if (picked := _picks(case))}
        text = json.dumps(epochs, indent=1, ensure_ascii=False) + "\n"
        (RULES / f"{rule}.json").write_text(text, encoding="utf-8", newline="\n")
    for columns in WIDTHS:
        for name, case in SCREENS.items():
            file = _golden(name, columns)
            file.parent.mkdir(exist_ok=True)
            file.write_text(screen(case, columns), encoding="utf-8", newline="\n")
