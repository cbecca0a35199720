"""Keras CSVLogger and generic CSV: the samples, the bad inputs of CSV kind, and laws of reading any table."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from places import SHARED

from selectmodel.errors import ChoiceError, LogError, SelectModelError, UsageError
from selectmodel.files.opening import ReadOptions, Source
from selectmodel.notes import MEANINGS
from selectmodel.readers import generic_csv, keras_csv, lightning_csv, ultralytics
from selectmodel.records import Run

READERS: tuple[ModuleType, ...] = (keras_csv, generic_csv, lightning_csv, ultralytics)
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent")


def claim(data: bytes) -> str | None:
    """The format of the one reader that is surest, None if none claims the bytes; fails on a tie."""
    scores = sorted(((reader.sniff(Path("x"), data[:65536]), reader.FORMAT) for reader in READERS), reverse=True)
    assert scores[0][0] == 0 or scores[0][0] > scores[1][0]
    return str(scores[0][1]) if scores[0][0] else None


def read(data: bytes | str, reader: ModuleType = generic_csv, **options: object) -> Run:
    raw = data.encode() if isinstance(data, str) else data
    path = Path("dir/log.csv")
    run: Run = reader.read(Source(path, (path,), "log", ReadOptions(**options), data=raw))  # type: ignore[arg-type]
    assert all(note.code in MEANINGS and note.where.startswith("log.csv") for note in run.notes)
    return run


def codes(run: Run) -> list[str]:
    return [note.code + "!" * note.degrades for note in run.notes]


def rows(run: Run, name: str) -> list[tuple[float, float]]:
    return list(zip(run.series[name].epochs.tolist(), run.series[name].values.tolist(), strict=True))


KERAS = "accuracy auc loss val_accuracy val_auc val_loss"
YOLO = (
    "train/box_loss train/cls_loss train/dfl_loss metrics/precision(B) metrics/recall(B) metrics/mAP50(B) "
    "metrics/mAP50-95(B) val/box_loss val/cls_loss val/dfl_loss lr/pg0 lr/pg1 lr/pg2"
)
YOLO5 = (
    "train/box_loss train/obj_loss train/cls_loss metrics/precision metrics/recall metrics/mAP_0.5 "
    "metrics/mAP_0.5:0.95 val/box_loss val/obj_loss val/cls_loss x/lr0 x/lr1 x/lr2"
)
SAMPLES = {
    "keras_csvlogger/plain/training.log": ("keras_csv", KERAS, [0, 1, 2, 3, 4, 5], []),
    "keras_csvlogger/semicolon/training.csv": ("keras_csv", KERAS, [0, 1, 2], []),
    "keras_csvlogger/nan_inf/training.csv": ("keras_csv", "loss val_loss", [0, 1, 2, 3, 4], []),
    "keras_csvlogger/terminate_on_nan/training.csv": ("keras_csv", "loss val_loss", [0], []),
    "keras_csvlogger/array_value/training.csv": ("keras_csv", KERAS, [0, 1], ["SM111"]),
    "keras_csvlogger/auto_suffixed_names/training.csv": (
        "keras_csv",
        "auc_1 loss precision_1 val_auc_1 val_loss val_precision_1",
        [0, 1],
        [],
    ),
    "keras_csvlogger/no_validation_NA/training.csv": ("keras_csv", "accuracy auc loss", [0, 1, 2], ["SM112"]),
    "keras_csvlogger/validation_freq2/training.csv": ("keras_csv", KERAS, [0, 1, 2, 3, 4], []),
    "keras_csvlogger/append_restart0/training.csv": ("keras_csv", KERAS, [0, 1, 2], ["SM106!"]),
    "keras_csvlogger/append_initial_epoch/training.csv": ("keras_csv", KERAS, [0, 1, 2, 3, 4, 5], ["SM106"]),
    "keras_csvlogger/append_changed_columns/training.csv": ("keras_csv", KERAS, [0, 1], ["SM102!", "SM106"]),
    "fastai/history.csv": ("generic_csv", "train_loss valid_loss accuracy", [0, 1, 2, 3], []),
    "fastai/history_finetune.csv": ("generic_csv", "train_loss valid_loss accuracy", [0, 1], []),
    "fastai/history_append.csv": ("generic_csv", "train_loss valid_loss accuracy", [0, 1], ["SM107", "SM106!"]),
    "timm/run/summary.csv": (
        "generic_csv",
        "train_loss eval_loss eval_top1 eval_top5 lr",
        [0, 1, 2, 3, 4],
        ["SM107", "SM105!"],
    ),
    "ultralytics/train/results.csv": ("ultralytics", "time " + YOLO, [1, 2, 3, 4], []),
    "ultralytics/resumed/results.csv": ("ultralytics", "time " + YOLO, [1, 2, 3, 4], []),
    "ultralytics/noval/results.csv": ("ultralytics", "time " + YOLO, [1, 2, 3, 4], ["SM113"]),
    "ultralytics_old/v8.0.100_epoch0_results.csv": ("ultralytics", YOLO, [0, 1, 2, 3], []),
    "ultralytics_old/v8.2.100_epoch1_results.csv": ("ultralytics", YOLO, [1, 2, 3, 4], []),
    "ultralytics_old/yolov5_results.csv": ("ultralytics", YOLO5, [0, 1, 2, 3], []),
}


@needs_shared
@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_claimed_once_and_read_as_written(name: str) -> None:
    form, names, epochs, notes = SAMPLES[name]
    path = SHARED / "samples" / name
    assert claim(path.read_bytes()) == form
    reader = next(reader for reader in READERS if form == reader.FORMAT)
    run = reader.read(Source(path, (path,), "run"))
    assert (run.format, run.x_axis) == (form, "epoch")
    assert list(run.series) == names.split()
    first = next(iter(run.series.values()))
    assert first.epochs.tolist() == first.steps.tolist() == epochs
    assert codes(run) == notes


@needs_shared
def test_the_table_of_samples_is_complete() -> None:
    folders = {name.split("/")[0] for name in SAMPLES}
    found = [path for folder in folders for path in (SHARED / "samples" / folder).rglob("*")]
    logs = {path.relative_to(SHARED / "samples").as_posix() for path in found if path.suffix in (".csv", ".log")}
    assert logs == set(SAMPLES)


@needs_shared
def test_epochs_without_validation_have_no_point() -> None:
    path = SHARED / "samples/keras_csvlogger/validation_freq2/training.csv"
    run = keras_csv.read(Source(path, (path,), "run"))
    assert run.series["val_loss"].epochs.tolist() == [1, 3]
    path = SHARED / "samples/ultralytics/noval/results.csv"
    run = generic_csv.read(Source(path, (path,), "run"))
    assert rows(run, "val/box_loss") == [(4, 0.07037)]
    assert "lines 2–4" in run.notes[0].message


def manifest(form: str) -> list[dict[str, object]]:
    if not SHARED.is_dir():
        return []
    entries = json.loads((SHARED / "real_logs/manifest.json").read_text(encoding="utf-8"))
    return [entry for entry in entries if entry["format"] == form and entry["local"].endswith((".csv", ".log"))]


@needs_shared
def test_real_keras_logs_agree_with_the_manifest() -> None:
    compared = 0
    for entry in manifest("keras_csv"):
        path = SHARED / "real_logs" / str(entry["local"])
        data = path.read_bytes()
        if not data:
            with pytest.raises(LogError, match="is empty"):
                keras_csv.read(Source(path, (path,), "run"))
            continue
        assert claim(data) == "keras_csv"
        run = keras_csv.read(Source(path, (path,), "run"))
        assert run.notes == ()
        for metric, best in entry["expert"]["best"].items():  # type: ignore[index]
            series = run.series[metric]
            at = np.argmin(series.values) if best["direction"] == "min" else np.argmax(series.values)
            assert (series.values[at], series.epochs[at]) == (best["value"], best["at"]["epoch"]), (path, metric)
            assert len(series.values) == best["n"]
            compared += 1
    assert compared > 50


H = "epoch,loss,val_loss\n"
#: Case of the robustness contract → rows below the header, flags, error and words; or notes and val_loss by epoch.
BAD = [
    ("2 empty", "", {}, LogError, "is empty (training may not have started)"),
    ("3 header only", H, {}, LogError, "no epochs logged yet"),
    ("3 one line without newline", H + "0,1,2", {}, LogError, "--complete"),
    ("binary", b"\x7fELF\x00\x00" * 30, {}, LogError, "is not text (NUL at byte 4)"),
    ("pointer", "version https://git-lfs.github.com/spec/v1\n", {}, LogError, "git lfs pull"),
    ("gzip", b"\x1f\x8b\x08\x00", {}, LogError, "gunzip"),
    ("all rows longer", H + "0,1,2,3\n1,1,2,3\n", {}, LogError, "lines 2–3 have 4 cells, the header has 3"),
    ("twin columns", "epoch,val_loss,val_loss\n0,1,2\n", {}, UsageError, "'val_loss' appears twice"),
    ("no epochs", "loss,val_loss\n1,2\n", {}, UsageError, "if each row is one epoch: --index row"),
    ("restart", H + "0,1,1\n1,1,2\n2,1,3\n0,2,1\n1,2,2\n", {}, ChoiceError, "--segment 2   epochs 0–1 (lines 5–6)"),
    ("no such segment", H + "0,1,1\n", {"segment": 2}, UsageError, "has no segment 2; it has 1: epoch 0 (line 2)"),
    ("segment 0", H + "0,1,1\n", {"segment": 0}, UsageError, "has no segment 0"),
    ("no usable epoch", H + "-1,1,2\n1e18,1,2\n", {}, LogError, "epoch '-1' is not a whole number from 0 on"),
    ("decimal comma", "epoch;val_loss\n0;0,93\n1;0,81\n", {}, UsageError, "val_loss is 0,93; if the comma is"),
    ("flag", "epoch;val_loss\n0;0,93\n1;0,81\n", {}, UsageError, "--decimal ,"),
    ("open quote", H + '0,1,"2\n1,1,2\n', {}, LogError, "log.csv:2: a quoted cell is not closed"),
    ("long cell", H + f"0,1,{'1' * 131_073}\n", {}, LogError, "log.csv:2: a cell is longer than the limit"),
    ("many columns", ",".join(f"c{n}" for n in range(100_000)) + "\n1\n", {}, LogError, "100,000 columns"),
    ("no numbers", "epoch,loss\n0,x\n1,y\n", {}, LogError, "no column holds numbers"),
    ("no header", "0.5\n0.4\n", {}, LogError, "no header line"),
    ("messages", "2020-01-01 10:00:00 INFO start\n", {}, LogError, "a program's messages"),
    ("traceback", "Traceback (most recent call last):\n", {}, LogError, "error report"),
    ("one row a sample", ",Ids,dice\n0,a,0.5\n1,b,0.6\n", {}, LogError, "one row per sample (column 'Ids')"),
    ("one row a run", "model,epochs,val_acc\na,10,0.5\nb,10,0.6\n", {}, LogError, "one row per run (column 'model')"),
    ("football", "date,home,away,goals\n1872-11-30,A,B,0\n", {}, LogError, "not a training log"),
    ("JSON", '{"loss": [1]}\n', {}, LogError, "is JSON"),
    ("YAML", "lr: 0.1\n", {}, LogError, "YAML"),
    ("another header", H + "0,1,2\nepoch,loss,val_acc\n1,1,2\n", {}, LogError, "a second header names other columns"),
]
GOOD = [
    ("BOM", "\ufeff" + H + "0,1,2\n", {}, [], [(0, 2)]),
    ("UTF-16", (H + "0,1,2\n").encode("utf-16"), {}, ["SM103"], [(0, 2)]),
    ("Latin-1", "epoch,loss,val_loss,é\n0,1,2,3\n".encode("latin-1"), {}, ["SM103"], [(0, 2)]),
    ("CR CR LF", (H + "0,1,2\n1,1,3\n").replace("\n", "\r\r\n"), {}, [], [(0, 2), (1, 3)]),
    ("CR", (H + "0,1,2\n1,1,3\n").replace("\n", "\r"), {}, [], [(0, 2), (1, 3)]),
    ("longer rows", H + "0,1,2\n1,1,9,3\n2,1,9,3\n", {}, ["SM102!"], [(0, 2)]),
    ("cut row", H + "0,1,2\n1,1", {}, ["SM101"], [(0, 2)]),
    ("short row", H + "0,1,2\n1,1\n2,1,1\n", {}, ["SM102!", "SM108"][:1], [(0, 2), (2, 1)]),
    ("whole-looking", H + "0,1,2\n1,1,0.0", {}, ["SM101"], [(0, 2)]),
    ("complete", H + "0,1,2\n1,1,0.0", {"complete": True}, [], [(0, 2), (1, 0)]),
    ("header again", H + "0,1,2\n" + H + "1,1,3\n", {}, ["SM107"], [(0, 2), (1, 3)]),
    ("restart", H + "0,1,2\n" + H + "0,1,3\n1,1,4\n", {}, ["SM107", "SM106!"], [(0, 3), (1, 4)]),
    ("equal twins", "epoch,val_loss,val_loss\n0,2,2\n", {}, ["SM125"], [(0, 2)]),
    ("--index row", "loss,val_loss\n1,2\n1,3\n", {"index": "row"}, ["SM114"], [(0, 2), (1, 3)]),
    ("unnamed index", ",loss,val_loss\n0,1,2\n1,1,3\n", {}, ["SM114"], [(0, 2), (1, 3)]),
    ("index starts over", ",loss,val_loss\n0,1,2\n0,1,3\n1,1,4\n", {}, ["SM114", "SM106!"], [(0, 3), (1, 4)]),
    (
        "27 rows start over",
        "loss,val_loss\n1,2\nloss,val_loss\n1,3\n1,4\n",
        {"index": "row"},
        ["SM107", "SM114", "SM106!"],
        [(0, 3), (1, 4)],
    ),
    ("covered", H + "0,1,1\n0,1,2\n1,1,3\n", {}, ["SM106!"], [(0, 2), (1, 3)]),
    ("chosen", H + "0,1,1\n1,1,2\n2,1,3\n0,2,4\n", {"segment": 2}, ["SM106"], [(0, 4)]),
    ("resume", H + "0,1,1\n1,1,2\n2,1,3\n1,1,9\n", {}, ["SM105!"], [(0, 1), (1, 9), (2, 3)]),
    ("equal rows", H + "0,1,1\n1,1,2\n1,1,2\n", {}, ["SM105"], [(0, 1), (1, 2)]),
    ("unequal rows", H + "0,1,1\n1,1,2\n1,1,3\n", {}, ["SM105!"], [(0, 1), (1, 3)]),
    ("equal but for the clock", "epoch,time,val_loss\n0,1,1\n1,1,2\n1,9,2\n", {}, ["SM105"], [(0, 1), (1, 2)]),
    ("gap", H + "0,1,1\n1,1,2\n5,1,3\n", {}, ["SM108"], [(0, 1), (1, 2), (5, 3)]),
    ("stride", H + "0,1,1\n5,1,2\n10,1,3\n", {}, [], [(0, 1), (5, 2), (10, 3)]),
    ("odd epochs", H + "0,1,1\n1e18,1,0\n-1,1,0\nx,1,0\n2.5,1,0\n", {}, ["SM104!"], [(0, 1)]),
    ("3.0 and 007", H + "3.0,1,1\n007,1,2\n", {}, [], [(3, 1), (7, 2)]),
    ("decimal comma", "epoch;val_loss\n0;0,93\n", {"decimal": ","}, [], [(0, 0.93)]),
    ("tab", H.replace(",", "\t") + "0\t1\t2\n", {}, [], [(0, 2)]),
    ("blanks", "epoch loss val_loss\n  0  1  2\n", {}, [], [(0, 2)]),
    ("quoted newline", 'epoch,note,val_loss\n0,"a\nb ""c""",2\n', {}, ["SM111"], [(0, 2)]),
    ("vector", 'epoch,pc,val_loss\n0,"[0.1, 0.2]",2\n', {}, ["SM111"], [(0, 2)]),
    ("missing", H + "0,1,NA\n1,1,None\n2,1,\n3,1,-\n4,1,2\n", {}, [], [(4, 2)]),
    ("wrapped", H + "0,1,tensor(0.5)\n1,1,np.float32(2)\n", {}, ["SM110"], [(0, 0.5), (1, 2)]),
    ("not numbers", H + "0,1,0.5%\n1,1,1_000\n2,1,１２\n3,1,2\n", {}, ["SM109!"], [(3, 2)]),
    ("mostly text", "epoch,val_loss\n0,a\n1,b\n2,c\n3,2\n4,1\n", {}, ["SM109!"], [(3, 2), (4, 1)]),
    ("NUL in a cell", H + "0,1,2\n1,\0,3\n", {}, ["SM102!"], [(0, 2)]),
    ("NaN kept", H + "0,1,NaN\n1,1,2\n", {}, [], [(0, np.nan), (1, 2)]),
    ("infinities", H + "0,1,-inf\n1,1,1e308\n2,1,-0.0\n", {}, [], [(0, -np.inf), (1, 1e308), (2, -0.0)]),
    ("no validation", H + "0,1,NA\n1,1,NA\n", {}, ["SM112"], None),
    ("fastai time and #na#", "epoch,valid_loss,val_loss,time\n0,1,#na#,00:12\n1,1,2,05:04\n", {}, [], [(1, 2)]),
    ("fractions", H + "0.5,1,2\n1.0,1,3\n1.5,1,1\n", {}, [], [(0.5, 2), (1, 3), (1.5, 1)]),
    ("epoch and batch", "epoch,batch,val_loss\n0,1,5\n0,2,4\n1,1,3\n1,2,2\n", {}, [], [(0, 5), (0, 4), (1, 3), (1, 2)]),
    ("steps -1", "epoch,steps,val_loss\n0,-1,5\n1,-1,4\n", {}, [], [(0, 5), (1, 4)]),
]


