"""Which metric selects the epoch: precedence, defaults, and every message with the flag it must hold."""

from __future__ import annotations

import pytest

from selectmodel.errors import ChoiceError, ExitCode, LogError, UsageError
from selectmodel.metrics.meaning import understand
from selectmodel.metrics.monitor import Monitor, choose, flag
from selectmodel.records import Goal, Hint

# names of the log | the metric asked for | what is chosen
CHOSEN = [
    ("loss|val_loss|val_acc", None, "val_loss", "min"),
    ("val_capsnet_loss|val_loss|val_capsnet_acc", None, "val_loss", "min"),
    ("train_loss|valid_loss|accuracy|error_rate", None, "valid_loss", "min"),
    ("loss|eval_loss|eval_accuracy", None, "eval_loss", "min"),
    ("train/loss|val/loss", None, "val/loss", "min"),
    ("train/epoch_loss|validation/epoch_loss|validation/epoch_auc", None, "validation/epoch_loss", "min"),
    ("loss/valid|pl/valid_acc|pl/valid_recall", None, "loss/valid", "min"),
    ("training loss|validation loss", None, "validation loss", "min"),
    ("train_acc|val_acc", None, "val_acc", "max"),
    ("val_acc|val_foo|val_lr", None, "val_acc", "max"),
    ("val_acc|val_score", None, "val_acc", "max"),
    ("val_elbo|val_kl|val_loss", None, "val_loss", "min"),
    ("val_elbo|val_fid", None, "val_fid", "min"),
    ("val_foo|val_kl", None, "val_kl", "min"),
    ("val_acc_step|val_acc_epoch", None, "val_acc_epoch", "max"),
    ("val_loss/dataloader_idx_0|train_loss", None, "val_loss/dataloader_idx_0", "min"),
    ("val_loss|val_acc", "val_acc", "val_acc", "max"),
    ("val_loss|val_acc", "val_acc:min", "val_acc", "min"),
    ("val_loss|val_foo", "val_foo:max", "val_foo", "max"),
    ("val/box_loss|metrics/mAP_0.5:0.95", "metrics/mAP_0.5:0.95", "metrics/mAP_0.5:0.95", "max"),
    ("val/box_loss|metrics/mAP_0.5:0.95", "metrics/mAP_0.5:0.95:max", "metrics/mAP_0.5:0.95", "max"),
    ("val_acc:max|val_acc", "val_acc:max", "val_acc:max", "max"),
    ("val_acc:min|val_acc", "val_acc:min:min", "val_acc:min", "min"),
    ("validation loss|x", "validation loss:min", "validation loss", "min"),
]


@pytest.mark.parametrize(("names", "metric", "name", "goal"), CHOSEN)
def test_choice(names: str, metric: str | None, name: str, goal: Goal) -> None:
    monitor = choose(understand(names.split("|")), metric=metric)
    assert (monitor.name, monitor.goal) == (name, goal)
    assert monitor.why and monitor.goal_why


def test_a_monitor_in_full() -> None:
    assert choose(understand(["loss", "val_loss"])) == Monitor(
        "val_loss", "min", "the main validation loss", "name ends in 'loss'", "val", ()
    )


def test_precedence_of_the_direction() -> None:
    hint = {"val_foo": Hint(goal="min", why="W&B's define_metric")}
    by_name, by_log = understand(["val_foo"]), understand(["val_foo"], hint)
    with pytest.raises(ChoiceError):
        choose(by_name)
    assert choose(by_log).goal_why == "declared in the log: W&B's define_metric"
    said = choose(by_log, goals={"val_foo": "max"})
    assert (said.goal, said.goal_why) == ("max", "said by the policy")
    told = choose(by_log, goals={"val_foo": "max"}, metric="val_foo:min")
    assert (told.goal, told.goal_why, told.why) == ("min", "said by --metric", "named by --metric")


def test_a_policy_goal_makes_a_metric_a_candidate_and_turns_the_main_loss() -> None:
    assert choose(understand(["val_foo", "val_bar"]), goals={"val_bar": "max"}).name == "val_bar"
    assert choose(understand(["val_loss"]), goals={"val_loss": "max"}).goal == "max"
    assert choose(understand(["val_foo"]), metric="val_foo", goals={"val_foo": "min"}).goal == "min"


def test_only_usable_names_are_taken() -> None:
    meanings = understand(["loss", "val_loss", "val_acc"])
    assert choose(meanings, usable={"loss", "val_acc"}).name == "val_acc"
    with pytest.raises(UsageError, match="'val_loss' holds no finite value in this log; the log holds val_acc, loss"):
        choose(meanings, metric="val_loss", usable={"loss", "val_acc"})


NOTICES = [
    ("test_acc|val_acc", "test_acc", ["selecting on the test set"]),
    ("train_acc|val_acc", "train_acc", ["selecting on training data"]),
    ("acc|val_loss", "acc", ["no word of the name tells the split"]),
    ("val_test_acc|val_loss", "val_test_acc", ["holds both 'val' and 'test'"]),
    ("val_score", None, ["direction 'max' assumed from the word 'score' alone", "--metric val_score:min"]),
    ("val_score", "val_score", ["direction 'max' assumed"]),
    ("val_score", "val_score:max", []),
    ("val_score", "val_score:min", []),
    ("val_loss", "val_loss:max", ["selecting for max (said by --metric), though name ends in 'loss' (min)"]),
    ("lr|val_loss", "lr:min", ["does not measure quality: the name is that of a learning rate"]),
    ("val_loss", "val_loss", []),
    ("val_foo", "val_foo:max", []),
]


