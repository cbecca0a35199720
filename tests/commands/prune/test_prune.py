"""What ``prune`` keeps, what it takes away, and what it refuses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cli import command

import selectmodel as sm
from selectmodel.commands.prune import removal
from selectmodel.files.growth import still_growing

#: Accuracy is best at epoch 3, the loss at epoch 2, and 5 is the last.
LOG = "epoch,loss,val_loss,val_accuracy\n" + "".join(
    f"{epoch},{1 / (epoch + 1):.4f},{loss},{accuracy}\n"
    for epoch, (loss, accuracy) in enumerate(
        [(0.9, 0.60), (0.7, 0.70), (0.5, 0.80), (0.6, 0.90), (0.8, 0.75), (1.0, 0.65)]
    )
)


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a training that ended long ago: weights of epochs 0 to 5, and a state of the optimizer of epoch 1."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text(LOG)
    ckpt = tmp_path / "ckpt"
    ckpt.mkdir()
    for epoch in range(6):
        (ckpt / f"model_{epoch}.pt").write_bytes(b"w" * 1000)
    (ckpt / "optimizer_1.pt").write_bytes(b"o" * 500)
    _age(tmp_path)
    return tmp_path


def _age(folder: Path, seconds: float = 86400.0) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (path.stat().st_mtime - seconds,) * 2, follow_symlinks=False)


def _names(files: tuple[object, ...]) -> list[str]:
    return [Path(file.path).name for file in files]  # type: ignore[attr-defined]


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "ckpt").iterdir() if path.name != removal.RECORD)


def test_what_stays_and_what_can_go(trained: Path) -> None:
    plan = sm.prune("log.csv")
    assert {Path(file.path).name: file.why for file in plan.keep} == {
        "model_0.pt": "its number tells how the names count epochs",
        "model_2.pt": "recommended where the aim is loss",
        "model_3.pt": "recommended",
        "model_5.pt": "the last one saved",
    }
    assert _names(plan.go) == ["model_1.pt", "model_4.pt"]
    assert [file.size for file in plan.go] == [1500, 1000]
    assert [Path(one).name for one in plan.go[0].also] == ["optimizer_1.pt"]
    assert _left(trained) == [*(f"model_{epoch}.pt" for epoch in range(6)), "optimizer_1.pt"]


def test_every_aim_still_recommends_what_it_did(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {aim: sm.recommend("log.csv", aim=aim).recommended.checkpoint for aim in ("accuracy", "loss", "both")}
    assert command(capsys, "prune", "log.csv", "--yes").code == 0
    assert _left(trained) == ["model_0.pt", "model_2.pt", "model_3.pt", "model_5.pt"]
    assert {aim: sm.recommend("log.csv", aim=aim).recommended.checkpoint for aim in before} == before


def test_nothing_is_removed_without_being_told(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _left(trained)
    done = command(capsys, "prune", "log.csv")
    assert done.code == 0 and "2 checkpoints (2.5 kB) can go" in done.out and "--yes" in done.out
    assert _left(trained) == before and not (trained / "ckpt" / removal.RECORD).exists()


def test_moved_with_a_record_of_each(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "prune", "log.csv", "--to", "trash", "--format", "json")
    assert done.code == 0
    answer = json.loads(done.out)
    assert answer["action"] == "moved" and answer["to"] == "trash"
    moved = sorted(path.name for path in (trained / "trash").iterdir())
    assert moved == ["model_1.pt", "model_4.pt", "optimizer_1.pt"]
    record = [json.loads(line) for line in Path(answer["record"]).read_text().splitlines()]
    assert [(Path(line["checkpoint"]).name, line["epoch"], line["action"]) for line in record] == [
        ("model_1.pt", 1, "moved"), ("model_4.pt", 4, "moved"),
    ]  # fmt: skip


def test_what_lies_in_the_trash_is_never_replaced(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _left(trained)
    (trained / "trash").mkdir()
    (trained / "trash" / "model_4.pt").write_text("another")
    done = command(capsys, "prune", "log.csv", "--to", "trash")
    assert done.code == 2 and "model_4.pt is there already" in done.err
    assert _left(trained) == before and (trained / "trash" / "model_4.pt").read_text() == "another"


def test_never_while_the_training_may_go_on(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = _left(trained)
    (trained / "log.csv").touch()
    assert "the training may not be over: log.csv was written" in " ".join(
        command(capsys, "prune", "log.csv").out.split()
    )
    done = command(capsys, "prune", "log.csv", "--yes")
    assert done.code == 3 and "--finished" in done.err and _left(trained) == before
    assert command(capsys, "prune", "log.csv", "--yes", "--finished").code == 0
    assert _left(trained) != before


def test_a_slow_training_is_given_its_time(tmp_path: Path) -> None:
    """Two hours between checkpoints: an hour of silence says nothing."""
    files = []
    for place in range(4):
        file = tmp_path / f"model_{place}.pt"
        file.write_text("w")
        os.utime(file, (7200.0 * place,) * 2)
        files.append(str(file))
    last = 3 * 7200.0
    assert "6 hours" in still_growing([], files, last + 3600)
    assert still_growing([], files, last + 3 * 7200 + 1) == ""
    assert still_growing([], [], 0.0) == ""


def test_files_of_uncertain_epoch_stay(trained: Path) -> None:
    ckpt = trained / "ckpt"
    for name in ("best.pt", "last.pt", "model_77.pt", "model_4.ckpt", "notes.txt"):
        (ckpt / name).write_text("x")
    _age(trained)
    plan = sm.prune("log.csv", checkpoint_offset=0)
    stays = {Path(file.path).name: file.why for file in plan.keep}
    assert stays["best.pt"] == "its name says best" and stays["last.pt"] == "its name says last"
    assert stays["model_77.pt"] == "its epoch is not known"
    assert stays["model_4.pt"] == stays["model_4.ckpt"] == "one of several files of its epoch"
    assert "notes.txt" not in stays and _names(plan.go) == ["model_0.pt", "model_1.pt"]


def test_how_names_count_is_not_assumed(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the first and the last file the names may count from 0 or from 1: one of them would lose the best."""
    for epoch in (0, 5):
        (trained / "ckpt" / f"model_{epoch}.pt").unlink()
    before = _left(trained)
    done = command(capsys, "prune", "log.csv", "--yes", "--finished")
    assert done.code == 2 and "--checkpoint-offset" in done.err and _left(trained) == before
    assert command(capsys, "prune", "log.csv", "--yes", "--finished", "--checkpoint-offset", "0").code == 0