@pytest.mark.parametrize(("case", "data", "flags", "error", "words"), BAD, ids=[row[0] for row in BAD])
def test_bad_input_is_refused_with_its_reason(case, data, flags, error, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error) as refusal:
        read(data, **flags)
    assert type(refusal.value) is error
    assert words in str(refusal.value)
    assert str(refusal.value).startswith("dir/log.csv")


@pytest.mark.parametrize(("case", "data", "flags", "notes", "points"), GOOD, ids=[row[0] for row in GOOD])
def test_odd_input_is_read_and_what_was_done_is_told(case, data, flags, notes, points) -> None:  # type: ignore[no-untyped-def]
    run = read(data, **flags)
    assert codes(run) == notes
    if points is None:
        assert "val_loss" not in run.series
    else:
        np.testing.assert_array_equal(rows(run, "val_loss"), points)


@pytest.mark.parametrize(
    ("text", "x_axis", "steps", "epochs"),
    [
        ("step,val_loss\n100,2\n200,1\n", "step", [100, 200], [np.nan, np.nan]),
        ("epoch,global_step,val_loss\n0,100,2\n0,200,1\n", "step", [100, 200], [0, 0]),
        ("epoch,batch,val_loss\n0,32,2\n1,32,1\n", "epoch", [0, 1], [0, 1]),
        ("epoch,iter,val_loss\n0,1,2\n0,2,3\n1,1,1\n", "row", [0, 1, 2], [0, 0, 1]),
        ("Epoch,val_loss\n1,2\n2,3\n", "epoch", [1, 2], [1, 2]),
        ("iter\tval_loss\n0\t2\n1\t3\n", "step", [0, 1], [np.nan, np.nan]),
    ],
)
def test_what_the_rows_count(text: str, x_axis: str, steps: list[int], epochs: list[float]) -> None:
    run = read(text)
    assert run.x_axis == x_axis
    assert run.series["val_loss"].steps.tolist() == steps
    np.testing.assert_array_equal(run.series["val_loss"].epochs, epochs)


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"", None),
        (H.encode(), "keras_csv"),
        ((H + "0,1,2,3\n1,1,2,3\n").encode(), "keras_csv"),
        (b"epoch;val_loss\n0;0,93\n", "generic_csv"),
        (b"epoch,accuracy,val_accuracy\n38,1,2\n", "keras_csv"),
        (b"epoch,train_loss,val_loss\n1,1,2\n", "generic_csv"),
        (b"loss,val_loss\n1,2\n", "generic_csv"),
        (b",loss,val_loss\n0,1,2\n", "generic_csv"),
        (b"epoch,step,val_loss\n0,1,2\n", "lightning_csv"),
        (b"epoch,val_loss,val_loss\n0,1,2\n", "generic_csv"),
        (b",Ids,dice\n0,a,0.5\n1,b,0.6\n", None),
        (b"model,epochs,val_acc\na,10,0.5\nb,10,0.6\n", None),
        (b"0.5\n0.4\n", None),
        (b"date,home,away,goals\n1872-11-30,A,B,0\n", None),
        (b"In the beginning, there was a loss.\nAnd then, one day, none.\n", None),
        (b"Epoch 1/3\n8/8 - 0s - loss: 1\n", None),
        (b"[0]\ttrain-logloss:0.5\teval-logloss:0.6\n", None),
        (b"Traceback (most recent call last):\n", None),
        (b"lr: 0.1\n", None),
        (b'{"epoch": 1, "loss": 2}\n', None),
    ],
)
def test_who_claims_what(data: bytes, form: str | None) -> None:
    assert claim(data) == form


