"""Weights in several files: what lacks one of them cannot be loaded, and is neither shipped nor kept for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from cli import command

from selectmodel.files.checkpoints import listing

WHOLE = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"]


def saved(folder: Path, names: Iterable[str], *, empty: Iterable[str] = ()) -> None:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("" if name in empty else "weights")


@pytest.mark.parametrize(
    ("names", "empty", "told"),
    [
        (WHOLE, [], ""),
        (["model.safetensors"], [], ""),
        ([f"data-{at:05d}-of-00002.arrow" for at in range(2)], [], ""),  # some count from 0
        ([*WHOLE, "model-00001-of-00003.safetensors"], [], ""),  # what is left of an earlier writing
        (WHOLE[:1], [], "lacks 1 of 2 parts: model-00002-of-00002.safetensors"),
        (WHOLE, WHOLE[:1], "lacks 1 of 2 parts: model-00001-of-00002.safetensors"),
        (["pytorch_model-00002-of-00003.bin"], [], "lacks 2 of 3 parts, such as pytorch_model-00001-of-00003.bin"),
    ],
)
@pytest.mark.parametrize("name", ["checkpoint-500", "epoch_3"])
def test_a_folder_of_parts_is_used_whole_or_not_at_all(
    tmp_path: Path, name: str, names: list[str], empty: list[str], told: str
) -> None:
    saved(tmp_path / name, names, empty=empty)
    found, notes = listing.listing(tmp_path)
    assert [item.path for item in found] == ([] if told else [name])
    assert [note.message for note in notes] == ([f"{told}; it is not used"] if told else [])


def test_what_lacks_a_part_is_not_shipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss,val_loss\n0,1.0,0.9\n1,0.9,0.4\n2,0.8,0.3\n3,0.7,0.5\n")
    for epoch in range(4):
        saved(tmp_path / f"epoch_{epoch}", WHOLE[:1] if epoch == 2 else WHOLE)
    done = command(capsys, "pick", log, "--copy-to", tmp_path / "ship")
    assert (done.code, done.out.startswith("Ship epoch 1 ")) == (0, True), done.out
    assert sorted(path.name for path in (tmp_path / "ship/epoch_1").iterdir()) == WHOLE
    pruned = command(capsys, "prune", log, "--finished")
    kept = [line.split()[1] for line in pruned.out.splitlines() if line.startswith("stays ")]
    assert "epoch_1" in kept
