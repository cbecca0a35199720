"""A checkpoint that is a link out of its folder is not shipped unless the user says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import command, logged

LOG = "epoch,loss,val_loss,val_accuracy\n0,1.0,1.1,0.4\n1,0.6,0.8,0.6\n2,0.4,0.6,0.7\n"
PICK = ("pick", "training.csv", "--checkpoints", "ckpt", "--checkpoint-offset", "0", "--aim", "loss")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Checkpoints of epochs 0 and 1; that of epoch 2 is for the test to make. A secret lies beside the folder."""
    logged(tmp_path, monkeypatch, LOG)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("KEY")
    (tmp_path / "ckpt").mkdir()
    for epoch in range(2):
        (tmp_path / "ckpt" / f"m_epoch={epoch}.ckpt").write_text("weights")
    return tmp_path


@pytest.mark.parametrize("target", ["../secret/key", "../secret", "/etc/hostname", "inside/../../secret/key"])
def test_a_link_out_is_not_used(target: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ckpt" / "inside").mkdir()
    (folder / "ckpt" / "m_epoch=2.ckpt").symlink_to(target)
    done = command(capsys, *PICK, "--copy-to", "out")
    assert (done.code, done.out, (folder / "out").exists()) == (3, "", False)
    assert "m_epoch=2.ckpt" in done.err and "--follow-links" in done.err
    assert "--follow-links" in command(capsys, *PICK).out
    gate = ("gate", *PICK[1:], "--checkpoint", "always", "--min", "val_accuracy=0.5")
    assert command(capsys, *gate).code == 1
    assert command(capsys, *gate, "--follow-links").code == 0
    assert command(capsys, *PICK, "--copy-to", "out", "--follow-links").code == 0
    assert (folder / "out" / "m_epoch=2.ckpt").exists()


def test_one_part_of_a_tensorflow_checkpoint_is_enough(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ckpt" / "m_epoch=2.ckpt.index").write_text("index")
    (folder / "ckpt" / "m_epoch=2.ckpt.data-00000-of-00001").symlink_to("../secret/key")
    assert command(capsys, *PICK, "--copy-to", "out").code == 3
    assert not (folder / "out").exists()


def test_a_link_within_and_a_folder_that_is_a_link(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ckpt" / "m_epoch=2.ckpt").symlink_to("m_epoch=1.ckpt")
    (folder / "ckpt").rename(folder / "elsewhere")
    (folder / "ckpt").symlink_to("elsewhere")
    assert command(capsys, *PICK, "--copy-to", "out").code == 0
    assert (folder / "out" / "m_epoch=2.ckpt").read_text() == "weights"
    assert not (folder / "out" / "m_epoch=2.ckpt").is_symlink()


def test_a_file_is_not_put_in_the_place_of_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ckpt" / "m_epoch=2.ckpt").write_text("weights")
    (folder / "out" / "m_epoch=2.ckpt").mkdir(parents=True)
    (folder / "out" / "m_epoch=2.ckpt" / "mine").write_text("mine")
    done = command(capsys, *PICK, "--copy-to", "out", "--force")
    assert (done.code, "is a folder" in done.err) == (2, True)
    assert [path.name for path in (folder / "out").rglob("*")] == ["m_epoch=2.ckpt", "mine"]
