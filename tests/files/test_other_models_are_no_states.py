"""A file of another model or training is no state of the optimizer: it is not passed over, nor pruned."""

from __future__ import annotations

from pathlib import Path

import pytest

import selectmodel
from selectmodel.errors import ChoiceError
from selectmodel.files.checkpoints.companions import of_each, without_states
from selectmodel.files.checkpoints.names import parse
from selectmodel.records import Checkpoint

LOG = "epoch,loss,val_loss\n1,1.0,0.9\n2,0.9,0.6\n3,0.8,0.4\n4,0.7,0.5\n5,0.6,0.55\n"
TWO_MODELS = [
    ("gpt2_epoch{}.pt", "opt-350m_epoch{}.pt"),
    ("model_{}.pt", "opt-1.3b_{}.pt"),
    ("model_{}.pt", "opt125m_{}.pt"),
    ("bert_{}.safetensors", "facebook-opt-{}.safetensors"),
    ("unet_{}.pt", "amp_unet_{}.pt"),
    ("model_{}.pth", "model_amp_{}.pth"),
    ("G_{}.pth", "D_opt_{}.pth"),
]
STATES = [
    ("unet_{}.pt", "opt_unet_{}.pt"),
    ("unet_{}.pt", "opt_{}.pt"),
    ("unet_{}.pt", "amp_{}.pt"),
    ("unet_epoch{}.pt", "amp_state_epoch{}.pt"),
    ("resnet50-{}-val_acc0.9.pt", "resnet50-{}-val_acc0.9.opt.pt"),
    ("net_{}.pt", "model_opt_{}.pt"),
]


def saved(folder: Path, *patterns: str) -> Path:
    (folder / "log.csv").write_text(LOG)
    for pattern in patterns:
        for epoch in range(1, 6):
            (folder / pattern.format(epoch)).write_bytes(b"w")
    return folder / "log.csv"


@pytest.mark.parametrize("pair", TWO_MODELS)
def test_which_of_two_models_is_asked(pair: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(ChoiceError, match="2 files belong to epoch 3"):
        selectmodel.recommend(saved(tmp_path, *pair))


@pytest.mark.parametrize(("weights", "other"), TWO_MODELS)
def test_the_other_model_stays_where_one_is_pruned(weights: str, other: str, tmp_path: Path) -> None:
    log = saved(tmp_path, weights, other)
    plan = selectmodel.prune(log, finished=True, checkpoint_glob=weights.format("?"))
    assert len(plan.go) == 3
    assert not any(file.also for file in (*plan.keep, *plan.go))


@pytest.mark.parametrize(("weights", "state"), STATES)
def test_a_state_that_tells_of_no_other_model_goes_with_the_weights(weights: str, state: str, tmp_path: Path) -> None:
    names = [weights.format(3), state.format(3)]
    for name in names:
        (tmp_path / name).write_bytes(b"w")
    found = [item for name in names if (item := parse(name)) is not None]
    assert [item.path for item in without_states(found)] == names[:1]
    kept = Checkpoint(str(tmp_path / names[0]), found[0].number, found[0].step)
    assert of_each([kept]) == {kept.path: (str(tmp_path / names[1]),)}


def test_an_optimizer_beside_two_models_stays_where_one_of_them_is_pruned(tmp_path: Path) -> None:
    """It may be of both, as that of a generator and its discriminator."""
    log = saved(tmp_path, "G_{}.pth", "D_{}.pth", "optimizer_{}.pth")
    plan = selectmodel.prune(log, finished=True, checkpoint_glob="G_*")
    assert len(plan.go) == 3
    assert not any(file.also for file in (*plan.keep, *plan.go))
