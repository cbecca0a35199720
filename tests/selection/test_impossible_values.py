"""Values that a metric cannot have, and columns that change their unit: never shipped, never judged, always named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cli import command, logged
from hypothesis import given, settings
from hypothesis import strategies as st
from property_tests import examples

import selectmodel as sm
from selectmodel.metrics import units
from selectmodel.records import Unit

#: A healthy training: 20 epochs, best at the last.
SCORES = [0.496, 0.592, 0.666, 0.722, 0.768, 0.816, 0.82, 0.848, 0.868, 0.872,
          0.894, 0.896, 0.908, 0.906, 0.914, 0.904, 0.914, 0.908, 0.918, 0.918]  # fmt: skip
LOSSES = [1.8 * 0.9**epoch + 0.1 for epoch in range(20)]


def text(scores: list[float] | None = None, losses: list[float] | None = None, name: str = "val_accuracy") -> str:
    rows = zip(range(20), losses or LOSSES, scores or SCORES, strict=True)
    return f"epoch,val_loss,{name}\n" + "".join(f"{epoch},{loss!r},{score!r}\n" for epoch, loss, score in rows)


def spoilt(at: int, value: float) -> list[float]:
    return [value if epoch == at else score for epoch, score in enumerate(SCORES)]


HALF = [100 * score if 10 <= epoch < 15 else score for epoch, score in enumerate(SCORES)]
#: Scores → code of the note, the epochs that it names, and the epoch to ship.
WRONG = {
    "a lost decimal point": (spoilt(12, 9067.0), "SM172", "(12)"),
    "an overflow": (spoilt(12, 1e308), "SM172", "(12)"),
    "a negative accuracy": (spoilt(12, -0.5), "SM172", "(12)"),
    "one in percent": (spoilt(12, 90.67), "SM173", "(12)"),
    "one above 1": (spoilt(12, 1.5), "SM172", "(12)"),
    "several in percent": (HALF, "SM173", "(10–14)"),
    "the end in percent": ([*SCORES[:15], *(100 * score for score in SCORES[15:])], "SM173", "(15–19)"),
    "a few shares among percent": ([100 * s if i > 6 else s for i, s in enumerate(SCORES)], "SM173", "(0–6)"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("metric", ["val_accuracy", "val_f1", "val_auc"])
def test_what_cannot_be_is_left_out_and_named(
    name: str, metric: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scores, code, where = WRONG[name]
    log = logged(tmp_path, monkeypatch, text(scores, name=metric))
    run = sm.read(log)
    report = sm.recommend(run)
    left_out = {note.code: note for note in report.notes if note.code in ("SM172", "SM173")}
    assert list(left_out) == [code] and where in left_out[code].message and left_out[code].degrades
    assert metric in left_out[code].message
    kept = [epoch for epoch in range(20) if epoch in report.question.epochs.tolist()]
    assert len(kept) < 20 and report.recommended.epoch in kept
    for aim in ("accuracy", "loss", "both"):
        assert sm.recommend(run, aim=aim).recommended.epoch in (*kept, None) or aim == "loss"
    done = command(capsys, "gate", log, "--max", "val_loss=1")
    assert done.code == 3 and code in done.out
    done = command(capsys, "gate", log, "--min", f"{metric}=0.95", "--allow-degraded")
    assert done.code in (1, 2), done.out


def test_the_epochs_that_are_left_decide(tmp_path: Path) -> None:
    for scores in (SCORES, HALF, spoilt(12, 9067.0), spoilt(12, 90.67)):
        log = tmp_path / "a.csv"
        log.write_text(text(scores))
        assert sm.recommend(sm.read(log)).recommended.epoch == 19


@pytest.mark.parametrize("where", ["another metric", "test data"])
def test_a_metric_without_a_part_in_the_choice_does_not_degrade(where: str, tmp_path: Path) -> None:
    name = "val_top5" if where == "another metric" else "test_accuracy"
    rows = zip(text().splitlines(), [name, *map(str, spoilt(12, 9067.0))], strict=True)
    (tmp_path / "a.csv").write_text("".join(f"{row},{cell}\n" for row, cell in rows))
    report = sm.recommend(sm.read(tmp_path / "a.csv"))
    assert [note.code for note in report.notes] == ["SM172"] and not report.degraded


def test_a_metric_of_which_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log = logged(tmp_path, monkeypatch, text([150.0] * 20))
    done = command(capsys, "pick", log, "--val-size", 500)
    said = " ".join(done.out.split())
    assert done.code == 0 and "SM172" in said and "val_accuracy has no value that counts; val_loss was judged" in said
    assert command(capsys, "pick", log, "--metric", "val_accuracy", "--val-size", 100).code == 3
    assert command(capsys, "gate", log, "--min", "val_accuracy=0.9").code == 3
    assert command(capsys, "inspect", log).code == 0
    (tmp_path / "only.csv").write_text("epoch,val_accuracy\n0,150\n1,150\n")
    done = command(capsys, "pick", "only.csv")
    assert done.code == 3 and "cannot be" in done.err


FINE = {
    "percent": [100 * score for score in SCORES],
    "percent from below 1 on": [0.1, 0.4, 0.9, 1.6, 3.0, 7.0, 12.0, 20.0, 31.0, 40.0],
    "percent, all below 2": [0.1, 0.3, 0.5, 0.7, 0.9, 1.0, 1.2, 1.3],
    "percent, validated before the training": [0.5, 45.0, 52.0, 60.0],
    "percent, broken down to a guess": [40.0, 60.0, 70.0, 1.0, 1.0, 1.0],
    "percent, broken down at the end": [40.0, 60.0, 70.0, 1.0],
    "shares with the rounding of single precision": [0.5, 1.0000001, 1.0, 0.9999999],
    "percent with it": [50.0, 100.00001, 100.0],
    "zeros": [0.0, 0.0, 12.0, 0.0],
    "NaN": [float("nan"), 0.5, float("inf"), 0.7],
    "nothing": [],
    "one": [1.0],
}


@pytest.mark.parametrize("name", FINE)
def test_what_can_be_is_left_alone(name: str) -> None:
    assert units.odd("accuracy", np.array(FINE[name])) == []


@pytest.mark.parametrize(
    ("base", "value", "odd"),
    [
        ("mcc", -0.4, False), ("mcc", -40.0, False), ("mcc", -400.0, True), ("r2", -30.0, False),
        ("neg_accuracy", -0.9, False), ("accuracy_loss", 1e9, False), ("accuracy_gain", -0.1, False),
        ("mean_squared_error", -1.0, True), ("neg_mean_squared_error", -1.0, False), ("loss", -5.0, False),
        ("perplexity", 1e9, False), ("wer", 1.7, False), ("wer", -0.1, True), ("top5", 101.0, True),
        ("auc", -1.0, True), ("reward", 9e9, False),
        ("sparse_categorical_accuracy", -1e-9, False), ("f1_macro", 200.0, True), ("psnr", 300.0, False),
    ],
)  # fmt: skip
def test_what_a_metric_can_be_follows_from_its_name(base: str, value: float, odd: bool) -> None:
    found = units.odd(base, np.array([value]))
    assert [bool(one.where.all()) for one in found] == ([True] if odd else [])


@pytest.mark.parametrize(
    ("values", "unit"),
    [([0, 1], "share"), ([0.0, 1.0000001], "share"), ([0, 1.1], "percent"), ([100], "percent"), ([100.1], None),
     ([-0.1, 0.5], None), ([], None)],
)  # fmt: skip
def test_share_or_percent(values: list[float], unit: Unit | None) -> None:
    assert units.unit_of(np.array(values, dtype=float)) == unit
    scale = units.scale_of(np.array([*values, np.nan], dtype=float))
    assert scale == (None if unit is None else units.SCALE[unit])


@settings(max_examples=examples(300), deadline=None, derandomize=True)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.integers(0, 39), st.floats(101, 1e300))
def test_a_value_beyond_all_units_is_found_wherever_it_stands(scores: list[float], at: int, value: float) -> None:
    where = at % len(scores)
    spoilt = [value if place == where else score for place, score in enumerate(scores)]
    (found,) = units.odd("accuracy", np.array(spoilt))
    assert found.where.tolist() == [place == where for place in range(len(scores))]


@settings(max_examples=examples(300), deadline=None, derandomize=True)
@given(st.lists(st.floats(0.5, 1), min_size=3, max_size=40), st.data())
def test_a_block_in_percent_is_found_whole(scores: list[float], data: st.DataObject) -> None:
    first = data.draw(st.integers(1, len(scores) - 2))
    last = data.draw(st.integers(first, len(scores) - 2))
    inside = np.array([first <= place <= last for place in range(len(scores))])
    mixed = np.where(inside, 100, 1) * np.array(scores)
    (found,) = units.odd("accuracy", mixed)
    fewer = inside if 2 * inside.sum() <= len(scores) else ~inside
    assert (found.where == fewer).all() and found.unit == ("percent" if fewer is inside else "share")