@pytest.mark.parametrize("counts_from", [0, 1])
def test_names_count_afterwards_as_before(trained: Path, capsys: pytest.CaptureFixture[str], counts_from: int) -> None:
    """The log begins with epoch 1; names that count from 0 or 1 are told apart by their first and last numbers."""
    header, *rows = LOG.splitlines()
    (trained / "log.csv").write_text("\n".join([header, *(f"{n}{row[1:]}" for n, row in enumerate(rows, 1)), ""]))
    ckpt = trained / "ckpt"
    for epoch in reversed(range(6)):
        (ckpt / f"model_{epoch}.pt").rename(ckpt / f"model_{epoch + counts_from}.pt")
    _age(trained)
    before = sm.recommend("log.csv").recommended.checkpoint
    assert Path(str(before)).name == f"model_{3 + counts_from}.pt"
    assert command(capsys, "prune", "log.csv", "--yes").code == 0
    after = sm.recommend("log.csv")
    assert after.recommended.checkpoint == before
    assert not any(note.code == "SM152" for note in after.notes)


def test_what_a_link_leads_to_stays(trained: Path) -> None:
    (trained / "ckpt" / "last.pt").symlink_to("model_4.pt")
    _age(trained)
    plan = sm.prune("log.csv")
    stays = {Path(file.path).name: file.why for file in plan.keep}
    assert stays["model_4.pt"] == "last.pt is a link to it"


def test_what_cannot_be_told_apart_can_be_kept(trained: Path) -> None:
    (trained / "log.csv").write_text("epoch,val_accuracy\n0,0.4\n1,0.6\n2,0.8\n3,0.9\n4,0.875\n5,0.7\n")
    all_of_it = sm.prune("log.csv", val_size=40)
    kept = sm.prune("log.csv", val_size=40, keep_alike=True)
    assert set(_names(kept.go)) < set(_names(all_of_it.go))
    assert any(file.why.startswith("cannot be told apart") for file in kept.keep)


def test_a_link_inside_a_folder_is_not_followed(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = trained / "outside.bin"
    outside.write_text("mine")
    ckpt = trained / "ckpt"
    (ckpt / "model_1.pt").unlink()
    folder = ckpt / "model_1.pt"
    folder.mkdir()
    (folder / "weights.bin").write_text("w")
    (folder / "link").symlink_to(outside)
    _age(trained)
    done = command(capsys, "prune", "log.csv", "--yes")
    assert done.code == 3 and "is a link inside a checkpoint folder" in done.err
    assert outside.read_text() == "mine" and (ckpt / "model_4.pt").exists()


def test_the_record_is_added_to_and_no_other_file_is(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = trained / "ckpt" / removal.RECORD
    record.write_text("my own notes\n")
    _age(trained)
    done = command(capsys, "prune", "log.csv", "--yes")
    assert done.code == 2 and "not a record" in done.err and record.read_text() == "my own notes\n"
    record.unlink()
    assert command(capsys, "prune", "log.csv", "--yes").code == 0
    (trained / "ckpt" / "model_1.pt").write_text("again")
    _age(trained)
    assert command(capsys, "prune", "log.csv", "--yes", "--finished").code == 0
    assert len(record.read_text().splitlines()) == 3


def test_without_checkpoints_there_is_nothing_to_judge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log.csv").write_text(LOG)
    done = command(capsys, "prune", tmp_path / "log.csv")
    assert done.code == 3 and "--checkpoints DIR" in done.err
