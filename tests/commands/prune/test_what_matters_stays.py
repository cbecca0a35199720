"""Files that matter stay: those that links lead to, another training's, and everything where the target is none."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cli import command

import selectmodel as sm
from selectmodel.commands.prune import answer, removal
from selectmodel.commands.prune.pruning import SavedFile
from selectmodel.policy.policy import Policy

ROWS = [(0.9, 0.5), (0.7, 0.6), (0.5, 0.7), (0.45, 0.75), (0.5, 0.78), (0.6, 0.74), (0.7, 0.73), (0.8, 0.72)]


def trained(folder: Path, names: list[str]) -> Path:
    """A training of eight epochs with these files, over for a long time."""
    folder.mkdir()
    lines = [f"{epoch},{0.9 / (1 + epoch)},{loss},{accuracy}" for epoch, (loss, accuracy) in enumerate(ROWS)]
    (folder / "log.csv").write_text("\n".join(["epoch,loss,val_loss,val_accuracy", *lines]) + "\n")
    for name in names:
        (folder / name).write_bytes(b"w" * 100)
    long_ago(folder)
    return folder


def long_ago(folder: Path) -> None:
    for path in folder.iterdir():
        os.utime(path, (1.6e9, 1.6e9), follow_symlinks=False)


def going(folder: Path, glob: str | None = None) -> list[str]:
    plan = answer.answer(sm.read(folder / "log.csv"), Policy(checkpoint_glob=glob))
    return [Path(file.path).name for file in plan.go]


PLAIN = [f"epoch_{epoch}.pt" for epoch in range(8)]


def test_what_a_link_of_any_name_leads_to_stays(tmp_path: Path) -> None:
    folder = trained(tmp_path / "run", PLAIN)
    assert going(folder) == ["epoch_1.pt", "epoch_2.pt", "epoch_5.pt", "epoch_6.pt"]
    (folder / "latest").symlink_to("epoch_5.pt")
    (folder / "served.bin").symlink_to(folder / "epoch_1.pt")
    (folder / "nowhere").symlink_to("gone")
    long_ago(folder)
    assert going(folder) == ["epoch_2.pt", "epoch_6.pt"]


def test_of_two_trainings_in_one_folder_nothing_goes_until_one_is_named(tmp_path: Path) -> None:
    names = [f"{'a' if epoch < 4 else 'b'}_epoch_{epoch}.pt" for epoch in range(8)]
    folder = trained(tmp_path / "run", names)
    assert going(folder) == []
    assert going(folder, "b_*") and all(name.startswith("b_") for name in going(folder, "b_*"))


def test_a_file_named_unlike_the_others_stays(tmp_path: Path) -> None:
    names = [f"epoch={epoch}-step={100 * epoch + 100}{'-v1' * (epoch == 6)}.ckpt" for epoch in range(8)]
    assert going(trained(tmp_path / "run", names)) == [names[1], names[2], names[5]]


def test_values_in_names_make_no_other_kind(tmp_path: Path) -> None:
    names = [f"weights.{epoch:02d}-{loss}.keras" for epoch, (loss, _) in enumerate(ROWS)]
    assert len(going(trained(tmp_path / "run", names))) == 5


@pytest.mark.parametrize("to", ["log.csv", "log.csv/old", "checkpoint-4/old", "checkpoint-0", "link/x"])
def test_a_target_that_is_no_folder_or_a_checkpoint_is_refused_before_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], to: str
) -> None:
    folder = trained(tmp_path / "run", [])
    for name in [f"checkpoint-{epoch}" for epoch in range(8)]:
        (folder / name).mkdir()
        (folder / name / "model.safetensors").write_bytes(b"w")
    (folder / "link").symlink_to("checkpoint-2")
    lines = (folder / "log.csv").read_text().replace("epoch,", "step,").splitlines()
    (folder / "log.csv").write_text("\n".join(lines) + "\n")
    long_ago(folder)
    told = ["prune", folder / "log.csv", "--checkpoint-offset", "0", "--finished"]
    before = sorted(folder.rglob("*"))
    assert json.loads(command(capsys, *told, "--format", "json").out)["go"]
    done = command(capsys, *told, "--to", folder / to)
    assert done.code == 2 and "name a" in done.err
    assert sorted(folder.rglob("*")) == before


def test_its_record_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = trained(tmp_path / "run", PLAIN)
    before = command(capsys, "pick", folder).out.splitlines()[0]
    assert command(capsys, "prune", folder, "--to", tmp_path / "trash").code == 0
    assert (folder / "selectmodel-pruned.jsonl").exists()
    assert command(capsys, "pick", folder).out.splitlines()[0] == before
    told = [json.loads(line) for line in (folder / "selectmodel-pruned.jsonl").read_text().splitlines()]
    assert {one["to"] for one in told} == {str(tmp_path / "trash")}


def test_the_record_tells_nothing_of_what_could_not_be_removed(tmp_path: Path) -> None:
    folder = trained(tmp_path / "run", PLAIN)
    plan = answer.answer(sm.read(folder / "log.csv"), Policy())
    blocked = tmp_path / "trash"
    moves = removal._moves

    def gone(file: SavedFile, to: Path | None) -> list[tuple[Path, Path]]:
        found = list(moves(file, to))
        if file.path.endswith("epoch_2.pt"):  # another prune was faster
            (folder / "epoch_2.pt").unlink()
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(removal, "_moves", gone)
        with pytest.raises(sm.OutputError, match=r"epoch_2\.pt: No such file"):
            removal.remove(plan, blocked)
    told = [json.loads(line)["checkpoint"] for line in (folder / removal.RECORD).read_text().splitlines()]
    assert [Path(one).name for one in told] == ["epoch_1.pt"] == [path.name for path in blocked.iterdir()]
    assert (folder / "epoch_5.pt").exists()