@pytest.mark.parametrize(("names", "metric", "parts"), NOTICES)
def test_notices(names: str, metric: str | None, parts: list[str]) -> None:
    notices = choose(understand(names.split("|")), metric=metric).notices
    assert len(notices) == min(1, len(parts))
    for part in parts:
        assert part in notices[0]


# names | metric | error | every piece its message must hold
REFUSALS = [
    ("val_loss|val_acc", "val_los", UsageError, ["'val_los'", "did you mean --metric val_loss"]),
    ("val_loss|val_acc", "val_los:max", UsageError, ["did you mean --metric val_loss:max"]),
    (
        "train_loss|val_loss/dataloader_idx_0|val_loss/dataloader_idx_1",
        "val_loss",
        UsageError,
        ["did you mean --metric val_loss/dataloader_idx_0 or --metric val_loss/dataloader_idx_1?"],
    ),
    ("val_loss", "Val_Loss", UsageError, ["case-sensitive", "--metric val_loss"]),
    ("validation loss", "Validation loss:min", UsageError, ["--metric 'validation loss:min'"]),
    ("val_loss|acc", "zzz", UsageError, ["'zzz'", "the log holds val_loss, acc"]),
    ("val_loss", "val_loss:lower", UsageError, ["'lower' is no direction", "--metric val_loss:min"]),
    ("val_loss", "val_loss:MAX", UsageError, ["'MAX' is no direction", "--metric val_loss:max"]),
    ("val_loss", "", UsageError, ["no metric is named ''"]),
    ("lr|val_loss", "lr", UsageError, ["'lr' does not measure quality", "a learning rate", "--metric lr:min"]),
    ("val_foo", "val_foo", ChoiceError, ["not known", "--metric val_foo:min or --metric val_foo:max"]),
    ("val_elbo|val_loss", "val_elbo", ChoiceError, ["either sign", "--metric val_elbo:min or --metric val_elbo:max"]),
    ("-elbo|val_loss", "-elbo", ChoiceError, ["--metric=-elbo:min"]),
    ("val foo", None, ChoiceError, ["--metric 'val foo:min' or --metric 'val foo:max'"]),
    ("val_accurcay", None, ChoiceError, ["no word of the name", "--metric val_accurcay:min"]),
    ("val_a|val_b", None, ChoiceError, ["no validation metric has a known direction", "--metric val_a:min"]),
    ("val_acc|val_mse", None, ChoiceError, ["several validation metrics", "--metric val_acc  (max:", "val_mse  (min:"]),
    ("val_acc|val_mse|val_foo", None, ChoiceError, ["--metric val_foo:min or --metric val_foo:max  (direction not"]),
    ("val/box_loss|val/cls_loss", None, ChoiceError, ["none is the main loss", "--metric val/box_loss  (min:"]),
    ("val_loss/dataloader_idx_0|val_loss/dataloader_idx_1", None, ChoiceError, ["--metric val_loss/dataloader_idx_1"]),
    ("val_elbo|val_recon|val_kl", None, ChoiceError, ["val_kl is but a part", "--metric val_elbo:max  (dir"]),
    ("train_loss|train_acc", None, ChoiceError, ["no validation values", "--metric train_loss:min", "training data"]),
    ("test_loss|train_loss", None, ChoiceError, ["--metric test_loss:min", "selects on the test set"]),
    ("loss|lr", None, ChoiceError, ["no validation values", "--metric loss:min", "split is not known"]),
    ("lr|time", None, LogError, ["no validation values", "it holds lr, time"]),
]


@pytest.mark.parametrize(("names", "metric", "kind", "pieces"), REFUSALS)
def test_refusals(names: str, metric: str | None, kind: type[Exception], pieces: list[str]) -> None:
    with pytest.raises(kind) as caught:
        choose(understand(names.split("|")), metric=metric)
    assert type(caught.value) is kind
    for piece in pieces:
        assert piece in str(caught.value)


def test_exit_codes() -> None:
    assert ChoiceError.exit_code == UsageError.exit_code == ExitCode.USAGE
    assert LogError.exit_code == ExitCode.CANNOT_JUDGE


def test_every_flag_of_a_choice_can_be_used() -> None:
    names = ["train_acc", "loss", "odd name", "test_f1"]
    with pytest.raises(ChoiceError) as caught:
        choose(understand(names))
    assert len(caught.value.choices) == 4
    for choice in caught.value.choices:
        text = choice.removeprefix("--metric ").split("  (")[0].split(" or ")[0].strip("'")
        assert choose(understand(names), metric=text).name in names


def test_empty_validation_columns_are_named() -> None:
    with pytest.raises(ChoiceError, match=r"no validation values \(val_loss, val_acc: no finite value\)"):
        choose(understand(["loss", "acc", "val_loss", "val_acc"]), usable={"loss", "acc"})
    with pytest.raises(LogError, match="it holds nothing"):
        choose({})


def test_no_more_than_three_near_names() -> None:
    with pytest.raises(UsageError) as caught:
        choose(understand([f"val_loss{i}" for i in range(9)]), metric="val_lossx")
    assert str(caught.value).count("--metric val_loss") == 3


def test_long_lists_are_cut_and_say_so() -> None:
    with pytest.raises(ChoiceError, match="and 18 more"):
        choose(understand([f"val_head{i}_loss" for i in range(30)]))


def test_flag() -> None:
    assert flag("val_loss") == "--metric val_loss"
    assert flag("mAP50(B)", "max") == "--metric 'mAP50(B):max'"
    assert flag("-x", "min") == "--metric=-x:min"
