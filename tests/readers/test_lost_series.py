"""No series of a log is lost without a word: what hides one in event files, and holes in a validation metric."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import slow_events as slow

from selectmodel.files.opening import ReadOptions, Source
from selectmodel.policy.policy import Policy
from selectmodel.readers import lightning_csv, tensorboard
from selectmodel.readers.tfevents import event_file, many
from selectmodel.records import Run, Series
from selectmodel.selection import recommend

TEXT = slow.tensor(7, slow.bytes_field(8, b"hello")) + slow.metadata("text")
BESIDE = {
    "text": TEXT,
    "hparams": slow.metadata("hparams"),
    "histograms": slow.tensor(2, slow.bytes_field(4, bytes(16)), [2]) + slow.metadata("histograms"),
}


def curve(tag: str, steps: Sequence[int], numbers: Sequence[float] | None = None) -> bytes:
    numbers = [1 / (step + 2) for step in steps] if numbers is None else numbers
    return b"".join(slow.scalar(tag, step, number) for step, number in zip(steps, numbers, strict=True))


def other(tag: str, content: bytes, step: int = 0) -> bytes:
    return slow.record(slow.event(step, slow.value(tag, content)))


def read(folder: Path, *files: bytes) -> Run:
    paths = []
    for at, content in enumerate(files):
        paths.append(folder / f"events.out.tfevents.{at + 1}.host.7.{at}")
        paths[-1].write_bytes(slow.version() + content)
    return tensorboard.read(Source(folder, tuple(paths), folder.name, ReadOptions()))


@pytest.mark.parametrize("plugin", BESIDE)
@pytest.mark.parametrize("count", [1, 9])  # one by one, or as a column
@pytest.mark.parametrize("first", [True, False])
def test_a_value_that_is_no_number_hides_no_series(plugin: str, count: int, first: bool, tmp_path: Path) -> None:
    odd = b"".join(other("val_loss", BESIDE[plugin], step) for step in range(count))
    scalars = curve("val_loss", range(20)) + curve("loss", range(20))
    run = read(tmp_path, odd + scalars if first else scalars + odd)
    assert run.series["val_loss"].steps.tolist() == list(range(20))
    (note,) = run.notes
    assert (note.code, note.level) == ("SM145", "warn") and f"val_loss ({plugin})" in note.message


def test_a_text_of_its_own_tag_is_no_matter(tmp_path: Path) -> None:
    assert not read(tmp_path, other("config", TEXT) + curve("val_loss", range(5))).notes


@pytest.mark.parametrize("named", [1, 20])
def test_numbers_of_another_plugin_are_told(named: int, tmp_path: Path) -> None:
    """A first number that names a plugin speaks for those that name none: then they may be a metric's, or not."""
    number = slow.float_field(2, 0.5)
    odd = b"".join(other("m", number + (slow.metadata("mine") if at < named else b""), at) for at in range(20))
    run = read(tmp_path, odd + curve("val_loss", range(5)))
    assert list(run.series) == ["val_loss"]
    assert [(note.code, note.degrades) for note in run.notes] == [("SM144", named < 20)]
    assert "m (mine)" in run.notes[0].message


def test_a_number_of_another_plugin_inside_a_series_degrades(tmp_path: Path) -> None:
    odd = other("val_loss", slow.float_field(2, 0.01) + slow.metadata("mine"), 9)
    scalars = b"".join(slow.keras("val_loss", step, 0.5) for step in range(9))
    run = read(tmp_path, scalars + odd)
    assert run.series["val_loss"].steps.tolist() == list(range(9))
    assert run.degraded and [note.code for note in run.notes] == ["SM144"]


