"""What validate() and test() write after the fit is of no epoch, whatever its metrics are called, and no restart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slow_events as slow

import selectmodel as sm
from selectmodel.metrics.after_fit import begun_after
from selectmodel.selection.report import Report

#: Four epochs of 100 steps: (metric, its value at each).
FIT = {"val_acc": [0.7, 0.8, 0.9, 0.92], "train_acc": [0.7, 0.85, 0.9, 0.95]}
BARE = {"val_loss": [0.9, 0.8, 0.5, 0.4], "loss": [0.9, 0.7, 0.4, 0.2]}
Calls = list[dict[str, float]]
CALLS: list[tuple[str, dict[str, list[float]], Calls]] = [
    ("test once, no prefix", FIT, [{"accuracy": 0.925}]),
    ("test three times", FIT, [{"accuracy": 0.92}, {"accuracy": 0.93}, {"accuracy": 0.91}]),
    ("several metrics", FIT, [{"accuracy": 0.92, "f1": 0.9}, {"accuracy": 0.93, "f1": 0.8}]),
    ("validate, then test", FIT, [{"val_acc": 0.9}, {"accuracy": 0.93}]),
    ("validate twice, then test", FIT, [{"val_acc": 0.99}, {"val_acc": 0.9}, {"accuracy": 0.93}]),
    ("test, then validate", FIT, [{"accuracy": 0.93}, {"val_acc": 0.99}]),
    ("test with its name, twice", FIT, [{"test_acc": 0.9}, {"test_acc": 0.99}]),
    ("no metric is training's by name", BARE, [{"accuracy": 0.93}]),
    ("no metric is training's by name, twice", BARE, [{"accuracy": 0.93}, {"accuracy": 0.94}]),
    ("no metric is training's by name, validate", BARE, [{"val_loss": 0.1}, {"accuracy": 0.93}]),
]


def table(fit: dict[str, list[float]], calls: Calls) -> str:
    names = sorted({*fit, *(name for call in calls for name in call)})
    rows = [f"epoch,step,{','.join(names)}"]

    def row(epoch: int, step: int, values: dict[str, float]) -> None:
        rows.append(f"{epoch},{step}," + ",".join(str(values.get(name, "")) for name in names))

    for epoch in range(4):
        for name, values in fit.items():
            row(epoch, 100 * epoch + 99, {name: values[epoch]})
    for call in calls:
        row(4, 400, call)
    return "\n".join(rows) + "\n"


def folder(root: Path, fit: dict[str, list[float]], calls: Calls) -> Path:
    points = [(100 * epoch + 99, name, value) for name, values in fit.items() for epoch, value in enumerate(values)]
    points += [(100 * epoch + 99, "epoch", float(epoch)) for epoch in range(4)]
    files = [sorted(points), *([(400, name, value) for name, value in call.items()] for call in calls)]
    for count, inside in enumerate(files):
        content = b"".join(slow.scalar(name, step, value, 1.7e9 + count) for step, name, value in inside)
        (root / f"events.out.tfevents.{1_700_000_000 + count}.host.7.{count}").write_bytes(slow.version() + content)
    return root


def answer(log: Path) -> Report:
    report = sm.recommend(sm.read(log))
    assert "SM219" not in [finding.code for finding in report.findings]
    assert not report.degraded, [note for note in report.notes if note.degrades]
    return report


@pytest.mark.parametrize(("fit", "calls"), [case[1:] for case in CALLS], ids=[case[0] for case in CALLS])
@pytest.mark.parametrize("kind", ["table", "events"])
def test_calls_after_the_fit_are_no_epochs(
    tmp_path: Path, kind: str, fit: dict[str, list[float]], calls: Calls
) -> None:
    log = tmp_path
    if kind == "table":
        log = tmp_path / "metrics.csv"
        log.write_text(table(fit, calls), "utf-8")
    else:
        folder(tmp_path, fit, calls)
    report = answer(log)
    assert (report.recommended.epoch, report.recommended.step) == (3, 399)
    named = any(name.startswith("test") for call in calls for name in call)
    assert named or any(note.code in {"SM115", "SM138"} for note in report.notes)
    gate = sm.gate(sm.read(log), conditions=[{"metric": report.monitor.name, "min": 0.1}])
    assert gate.result == "pass"


@pytest.mark.parametrize(("epoch", "step"), [(3, 399), (3, 400), (4, 400)])
def test_at_whatever_step_and_epoch_it_is_logged(tmp_path: Path, epoch: int, step: int) -> None:
    rows = [f"{e},{100 * e + at},{0.5 + e / 20}," for e in range(4) for at in (49, 98)]
    rows += [f"{e},{100 * e + 99},,{0.6 + e / 20}" for e in range(4)]
    rows = [f"{row}," for row in sorted(rows, key=lambda row: int(row.split(",", 2)[1]))]
    log = tmp_path / "metrics.csv"
    log.write_text("\n".join(["epoch,step,train_acc,val_acc,accuracy", *rows, f"{epoch},{step},,,0.99", ""]), "utf-8")
    report = answer(log)
    assert report.recommended.epoch == 3
    assert "accuracy" not in report.recommended.values
    assert "SM115" in [note.code for note in report.notes]


def test_a_real_restart_is_still_told(tmp_path: Path) -> None:
    content = slow.version()
    for step in (0, 1, 2, 3, 2, 3, 4):
        content += slow.scalar("val_loss", step, 1 / (step + 1)) + slow.scalar("loss", step, 1 / (step + 2))
    (tmp_path / "events.out.tfevents.1700000000.host.7.0").write_bytes(content)
    report = sm.recommend(sm.read(tmp_path))
    assert "SM219" in [finding.code for finding in report.findings]


def test_a_value_that_is_logged_twice_at_a_step_is_no_restart(tmp_path: Path) -> None:
    content = slow.version()
    for step in range(5):
        for name in ("val_loss", "val_loss", "loss"):
            content += slow.scalar(name, step, 1 / (step + 1))
    (tmp_path / "events.out.tfevents.1700000000.host.7.0").write_bytes(content)
    report = sm.recommend(sm.read(tmp_path))
    assert "SM136" in [note.code for note in report.notes]
    assert "SM219" not in [finding.code for finding in report.findings]


def test_a_metric_that_is_logged_during_the_training_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "metrics.csv"
    rows = "".join(f"{e},{10 * e + 9},,{0.5 + e / 20}\n{e},{10 * e + 9},{1 - e / 9},\n" for e in range(8))
    log.write_text("epoch,step,train_loss,accuracy\n" + rows, "utf-8")
    run = sm.read(log)
    assert len(run.series["accuracy"].steps) == 8


@pytest.mark.parametrize(
    ("training", "late"),
    [({"train_loss": range(5)}, {"accuracy"}), ({"train_loss": range(9)}, set()), ({}, {"accuracy"})],
)
def test_what_begins_after_the_training(training: dict[str, range], late: set[str]) -> None:
    places = {name: np.array(list(at)) for name, at in training.items()}
    places |= {"loss": np.arange(4), "lr": np.arange(3, 5), "accuracy": np.array([6, 7])}
    assert begun_after(places, training, ["loss", "lr", "accuracy"]) == late