PLAIN = "epoch,accuracy,loss,val_loss\n" + "".join(
    f"{epoch},{0.7 + epoch / 50},{0.5 / (epoch + 1)},{value}\n"
    for epoch, value in enumerate(
        (0.3244990110397339, 0.3390219211578369, 0.30777618288993835, 0.0612, 0.3541080951690674)
    )
)


def points(data: bytes) -> tuple[dict[str, list[tuple[float, float]]], list[str]] | None:
    """Every metric's points and the notes' codes, or None where reading is refused."""
    try:
        run = read(data, keras_csv)
    except SelectModelError:
        return None
    return {name: rows(run, name) for name in run.series}, codes(run)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n"])
def test_a_cut_file_is_a_prefix_or_says_so(end: str) -> None:
    data = PLAIN.replace("\n", end).encode()
    whole = points(data)
    assert whole is not None
    for at in range(len(data)):
        found = points(data[:at])
        if found is None:
            continue
        for name, pairs in found[0].items():
            assert pairs == whole[0][name][: len(pairs)]
        ended = data[:at].endswith(b"\n")  # \r alone is half of an end
        assert found[1] == ([] if ended else ["SM101"])


def test_a_flipped_bit_is_refused_noted_or_harmless() -> None:
    data = PLAIN.encode()
    whole = points(data)
    assert whole is not None
    header = data.index(b"\n")
    for at in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[at] ^= 1 << bit
            # Another digit, or a name spelled otherwise, cannot be told from what was meant.
            if chr(data[at]).isdigit() and chr(flipped[at]) in "0123456789":
                continue
            found = points(bytes(flipped))
            if found is None or found[1]:
                continue
            names = [name for name in found[0] if name in whole[0]] if at < header else list(whole[0])
            assert {name: found[0][name] for name in names} == {name: whole[0][name] for name in names}, (at, bit)


