"""A log whose end is missing degrades where a later file, step or checkpoint shows that the training went on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slow_events as slow

import selectmodel as sm

N = 10


def records(first: int, last: int, tag: str = "val_acc", places: int = 100) -> list[bytes]:
    """Epochs ``first`` to ``last``, both included: three records each."""
    out = []
    for epoch in range(first, last + 1):
        for name, value in (("epoch", epoch), ("train_loss", 1 / (epoch + 2)), (tag, 0.6 + epoch / 40)):
            out.append(slow.scalar(name, places * epoch + places - 1, value))
    return out


def write(folder: Path, *files: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for count, content in enumerate(files):
        name = f"events.out.tfevents.{1_700_000_000 + 100 * count}.host.7.{count}"
        (folder / name).write_bytes(slow.version() + content)
    return folder


def notes(log: Path) -> dict[str, bool]:
    return {note.code: note.degrades for note in sm.recommend(sm.read(log)).notes}


def gated(log: Path) -> str:
    require = {"allow_running": True}
    return sm.gate(sm.read(log), conditions=[{"metric": "val_acc", "min": 0.5}], require=require).result


def joined(parts: list[bytes], cut: int = 0) -> bytes:
    content = b"".join(parts)
    return content[: len(content) - cut]


def test_a_torn_end_alone_is_what_a_running_training_leaves(tmp_path: Path) -> None:
    log = write(tmp_path, joined(records(0, 7), cut=7))
    assert notes(log)["SM131"] is False
    assert gated(log) == "pass"


@pytest.mark.parametrize("cut", [1, 7, 20, 60, 100])
def test_a_torn_file_that_another_goes_on_after(tmp_path: Path, cut: int) -> None:
    log = write(tmp_path, joined(records(0, 5), cut=cut), joined(records(6, 9)))
    assert notes(log)["SM146"] is True
    assert gated(log) == "refused"


def test_what_a_resumed_training_logs_again_is_not_lost(tmp_path: Path) -> None:
    log = write(tmp_path, joined(records(0, 5), cut=7), joined(records(5, 9)))
    assert "SM146" not in notes(log)


def test_a_torn_file_beside_another_folder_that_goes_on(tmp_path: Path) -> None:
    write(tmp_path / "train", joined([slow.keras("epoch_loss", step, 1 / (step + 1)) for step in range(6)], cut=5))
    whole = joined([slow.keras("epoch_loss", step, 1 / (step + 1)) for step in range(9)])
    write(tmp_path / "validation", whole)
    assert notes(tmp_path)["SM146"] is True


def test_one_writer_may_be_quicker_than_the_other(tmp_path: Path) -> None:
    write(tmp_path / "train", joined([slow.keras("epoch_loss", step, 1 / (step + 1)) for step in range(6)], cut=5))
    whole = joined([slow.keras("epoch_loss", step, 1 / (step + 1)) for step in range(6)])
    write(tmp_path / "validation", whole)
    assert "SM146" not in notes(tmp_path)


CHECKPOINTS = {
    "Lightning": ("checkpoints/epoch={epoch}-step={steps}.ckpt", "events"),
    "Hugging Face": ("checkpoint-{steps}/x", "steps"),
    "Keras": ("weights.{one:02d}-{value}.h5", "table"),
}


def logged(folder: Path, kind: str, last: int) -> Path:
    if kind == "events":
        return write(folder, joined(records(0, last)))
    if kind == "steps":
        parts = [slow.scalar("eval/accuracy", 100 * (e + 1), 0.6 + e / 40) for e in range(last + 1)]
        return write(folder, joined(parts))
    rows = "".join(f"{e},{1 / (e + 2):.4f},{value(e)}\n" for e in range(last + 1))
    (folder / "training.csv").write_text("epoch,loss,val_loss\n" + rows, "utf-8")
    return folder


def value(epoch: int) -> str:
    return f"{0.9 - epoch / 40:.4f}"


def save(folder: Path, name: str, epochs: range) -> None:
    for epoch in epochs:
        path = folder / name.format(epoch=epoch, one=epoch + 1, steps=100 * (epoch + 1), value=value(epoch))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("weights", "utf-8")


@pytest.mark.parametrize("last", [4, 7, 8])
@pytest.mark.parametrize(("name", "kind"), CHECKPOINTS.values(), ids=list(CHECKPOINTS))
def test_files_of_epochs_that_the_log_does_not_reach(tmp_path: Path, name: str, kind: str, last: int) -> None:
    log = logged(tmp_path, kind, last)
    save(tmp_path, name, range(N))
    assert notes(log).get("SM147") is True


@pytest.mark.parametrize(("name", "kind"), CHECKPOINTS.values(), ids=list(CHECKPOINTS))
def test_files_that_the_log_reaches_say_nothing(tmp_path: Path, name: str, kind: str) -> None:
    log = logged(tmp_path, kind, N - 1)
    save(tmp_path, name, range(N))
    assert "SM147" not in notes(log)


def test_a_file_before_the_next_value_is_due_says_nothing(tmp_path: Path) -> None:
    """Trainers save at the last step, be it logged or not."""
    log = logged(tmp_path, "steps", N - 1)
    save(tmp_path, "checkpoint-{steps}/x", range(N))
    (tmp_path / "checkpoint-1060").mkdir()
    assert "SM147" not in notes(log)


def test_of_several_logs_in_a_folder_nobody_knows_whose_the_files_are(tmp_path: Path) -> None:
    logged(tmp_path, "table", 4)
    (tmp_path / "other.csv").write_text("epoch,loss,val_loss\n0,1,1\n1,1,1\n", "utf-8")
    save(tmp_path, "weights.{one:02d}-{value}.h5", range(N))
    assert "SM147" not in notes(tmp_path / "training.csv")


def test_files_of_another_kind_say_nothing(tmp_path: Path) -> None:
    log = logged(tmp_path, "table", N - 1)
    save(tmp_path, "weights.{one:02d}-{value}.h5", range(N))
    (tmp_path / "other_epoch_99.h5").write_text("weights", "utf-8")
    assert "SM147" not in notes(log)


def test_the_last_and_the_best_of_a_log_that_is_cut_are_in_no_file(tmp_path: Path) -> None:
    """They are of epochs that the log does not hold: neither is taken for its last or its best epoch."""
    log = logged(tmp_path, "table", 5)
    save(tmp_path, "weights.{one:02d}-{value}.h5", range(0, N, 2))
    (tmp_path / "last.h5").write_text("weights", "utf-8")
    (tmp_path / "best.h5").write_text("weights", "utf-8")
    report = sm.recommend(sm.read(log), rule="best")
    assert report.recommended.checkpoint is not None and report.recommended.checkpoint.endswith(f"-{value(4)}.h5")
    assert "SM147" in [note.code for note in report.notes]


def test_a_step_whose_epoch_was_lost_is_not_of_the_epoch_before_it(tmp_path: Path) -> None:
    parts = records(0, 9)
    del parts[3 * 5]
    run = sm.read(write(tmp_path, joined(parts)))
    (told,) = [note.message for note in run.notes if note.code == "SM149"]
    assert "no record at step 599" in told
    series = next(one for name, one in run.series.items() if "loss" in name and 599 in one.steps)
    epochs = series.epochs[series.steps == 599]
    assert np.isnan(epochs).all() and len(epochs) == 1


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), 1e38, 0.0, -3.0])
def test_a_tag_that_is_no_epoch_at_a_step(tmp_path: Path, wrong: float) -> None:
    parts = records(0, 9)
    parts[3 * 5] = slow.scalar("epoch", 599, wrong)
    run = sm.read(write(tmp_path, joined(parts)))
    assert "SM149" in [note.code for note in run.notes]
    assert [str(epoch) for epoch in run.series["val_acc"].epochs[4:7]] == ["4.0", "nan", "6.0"]


@pytest.mark.parametrize("wrong", [2.4, 9.0, 11.0])
def test_a_tag_that_tells_two_epochs_of_a_step(tmp_path: Path, wrong: float) -> None:
    parts = records(0, 9)
    run = sm.read(write(tmp_path, joined([*parts[:27], slow.scalar("epoch", 999, wrong + 0.5), *parts[27:]])))
    assert "SM149" in [note.code for note in run.notes]


def test_an_epoch_that_is_told_again_later_takes_no_other_back(tmp_path: Path) -> None:
    run = sm.read(write(tmp_path, joined([*records(0, 9), slow.scalar("epoch", 399, 3.6)])))
    assert "SM149" in [note.code for note in run.notes]
    assert [str(epoch) for epoch in run.series["val_acc"].epochs[2:6]] == ["2.0", "nan", "4.0", "5.0"]


def test_an_epoch_out_of_order_at_the_end(tmp_path: Path) -> None:
    parts = records(0, 9)
    parts[27] = slow.scalar("epoch", 999, 2.0)
    assert "SM149" in notes(write(tmp_path, joined(parts)))


def test_epochs_that_stay_are_sound(tmp_path: Path) -> None:
    parts = [slow.scalar("epoch", step, step // 3) + slow.scalar("val_acc", step, 0.5 + step / 99) for step in range(9)]
    assert "SM149" not in notes(write(tmp_path, joined(parts)))
