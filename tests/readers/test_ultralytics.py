"""Ultralytics and YOLOv5: results.csv of every release, the results.txt before it, and what best.pt is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import SAMPLES

import selectmodel as sm
from selectmodel.errors import SelectModelError
from selectmodel.readers import ultralytics
from selectmodel.source import Source

V8 = "epoch,time,train/box_loss,metrics/precision(B),metrics/mAP50(B),metrics/mAP50-95(B),val/box_loss,lr/pg0"
V8_0 = V8.replace("time,", "")
V5 = "epoch,train/box_loss,metrics/precision,metrics/mAP_0.5,metrics/mAP_0.5:0.95,val/box_loss,x/lr0"
#: Strict mAP is highest at the third epoch, a tenth of the loose one makes the fourth the fittest.
STRICT, LOOSE = [0.1, 0.2, 0.40, 0.39, 0.3], [0.3, 0.4, 0.50, 0.70, 0.6]


def padded(header: str, rows: list[str], width: int) -> str:
    return "".join(",".join(cell.rjust(width) for cell in line.split(",")) + "\n" for line in [header, *rows])


def v8(first: int = 1) -> list[str]:
    pairs = zip(STRICT, LOOSE, strict=True)
    return [
        f"{at + first},{at + 0.5},{1 / (at + 1):.3f},0.5,{b},{a},{1.5 + at / 10},0.01"
        for at, (a, b) in enumerate(pairs)
    ]


def v5(first: int = 0) -> list[str]:
    pairs = zip(STRICT, LOOSE, strict=True)
    return [f"{at + first},{1 / (at + 1):.3f},0.5,{b},{a},{1.5 + at / 10},0.01" for at, (a, b) in enumerate(pairs)]


def without_time(rows: list[str]) -> list[str]:
    return [",".join(row.split(",")[:1] + row.split(",")[2:]) for row in rows]


def text_row(at: int, strict: float, loose: float, of: int = 5) -> str:
    begin = ("%10s" * 2 + "%10.4g" * 6) % (f"{at}/{of - 1}", "4.05G", 0.09 - at / 100, 0.05, 0.01, 0.15, 46, 640)
    return begin + ("%10.4g" * 7) % (0.6, 0.5, loose, strict, 0.07 + at / 100, 0.06, 0.011) + "\n"


TEXT = "".join(text_row(at, a, b) for at, (a, b) in enumerate(zip(STRICT, LOOSE, strict=True)))


@pytest.mark.parametrize(
    ("content", "epochs"),
    [
        ("\n".join([V8, *v8()]) + "\n", [1, 2, 3, 4, 5]),
        (padded(V8_0, without_time(v8()), 23), [1, 2, 3, 4, 5]),
        (padded(V8_0, without_time(v8(0)), 23), [0, 1, 2, 3, 4]),
        (padded(V5, v5(), 20), [0, 1, 2, 3, 4]),
        (TEXT, [0, 1, 2, 3, 4]),
    ],
    ids=["8.3", "8.2", "8.0", "YOLOv5", "YOLOv7"],
)
@pytest.mark.parametrize("name", ["results.csv", "yolo run 3.log", "copied.txt"])
def test_every_release_is_known_under_any_name(tmp_path: Path, content: str, epochs: list[int], name: str) -> None:
    (tmp_path / name).write_text(content)
    run = sm.read(tmp_path / name)
    assert run.format == "ultralytics" and not run.notes
    strict = next(name for name in run.series if "0.95" in name or "50-95" in name)
    assert run.series[strict].epochs.tolist() == epochs
    assert run.series[strict].values.tolist() == STRICT
    found = sm.recommend(run, metric=strict, rule="best").recommended
    assert found.epoch == epochs[2]


@pytest.mark.parametrize(
    "again",
    [
        lambda lines: "\ufeff" + "\n".join(lines),
        lambda lines: "\n".join(lines).replace(",", "\t"),
        lambda lines: "\n".join(lines).replace(",", ";"),
        lambda lines: "\n".join([f",{lines[0]}", *(f"{at},{line}" for at, line in enumerate(lines[1:]))]),
        lambda lines: "\n".join(['"' + lines[0].replace(",", '","') + '"', *lines[1:]]),
        "\r\n".join,
    ],
    ids=["mark", "tabs", "semicolons", "index", "quotes", "CRLF"],
)
def test_a_table_that_was_saved_again(tmp_path: Path, again: Callable[[list[str]], str]) -> None:
    (tmp_path / "mine.csv").write_bytes((again([V8, *v8()]) + "\n").encode())
    run = sm.read(tmp_path / "mine.csv")
    assert run.format == "ultralytics"
    assert run.series["metrics/mAP50-95(B)"].epochs.tolist() == [1, 2, 3, 4, 5]
    assert run.series["metrics/mAP50-95(B)"].values.tolist() == STRICT


@pytest.mark.parametrize(
    ("content", "strict", "best", "numbered"),
    [
        ("\n".join([V8, *v8()]) + "\n", "metrics/mAP50-95(B)", "epoch2.pt", "epoch2.pt"),
        (padded(V5, v5(), 20), "metrics/mAP_0.5:0.95", "best.pt", "epoch2.pt"),
        (TEXT, "metrics/mAP_0.5:0.95", "best.pt", "epoch_002.pt"),
    ],
    ids=["8", "YOLOv5", "YOLOv7"],
)
def test_the_files_in_weights(tmp_path: Path, content: str, strict: str, best: str, numbered: str) -> None:
    """Where releases of Ultralytics disagree on the fittest epoch, best.pt is not taken for either."""
    (tmp_path / ("results.txt" if content is TEXT else "results.csv")).write_text(content)
    (tmp_path / "weights").mkdir()
    for name in ("best.pt", "last.pt", numbered):
        (tmp_path / "weights" / name).write_bytes(b"weights")
    report = sm.recommend(sm.read(tmp_path), rule="best", metric=strict)
    assert Path(report.recommended.checkpoint or "").name == numbered
    files = {name: Path(pick.checkpoint or "").name for name, pick in report.picks.items()}
    assert files["last"] == "last.pt"
    assert files["ultralytics"] == best


def test_an_epoch_without_validation_is_none(tmp_path: Path) -> None:
    rows = v8()
    for at in (0, 1, 3):
        cells = rows[at].split(",")
        rows[at] = ",".join([*cells[:3], "0", "0", "0", "0", cells[-1]])
    (tmp_path / "results.csv").write_text("\n".join([V8, *rows]) + "\n")
    run = sm.read(tmp_path)
    assert run.series["val/box_loss"].epochs.tolist() == [3, 5]
    assert [note.code for note in run.notes] == ["SM113"]
    assert run.series["train/box_loss"].epochs.tolist() == [1, 2, 3, 4, 5]


def test_a_resumed_run_is_one_though_its_clock_starts_again(tmp_path: Path) -> None:
    rows = v8()
    again = [*rows[:3], "3,0.2" + rows[2][rows[2].index(",", 2) :], *rows[3:]]
    (tmp_path / "results.csv").write_text("\n".join([V8, *again]) + "\n")
    assert sm.read(tmp_path).series["metrics/mAP50-95(B)"].epochs.tolist() == [1, 2, 3, 4, 5]


TASKS = {
    "segment": ("metrics/mAP50-95(B),metrics/mAP50-95(M)", ["0.1,0.5", "0.5,0.2", "0.4,0.4"], 2),
    "pose": ("metrics/mAP50-95(B),metrics/mAP50-95(P)", ["0.1,0.5", "0.5,0.2", "0.4,0.4"], 2),
    "classify": ("metrics/accuracy_top1,metrics/accuracy_top5", ["0.5,0.9", "0.6,0.7", "0.55,0.95"], 2),
    "semantic": ("metrics/mIoU,metrics/pixel_acc", ["0.5,0.9", "0.6,0.7", "0.55,0.95"], 1),
    "depth": ("metrics/delta1,metrics/rmse", ["0.5,0.9", "0.6,0.7", "0.55,0.95"], 1),
    "YOLOv5": ("metrics/mAP_0.5,metrics/mAP_0.5:0.95", ["0.1,0.1", "0.3,0.30", "0.6,0.29"], 2),
    "YOLOv5 segment": (
        "metrics/mAP_0.5(B),metrics/mAP_0.5:0.95(B),metrics/mAP_0.5(M),metrics/mAP_0.5:0.95(M)",
        ["0.1,0.1,0.1,0.1", "0.3,0.3,0.3,0.2", "0.3,0.2,0.3,0.2"],
        1,
    ),
}


@pytest.mark.parametrize("task", TASKS)
def test_fitness_of_each_task_says_what_best_pt_is(tmp_path: Path, task: str) -> None:
    names, rows, best = TASKS[task]
    lines = [f"epoch,train/loss,{names},val/loss,lr/pg0", *(f"{at},1,{row},1.5,0" for at, row in enumerate(rows))]
    (tmp_path / "results.csv").write_text("\n".join(lines) + "\n")
    run = sm.read(tmp_path)
    assert run.format == "ultralytics"
    assert sm.recommend(run, rule="ultralytics").recommended.epoch == best


def test_what_yolov5_calls_test_is_its_validation(tmp_path: Path) -> None:
    rows = ["0,1,1.5,0.5,0.9,0", "1,1,1.4,0.6,0.9,0", "2,1,1.6,0.6,0.9,0"]
    header = "epoch,train/loss,test/loss,metrics/accuracy_top1,metrics/accuracy_top5,lr/0"
    (tmp_path / "results.csv").write_text("\n".join([header, *rows]) + "\n")
    report = sm.recommend(sm.read(tmp_path), aim="loss")
    assert (report.question.val_loss, report.recommended.epoch) == ("test/loss", 1)


def test_settings_are_those_of_the_trainer(tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text(padded(V5, v5(), 20))
    source = Source(tmp_path / "results.csv", (tmp_path / "results.csv",), "run")
    assert ultralytics.hparams(source) == {}
    (tmp_path / "opt.yaml").write_text("weights: yolov5s.pt\nepochs: 5\n")
    (tmp_path / "hyp.yaml").write_text("lr0: 0.01\n")
    assert ultralytics.hparams(source) == {"weights": "yolov5s.pt", "epochs": 5, "lr0": 0.01}
    (tmp_path / "args.yaml").write_text("model: yolov8n.pt\n")
    assert ultralytics.hparams(source) == {"model": "yolov8n.pt"}


def test_f1_of_yolov3_is_no_map() -> None:
    content = "".join(text_row(at, 0.7, b) for at, b in enumerate(LOOSE))
    path = Path("results.txt")
    run = ultralytics.read(Source(path, (path,), "run", data=content.encode()))
    assert "metrics/F1" in run.series and "metrics/mAP_0.5:0.95" not in run.series


@pytest.mark.parametrize(
    "header", ["epoch,train/loss,val/loss\n1,2,3\n", "epoch,loss,val_loss\n1,2,3\n", "0/1 4.05G 1 2\n"]
)
def test_other_logs_are_left_alone(header: str) -> None:
    assert ultralytics.sniff(Path("results.csv"), header.encode()) == 0


@given(st.integers(0, len(TEXT) - 1))
def test_a_text_cut_anywhere_tells_no_other_epoch(stop: int) -> None:
    path = Path("results.txt")
    data = TEXT[:stop].encode()
    if not ultralytics.sniff(path, data):
        return
    try:
        run = ultralytics.read(Source(path, (path,), "run", data=data))
    except SelectModelError:
        return
    whole = TEXT[:stop].count("\n")
    assert run.series["val/box_loss"].epochs.tolist() == list(range(whole))
    assert run.series["metrics/mAP_0.5:0.95"].values.tolist() == STRICT[:whole]


@given(st.integers(0, len(TEXT) - 1), st.integers(0, 7))
def test_a_damaged_text_is_read_or_refused(at: int, bit: int) -> None:
    data = bytearray(TEXT.encode())
    data[at] ^= 1 << bit
    path = Path("results.txt")
    if ultralytics.sniff(path, bytes(data)):
        try:
            run = ultralytics.read(Source(path, (path,), "run", data=bytes(data)))
        except SelectModelError:
            return
        assert set(run.series["val/box_loss"].epochs.tolist()) <= set(range(100))


def test_the_sample_of_this_repository() -> None:
    run = sm.read(SAMPLES / "ultralytics")
    assert run.format == "ultralytics" and not run.notes
    for metric, epoch in (("val/loss:min", 21), ("metrics/accuracy_top1:max", 13)):
        assert sm.recommend(run, metric=metric, rule="best", checkpoints="off").recommended.epoch == epoch
    for rule, file in (("ultralytics", "epoch12.pt"), ("last", "last.pt")):
        assert Path(sm.recommend(run, rule=rule).recommended.checkpoint or "").name == file