VALUES = st.lists(st.tuples(st.floats(), st.floats()), min_size=1, max_size=8)


@given(VALUES)
def test_what_is_written_is_read_back(values: list[tuple[float, float]]) -> None:
    text = H + "".join(f"{epoch},{one!r},{other!r}\n" for epoch, (one, other) in enumerate(values))
    run = read(text)
    np.testing.assert_array_equal(run.series["loss"].values, [one for one, _ in values])
    np.testing.assert_array_equal(run.series["val_loss"].values, [other for _, other in values])
    swapped = "val_loss,epoch,loss\n" + "".join(f"{b!r},{at},{a!r}\n" for at, (a, b) in enumerate(values))
    again = read(swapped)
    for name, series in run.series.items():
        np.testing.assert_array_equal(series.values, again.series[name].values)
        np.testing.assert_array_equal(series.epochs, again.series[name].epochs)


@given(st.text(alphabet='epochlsva_,;\t"\n\r 0123456789.-eNA\0', max_size=120))
@example('""')
def test_any_text_gives_a_run_or_our_own_error(text: str) -> None:
    for reader in READERS:
        assert 0 <= reader.sniff(Path("x"), text.encode()) <= 1
        try:
            reader.read(Source(Path("x"), (Path("x"),), "x", data=text.encode()))
        except SelectModelError:
            continue


def test_what_a_resume_left_behind_is_named() -> None:
    run = read(H + "0,1,1\n1,1,2\n2,1,3\n1,1,9\n")
    assert run.notes[0].message == (
        "epoch 1 logged more than once; the later rows were used; left from before the resume: epoch 2"
    )
    assert run.notes[0].where == "log.csv:3"


def test_several_files_are_not_one_table() -> None:
    with pytest.raises(UsageError, match="2 files cannot be read as one training"):
        keras_csv.read(Source(Path("a"), (Path("a"), Path("b")), "a"))


def test_large_epochs_are_named_in_full() -> None:
    gap = read("epoch,loss,val_loss\n1234567,1,1\n1234568,1,2\n1234571,1,3\n")
    assert [note.message for note in gap.notes] == ["epochs are missing between 1234568 and 1234571"]
    index = read(",loss,val_loss\n1234567,1,1\n1234568,1,2\n")
    assert "1234567–1234568 were read as epochs" in index.notes[0].message