def test_files_read_together_tell_the_same(tmp_path: Path) -> None:
    contents = [curve("m", range(9)), other("m", TEXT) + curve("m", range(9)), curve("m", range(9)) + other("m", TEXT)]
    paths = [tmp_path / f"events.out.tfevents.{at}" for at in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    together = many.read_many(paths)
    assert [file.beside for file in together if isinstance(file, event_file.EventFile)] == [
        event_file.read_file(path).beside for path in paths
    ]


def test_an_evaluation_between_two_fits_of_one_training_is_kept(tmp_path: Path) -> None:
    fits = [curve("train_loss", range(0, 10)), curve("train_loss", range(10, 20)), curve("train_loss", range(20, 30))]
    evaluations = [curve("val_acc", [step], [0.5 + step / 100]) for step in (9, 19, 29)]
    run = read(tmp_path, *(part for pair in zip(fits, evaluations, strict=True) for part in pair))
    assert run.series["val_acc"].steps.tolist() == [9, 19, 29]
    assert not run.notes


def test_an_evaluation_in_turn_is_kept_and_one_at_once_after_the_last_is_not(tmp_path: Path) -> None:
    fit = curve("train_loss", range(0, 21, 4)) + curve("val_acc", [4, 9, 14, 19], [0.5, 0.6, 0.7, 0.8])
    (tmp_path / "in_turn").mkdir()
    run = read(tmp_path / "in_turn", fit, curve("val_acc", [24], [0.9]))
    assert run.series["val_acc"].steps.tolist() == [4, 9, 14, 19, 24] and not run.notes
    (tmp_path / "one_twice").mkdir()
    again = curve("val_acc", [19], [0.8])
    run = read(tmp_path / "one_twice", fit + again, curve("val_acc", [24], [0.9]))
    assert run.series["val_acc"].steps.tolist() == [4, 9, 14, 19, 24]
    run = read(tmp_path, fit, curve("val_acc", [20], [0.9]))
    assert run.series["val_acc"].steps.tolist() == [4, 9, 14, 19]
    assert [(note.code, note.degrades) for note in run.notes] == [("SM138", False)]


def test_an_evaluation_before_a_training_that_starts_over_is_of_no_epoch(tmp_path: Path) -> None:
    fit = curve("train_loss", range(10)) + curve("val_acc", [4, 9])
    run = read(tmp_path, fit, curve("val_acc", [10], [0.99]), curve("train_loss", range(20)) + curve("val_acc", [4, 9]))
    assert run.series["val_acc"].steps.tolist() == [4, 9]
    assert "SM138" in [note.code for note in run.notes]


def test_the_only_validation_of_a_log_is_not_left_out_in_silence(tmp_path: Path) -> None:
    run = read(tmp_path, curve("train_loss", range(10)), curve("val_acc", [9]))
    assert [(note.code, note.level, note.degrades) for note in run.notes] == [("SM138", "warn", True)]
    assert "no other value of val_acc" in run.notes[0].message
    (tmp_path / "test").mkdir()
    run = read(tmp_path / "test", curve("train_loss", range(10)), curve("test_acc", [9]))
    assert not run.degraded  # a test belongs after the training


def run_of(**logged: dict[int, float]) -> Run:
    series = {name: Series.of(name, [*points], [*points], [*points.values()]) for name, points in logged.items()}
    return Run("run", "log", "test", series)


def told(run: Run) -> list[str]:
    return [note.message for note in recommend.decide(run, Policy()).asked.notes if note.code == "SM175"]


EPOCHS = range(20)
LOSS = {epoch: 1 / (epoch + 1) for epoch in EPOCHS}


@pytest.mark.parametrize(
    ("blank", "where"),
    [([12], "epoch 12"), ([0], "epoch 0"), ([19], "epoch 19"), ([3, 4, 9, 19], "epochs 3–4, 9, 19")],
)
def test_blank_cells_of_the_monitored_metric_are_told(blank: list[int], where: str) -> None:
    score = {epoch: 0.5 + epoch / 100 for epoch in EPOCHS if epoch not in blank}
    (message,) = told(run_of(accuracy=LOSS, val_loss=LOSS, val_accuracy=score))
    assert "val_accuracy" in message and where in message


def test_a_validation_that_is_blank_altogether_at_one_epoch_is_told() -> None:
    score = {epoch: value for epoch, value in LOSS.items() if epoch != 7}
    (message,) = told(run_of(loss=LOSS, val_loss=score))
    assert "epoch 7" in message


@pytest.mark.parametrize(
    "logged",
    [
        [*EPOCHS],
        [*range(0, 20, 5)],  # evaluated at every fifth epoch
        [*range(4, 20, 5)],
        [*range(0, 20, 2)],
        [*range(0, 10)],  # evaluated up to the middle, and the training goes on
        [0, 3, 4, 9, 15, 16],  # at no interval
        [2],
    ],
)
def test_a_metric_that_is_logged_less_often_has_no_holes(logged: list[int]) -> None:
    assert not told(run_of(loss=LOSS, val_loss={epoch: LOSS[epoch] for epoch in logged}))


def test_a_metric_that_is_compared_at_every_fifth_epoch_has_no_holes() -> None:
    assert not told(run_of(val_loss=LOSS, val_accuracy={epoch: 0.5 + epoch / 100 for epoch in range(4, 20, 5)}))


def test_holes_that_are_not_neighbours_are_no_range() -> None:
    (message,) = told(run_of(loss=LOSS, val_loss={epoch: LOSS[epoch] for epoch in EPOCHS if epoch not in (3, 9, 15)}))
    assert "epochs 3, 9, 15" in message


def test_a_header_in_the_middle_of_a_lightning_log_is_told(tmp_path: Path) -> None:
    header, path = "epoch,step,train_loss,val_acc\n", tmp_path / "metrics.csv"
    rows = [f"{epoch},{10 * epoch + 9},,0.{epoch + 3}\n{epoch},{10 * epoch + 9},0.5,\n" for epoch in range(4)]
    path.write_text(header + "".join(rows[:2]) + header + "".join(rows[2:]), encoding="utf-8")
    run = lightning_csv.read(Source(path, (path,), path.name, ReadOptions()))
    assert run.series["val_acc"].steps.tolist() == [9, 19, 29, 39]
    assert [(note.code, note.where) for note in run.notes] == [("SM107", "metrics.csv:6")]
