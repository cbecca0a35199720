"""Folders whose names begin with other words, ``unet_epoch_7/``, are checkpoints where they hold weights."""

from pathlib import Path

import pytest

from selectmodel.files.checkpoints.listing import listing
from selectmodel.records import Checkpoint


def _folder(place: Path, *files: str) -> None:
    for name in files:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(b"x")


@pytest.mark.parametrize(
    ("name", "file", "wanted"),
    [
        ("checkpoint-epoch7", "pytorch_model.bin", {"number": 7}),
        ("unet_epoch_7", "diffusion_pytorch_model.safetensors", {"number": 7}),
        ("pipeline-ep07", "unet/model.safetensors", {"number": 7}),
        ("lora.step-500", "adapter_model.safetensors", {"step": 500}),
        ("sd_unet_global_step500", "model.pt", {"step": 500}),
    ],
)
def test_one_with_weights_is_a_checkpoint(name: str, file: str, wanted: dict[str, int], tmp_path: Path) -> None:
    _folder(tmp_path / name, file, "config.json")
    found, notes = listing(tmp_path)
    assert (found, notes) == ((Checkpoint(name, **wanted),), ())


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("samples_epoch_7", "a.png"),
        ("state_epoch_7", "optimizer.bin"),
        ("unet_epoch_7_old", "model.bin"),
        ("fold_1_epoch_7", "model.bin"),
    ],
)
def test_any_other_is_none(name: str, file: str, tmp_path: Path) -> None:
    _folder(tmp_path / name, file)
    assert listing(tmp_path)[0] == ()


def test_one_that_lacks_a_part_is_not_used(tmp_path: Path) -> None:
    _folder(tmp_path / "unet_epoch_7", "model-00001-of-00002.safetensors")
    found, notes = listing(tmp_path)
    assert found == () and "lacks 1 of 2 parts" in notes[0].message
