"""Lightning metrics.csv: sparse rows joined by step, rows after the fit, versions joined, odd step orders."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from places import SHARED

from selectmodel.errors import ChoiceError, LogError, SelectModelError, UsageError
from selectmodel.files.opening import ReadOptions, Source
from selectmodel.notes import MEANINGS
from selectmodel.readers import lightning_csv
from selectmodel.records import Run

SAMPLES = SHARED / "samples/lightning_csv"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent")
H = "epoch,step,train_loss,val_loss\n"
FIT = H + "0,4,1,\n0,7,,2\n1,12,1,\n1,15,,1.5\n"


def read(data: bytes | str, **options: object) -> Run:
    raw = data.encode() if isinstance(data, str) else data
    path = Path("version_0/metrics.csv")
    run = lightning_csv.read(Source(path, (path,), "run", ReadOptions(**options), data=raw))  # type: ignore[arg-type]
    assert all(note.code in MEANINGS and note.where.startswith("metrics.csv") for note in run.notes)
    return run


def read_files(*paths: Path) -> Run:
    return lightning_csv.read(Source(paths[0].parent, paths, "run"))


def codes(run: Run) -> list[str]:
    return [note.code + "!" * note.degrades for note in run.notes]


def points(run: Run, name: str) -> list[tuple[float, int, float]]:
    series = run.series[name]
    return list(zip(series.epochs.tolist(), series.steps.tolist(), series.values.tolist(), strict=True))


LOGS = {
    "basic/lightning_logs/version_0": ([0, 1, 2, 3], [7, 15, 23, 31]),
    "basic/lightning_logs/version_1": ([4, 5], [39, 47]),
    "check_val_every2/lightning_logs/version_0": ([1, 3], [15, 31]),
    "crash_default_flush/lightning_logs/version_0": ([0, 1], [7, 15]),
    "nan/lightning_logs/version_0": ([0, 1, 2], [7, 15, 23]),
    "same_dir_version_suffix/lightning_logs/version_0": ([0, 1], [7, 15]),
    "same_dir_version_suffix/lightning_logs/version_1": ([0, 1], [7, 15]),
    "slash_and_noauto/exp/myrun": ([0, 1, 2, 3], [7, 15, 23, 31]),
    "val_check_interval_half/lightning_logs/version_0": ([0, 0, 1, 1, 2, 2], [3, 7, 11, 15, 19, 23]),
}


@needs_shared
@pytest.mark.parametrize("name", LOGS)
def test_samples_keep_every_validation_event(name: str) -> None:
    epochs, steps = LOGS[name]
    path = SAMPLES / name / "metrics.csv"
    assert lightning_csv.sniff(path, path.read_bytes()) == 0.95
    run = read_files(path)
    assert (run.format, run.x_axis, run.notes) == ("lightning_csv", "step", ())
    for metric in ("val_loss", "val/acc"):
        assert run.series[metric].epochs.tolist() == epochs
        assert run.series[metric].steps.tolist() == steps
    assert {"train_loss_epoch", "train_loss_step"} <= set(run.series)


@needs_shared
def test_a_test_row_is_no_validation_and_monitors_have_no_epoch() -> None:
    run = read_files(SAMPLES / "basic/lightning_logs/version_0/metrics.csv")
    assert points(run, "test_loss") == [(4, 32, 0.5338795185089111)]
    assert run.series["lr-SGD"].steps.tolist() == [0, 8, 16, 24]
    assert np.isnan(run.series["lr-SGD"].epochs).all()


@needs_shared
def test_a_resumed_fit_continues_in_the_next_version() -> None:
    first, second = (SAMPLES / f"basic/lightning_logs/version_{version}/metrics.csv" for version in (0, 1))
    run = read_files(first, second)
    assert run.series["val_loss"].epochs.tolist() == [0, 1, 2, 3, 4, 5]
    assert run.series["val_loss"].steps.tolist() == [7, 15, 23, 31, 39, 47]
    assert codes(run) == ["SM117"]
    assert "version_0/metrics.csv, version_1/metrics.csv" in run.notes[0].message
    earlier, later = read_files(first), read_files(second)
    assert lightning_csv.continues(earlier, later)
    assert not lightning_csv.continues(later, earlier)
    assert not lightning_csv.continues(earlier, earlier)
    with pytest.raises(ChoiceError, match="does not go on where version_1") as refusal:
        read_files(second, first)
    assert refusal.value.choices == ("--run version_1", "--run version_0")


@needs_shared
def test_two_fresh_fits_are_not_joined() -> None:
    paths = [SAMPLES / f"same_dir_version_suffix/lightning_logs/version_{n}/metrics.csv" for n in (0, 1)]
    with pytest.raises(ChoiceError):
        read_files(*paths)
    assert not lightning_csv.continues(*map(read_files, paths))


@needs_shared
def test_real_logs_agree_with_the_manifest() -> None:
    entries = json.loads((SHARED / "real_logs/manifest.json").read_text(encoding="utf-8"))
    compared = 0
    for entry in entries:
        if entry["format"] != "lightning_csv" or not entry["local"].endswith(".csv"):
            continue
        path = SHARED / "real_logs" / entry["local"]
        assert lightning_csv.sniff(path, path.read_bytes()[:65536]) == 0.95
        run = read_files(path)
        assert run.notes == ()
        for metric, best in {**entry["expert"]["best"], **entry["expert"].get("best_within_fit", {})}.items():
            series = run.series[metric]
            at = np.nanargmin(series.values) if best["direction"] == "min" else np.nanargmax(series.values)
            found = (series.values[at], series.epochs[at], series.steps[at])
            assert found == (best["value"], best["at"]["epoch"], best["at"]["step"]), (path, metric)
            assert len(series.values) == best["n"]
            compared += 1
    assert compared > 80


IN_FIT = [(0, 7, 2), (1, 15, 1.5)]
AFTER = [
    ("validate() names the next epoch", FIT + "2,16,,0.1\n", IN_FIT),
    ("validate() repeats the last step", FIT + "1,15,,0.1\n", IN_FIT),
    ("validate() in the last epoch", FIT + "1,16,,0.1\n", IN_FIT),
    ("validate() twice", FIT + "2,16,,0.1\n2,16,,0.2\n", IN_FIT),
    ("after one epoch", H + "0,4,1,\n0,7,,2\n1,8,,0.1\n", [(0, 7, 2)]),
    ("epochs without validation", H + "0,7,1,\n1,14,1,\n1,15,,2\n2,23,1,\n3,24,,0.1\n", [(1, 15, 2)]),
    ("fit without validation", H + "0,4,1,\n0,7,1,\n1,8,,0.1\n", None),
    ("only validation logged", "epoch,step,val_loss\n0,7,2\n1,15,1.5\n2,16,0.1\n", IN_FIT),
]


@pytest.mark.parametrize(("case", "data", "expected"), AFTER, ids=[row[0] for row in AFTER])
def test_validation_after_the_fit_is_no_epoch(case: str, data: str, expected: list[tuple[float, int, float]]) -> None:
    run = read(data)
    assert "SM115" in codes(run)
    assert not run.degraded
    assert (points(run, "val_loss") if expected else run.series.get("val_loss")) == expected


RARE = H + "".join(("6,49,1,\n" if e == 6 else "") + f"{e},{8 * e + 7},,{9 - e}\n" for e in range(9))
KEPT = [
    ("still running: the training row comes after", FIT + "2,23,,1\n", 3),
    ("training rows are rare", RARE, 9),
    ("several validations of one epoch after it", H + "0,4,1,\n0,9,,5\n0,19,,4\n0,29,,3\n", 3),
    ("one step an epoch", "epoch,step,val_loss\n0,0,3\n1,1,2\n2,2,1\n", 3),
    ("irregular validations", "epoch,step,val_loss\n0,7,3\n1,20,2\n2,25,1\n", 3),
    ("two loaders at one step", "epoch,step,val_loss/a,val_loss\n0,7,1,\n0,7,,3\n1,15,1,\n1,15,,2\n", 2),
]


@pytest.mark.parametrize(("case", "data", "expected"), KEPT, ids=[row[0] for row in KEPT])
def test_validation_of_the_fit_is_kept(case: str, data: str, expected: int) -> None:
    run = read(data)
    assert len(run.series["val_loss"].steps) == expected
    assert codes(run) == []


def test_an_unprefixed_metric_of_a_test_row_is_not_the_trainings() -> None:
    run = read("epoch,step,accuracy,train_loss,test_loss,val_loss\n0,4,0.1,1,,\n0,7,,,,2\n1,8,0.9,,0.1,\n")
    assert points(run, "accuracy") == [(0, 4, 0.1)]
    assert points(run, "test_loss") == [(1, 8, 0.1)]


@pytest.mark.parametrize(
    ("data", "metric", "split"),
    [
        ("epoch,step,acc,train_loss,val_loss\n0,4,,1,\n0,7,0.5,,2\n", "acc", "val"),
        ("epoch,step,acc,train_loss,test_loss\n0,4,,1,\n1,8,0.5,,2\n", "acc", "test"),
        ("epoch,step,acc,train_loss,val_loss\n0,4,0.5,1,\n0,7,,,2\n", "acc", "train"),
        ("epoch,step,acc,train_loss,val_loss\n0,4,0.5,1,\n0,7,0.5,,2\n", "acc", None),
        ("epoch,step,loss,val_loss\n0,7,1,2\n1,15,1,2\n", "loss", None),
    ],
)
def test_hints_come_from_what_is_logged_together(data: str, metric: str, split: str | None) -> None:
    run = read(data)
    assert (run.hints[metric].split if metric in run.hints else None) == split


ODD = [
    ("one step twice", FIT + "2,20,1,\n2,23,,1\n2,23,,9\n3,28,1,\n", ["SM105!"], [*IN_FIT, (2, 23, 9)]),
    ("one step twice, equal", FIT + "2,20,1,\n2,23,,1\n2,23,,1\n3,28,1,\n", [], [*IN_FIT, (2, 23, 1)]),
    ("steps go back", "epoch,step,val_loss\n0,399,4\n1,1799,3\n2,1199,2\n3,1599,1\n", ["SM116"], None),
    ("row without a step", FIT + "2,x,1,\n2,23,,1\n", ["SM104!"], [*IN_FIT, (2, 23, 1)]),
    ("covered training", FIT + "0,4,1,\n0,7,,3\n1,12,1,\n1,15,,4\n", ["SM106!"], [(0, 7, 3), (1, 15, 4)]),
    ("resumed in one file", FIT + "1,12,1,\n1,15,,9\n2,20,1,\n2,23,,8\n", [], [*IN_FIT[:1], (1, 15, 9), (2, 23, 8)]),
    ("resumed over two epochs", FIT + "2,20,1,\n1,12,1,\n1,15,,9\n2,20,1,\n2,23,,8\n", ["SM105!"], None),
    ("longer row", FIT + "2,20,1,,\n", ["SM102!"], IN_FIT),
    ("cut row", FIT + "2,23,,0.0", ["SM101"], IN_FIT),
    ("not a number", FIT + "2,23,,0.5%\n", ["SM109!"], IN_FIT),
]


@pytest.mark.parametrize(("case", "data", "notes", "expected"), ODD, ids=[row[0] for row in ODD])
def test_odd_logs_are_read_and_what_was_done_is_told(case, data, notes, expected) -> None:  # type: ignore[no-untyped-def]
    run = read(data)
    if case == "resumed in one file":
        # The epoch goes on without a break in its label, so each step decides for itself.
        assert codes(run)[-1:] == ["SM105!"]
    else:
        assert codes(run) == notes
    if expected is not None:
        assert points(run, "val_loss") == expected
    assert run.x_axis == ("epoch" if notes == ["SM116"] else "step")


REFUSED = [
    ("empty while Lightning rewrites it", "", LogError, "is empty"),
    ("header only", H, LogError, "no epochs logged yet"),
    ("no step column", "epoch,val_loss\n0,1\n", LogError, "has no column 'step'"),
    ("no numbers", "epoch,step,val_loss\n0,1,\n", LogError, "no column holds a number"),
    ("no row has a step", "epoch,step,val_loss\n0,x,1\n", LogError, "line 2: epoch or step is not a whole number"),
    ("two trainings", FIT + "0,4,1,\n0,7,,3\n", ChoiceError, "--segment 1   epochs 0–1 (lines 2–4)"),
    ("decimal comma", 'epoch,step,val_loss\n0,1,"0,5"\n', UsageError, "--decimal ,"),
    ("no such segment", FIT + "0,4,1,\n0,7,,3\n", UsageError, "has no segment 3"),
]


@pytest.mark.parametrize(("case", "data", "error", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refusals_name_the_reason(case: str, data: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as refusal:
        read(data, segment=3 if case == "no such segment" else None)
    assert type(refusal.value) is error
    assert words in str(refusal.value)


def test_a_log_without_epochs_is_read_by_step() -> None:
    data = "hp_metric,step\n-1,0\n"
    assert lightning_csv.sniff(Path("x"), data.encode()) == 0.6
    run = read(data)
    assert run.x_axis == "step"
    assert np.isnan(run.series["hp_metric"].epochs).all()


LONG = H + "".join(f"{e},{8 * e + 4},{9.25 - e},\n{e},{8 * e + 7},,{abs(5.125 - e) + 1}\n" for e in range(9))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_cut_file_is_a_prefix_or_says_so(end: str) -> None:
    data = LONG.replace("\n", end).encode()
    whole = points(read(data), "val_loss")
    for at in range(len(data)):
        try:
            run = read(data[:at])
        except SelectModelError:
            continue
        found = points(run, "val_loss") if "val_loss" in run.series else []
        assert found == whole[: len(found)]
        assert codes(run) == ([] if data[:at].endswith(b"\n") else ["SM101"])


def test_a_flipped_bit_is_refused_noted_or_harmless() -> None:
    data = LONG.encode()
    whole = points(read(data), "val_loss")
    for at in range(data.index(b"\n") + 1, len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[at] ^= 1 << bit
            if chr(data[at]).isdigit() and chr(flipped[at]) in " 0123456789":
                continue
            try:
                run = read(bytes(flipped))
            except SelectModelError:
                continue
            assert run.notes or points(run, "val_loss") == whole, (at, bit)
