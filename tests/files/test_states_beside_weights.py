"""Weights with the state of the training beside them: the weights are shipped, and both stay or go as one."""

from __future__ import annotations

from pathlib import Path

import pytest

import selectmodel
from selectmodel.errors import ChoiceError, UsageError
from selectmodel.files.checkpoints.companions import of_each, without_states
from selectmodel.files.checkpoints.names import parse
from selectmodel.records import Checkpoint

LOG = "epoch,loss,val_loss\n1,1.0,0.9\n2,0.9,0.6\n3,0.8,0.4\n4,0.7,0.5\n5,0.6,0.55\n"
PAIRS = [
    ("ckpt-{}.weights.h5", "ckpt-{}.optimizer.h5"),
    ("model.{}.weights.h5", "model.{}.opt.h5"),
    ("weights.{}.h5", "optimizer.{}.pkl"),
    ("model_{}.pt", "optim_{}.pt"),
    ("model_{}.pt", "opt_{}.pt"),
    ("model_{}.pt", "model_{}_opt.pt"),
    ("model_{}.pt", "optimizerState_{}.pt"),
    ("model_{}.pt", "training_state_{}.pt"),
    ("epoch{}_model.pt", "epoch{}_optimizer_state.pt"),
    ("checkpoint_{}.pth.tar", "checkpoint_{}_optim.pth.tar"),
    ("ckpt_{}.npz", "optstate_{}.npz"),
    ("model-{}.safetensors", "optimizer-{}.bin"),
]

#: A file of another model or training is no state of the optimizer: it is not passed over, nor pruned.
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
    (folder / "checkpoints").mkdir()
    for pattern in patterns:
        for epoch in range(1, 6):
            (folder / "checkpoints" / pattern.format(epoch)).write_bytes(b"w")
    return folder / "log.csv"


@pytest.mark.parametrize(("weights", "state"), PAIRS)
def test_the_weights_are_shipped_and_both_go_as_one(weights: str, state: str, tmp_path: Path) -> None:
    log = saved(tmp_path, weights, state)
    shipped = selectmodel.recommend(log).recommended.checkpoint
    assert shipped is not None and Path(shipped).name == weights.format(3)
    plan = selectmodel.prune(log, finished=True)
    for files in (plan.keep, plan.go):
        for file in files:
            assert [Path(one).name for one in file.also] == [state.format(int(file.epoch or 0))]
    assert {Path(file.path).name for file in plan.keep} == {weights.format(3), weights.format(5)}


@pytest.mark.parametrize(
    "pair", [("G_{}.pth", "D_{}.pth"), ("model_{}.pt", "ema_{}.pt"), ("opt_a_{}.pt", "opt_b_{}.pt")]
)
def test_two_files_of_weights_are_still_a_choice(pair: tuple[str, str], tmp_path: Path) -> None:
    with pytest.raises(selectmodel.errors.ChoiceError, match="2 files belong to epoch 3"):
        selectmodel.recommend(saved(tmp_path, *pair))


@pytest.mark.parametrize("name", ["opt_{}.pt", "training_state_{}.pt", "opt-125m_{}.pt"])
def test_such_a_file_alone_holds_the_weights(name: str, tmp_path: Path) -> None:
    shipped = selectmodel.recommend(saved(tmp_path, name)).recommended.checkpoint
    assert shipped is not None and Path(shipped).name == name.format(3)


def test_a_state_that_is_named_is_taken(tmp_path: Path) -> None:
    log = saved(tmp_path, "model_{}.pt", "opt_{}.pt")
    shipped = selectmodel.recommend(log, checkpoint_glob="opt_*.pt").recommended.checkpoint
    assert shipped is not None and Path(shipped).name == "opt_3.pt"
    with pytest.raises(UsageError, match="fits no checkpoint name"):
        selectmodel.recommend(log, checkpoint_glob="adam_*.pt")


def test_the_state_of_the_best_is_not_the_best() -> None:
    assert [item.path for item in without_states(parsed("best.pt", "best_opt.pt"))] == ["best.pt"]
    both = ["best_loss.pt", "best_acc.pt", "best_opt.pt"]
    assert [item.path for item in without_states(parsed(*both))] == both


def test_what_is_no_state_does_not_go_with_the_weights(tmp_path: Path) -> None:
    """A page or a table of the same epoch is no part of a checkpoint."""
    for name in ("model_3.pt", "opt_3.json", "report_opt_3.txt", "optimizer_3.csv", "stop_3.pt", "adopt_3.pt"):
        (tmp_path / name).write_bytes(b"w")
    assert of_each([Checkpoint(str(tmp_path / "model_3.pt"), 3)]) == {}


def parsed(*names: str) -> list[Checkpoint]:
    found = [parse(name) for name in names]
    assert None not in found
    return [item for item in found if item is not None]


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
