"""Files that are called as checkpoints and hold nothing were found: no answer says that none was."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import command

import selectmodel

LOG = "epoch,val_loss,loss\n" + "".join(f"{at},{abs(at - 5) / 10 + 0.3},0.2\n" for at in range(9))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "log.csv").write_text(LOG, encoding="utf-8")
    for at in (2, 5):
        (tmp_path / f"model_epoch_{at}.pt").write_bytes(b"")
    return tmp_path / "log.csv"


ASKED = {
    "pick": ("pick",),
    "in a folder": ("pick", "--checkpoints", "{folder}"),
    "to copy": ("pick", "--copy-to", "{folder}/best"),
    "gate": ("gate", "--max", "val_loss=9", "--checkpoint", "always"),
    "only saved": ("pick", "--only-saved"),
    "in a page": ("pick", "--format", "html"),
    "in JSON": ("pick", "--format", "json"),
    "prune": ("prune",),
    "next": ("next",),
}


@pytest.mark.parametrize("how", ASKED)
def test_it_is_said_that_they_are_empty(how: str, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, *flags = ASKED[how]
    done = command(capsys, name, log, *(flag.format(folder=log.parent) for flag in flags))
    said = " ".join((done.out + done.err).split())
    assert "empty (0 bytes)" in said
    assert "no checkpoints found" not in said and "no checkpoints were found" not in said
    assert "holds no checkpoint" not in said


def test_one_is_told_as_one(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (log.parent / "model_epoch_2.pt").unlink()
    assert "1 checkpoint file found, which is empty (0 bytes)" in command(capsys, "pick", log).out


def test_of_several_reasons_none_is_given_to_all(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (log.parent / "model_epoch_7.pt").symlink_to(log.parent / "gone.pt")
    assert "3 checkpoint files found, none of which can be used" in command(capsys, "pick", log).out


def test_a_file_that_holds_something_is_named_all_the_same(log: Path) -> None:
    (log.parent / "model_epoch_5.pt").write_bytes(b"x")
    assert selectmodel.recommend(log).recommended.checkpoint == str(log.parent / "model_epoch_5.pt")


def test_parts_beside_each_other_are_told_to_need_folders(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for at in (2, 5):
        (log.parent / f"model_epoch_{at}.pt").unlink()
        for part in (1, 2):
            (log.parent / f"epoch_{at}-0000{part}-of-00002.safetensors").write_bytes(b"x")
    said = " ".join(command(capsys, "pick", log).out.split())
    assert "2 checkpoint files found, each of which is one of a checkpoint's parts, which need a folder" in said
    folder = log.parent / "epoch_5"
    folder.mkdir()
    for part in log.parent.glob("epoch_5-*"):
        part.rename(folder / part.name)
    assert selectmodel.recommend(log).recommended.checkpoint == str(folder)


def test_the_parts_of_a_model_that_counts_nothing_are_no_checkpoints_of_an_epoch(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for at in (2, 5):
        (log.parent / f"model_epoch_{at}.pt").unlink()
    (log.parent / "model-00001-of-00002.safetensors").write_bytes(b"x")
    assert "no checkpoints found" in command(capsys, "pick", log).out
