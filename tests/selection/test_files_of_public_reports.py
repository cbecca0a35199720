"""Logs rebuilt from public reports, and the file that must be found beside each, or must not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli import command

from selectmodel.files.checkpoints.listing import listing

LOGS = Path(__file__).parent / "logs"


@pytest.mark.parametrize(
    ("log", "epoch", "file"),
    [
        ("yolo", 22, "yolo/weights/best.pt"),
        ("validated_in_epochs", 2, "version_0/checkpoints/best-02-0.511.ckpt"),
    ],
)
def test_the_best_is_found(log: str, epoch: int, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(capsys, "pick", LOGS / log, "--print", "epoch").out.strip() == str(epoch)
    assert command(capsys, "pick", LOGS / log, "--print", "checkpoint").out.strip().endswith(file)


@pytest.mark.parametrize("where", [(), ("--checkpoints", "elsewhere")])
def test_no_gate_passes_a_checkpoint_that_the_log_only_names(
    where: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """TensorFlow's estimator logs which checkpoint it evaluated, and deletes all but the last five."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(LOGS / "tf1_estimator", "run")
    Path("elsewhere").mkdir()
    gate = ("gate", "run", "--max", "eval/loss=12", "--checkpoint", "always", *where)
    done = command(capsys, *gate)
    assert done.code == 1
    assert "no checkpoint file of the recommended step 480 is known" in " ".join(done.out.split())
    assert command(capsys, "pick", "run", "--only-saved", "--print", "checkpoint", *where).code == 3
    folder = Path("elsewhere" if where else "run")
    for part in ("index", "data-00000-of-00001"):
        (folder / f"model.ckpt-480.{part}").write_bytes(b"w")
    assert [item.step for item in listing(folder)[0]] == [480]
    assert command(capsys, *gate).code == 0
    assert command(capsys, "pick", "run", "--only-saved", "--print", "checkpoint", *where).out.strip() == str(
        folder / "model.ckpt-480"
    )
