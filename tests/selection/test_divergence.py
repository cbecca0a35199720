"""A network that has diverged is never shipped, however good its accuracy looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import selectmodel as sm
from selectmodel import registry
from selectmodel.errors import LogError
from selectmodel.policy.policy import Policy
from selectmodel.records import Run, Series
from selectmodel.selection.question import ask

N, SOUND = 20, 12
NAN, INF = np.nan, np.inf
LOSS = np.linspace(1.0, 0.5, SOUND)
TAIL = N - SOUND


def run(columns: Mapping[str, Any], epochs: Mapping[str, Any] | None = None) -> Run:
    """A run of columns; ``epochs`` names those that were not logged at each one."""
    series = {}
    for name, values in columns.items():
        at = list((epochs or {}).get(name, range(len(values))))
        series[name] = Series.of(name, at, at, values)
    return Run(name="run", source="run.csv", format="keras_csv", series=series)


#: Chance was on its side: what a diverged network answers to everything is right more often than what it had learnt.
ACCURACY = np.concatenate([np.linspace(0.5, 0.7, SOUND), np.full(TAIL, 0.75)])


def diverged(val_loss: Any, at: Any = range(N), train: Any = None, at_train: Any = range(N)) -> Run:
    columns = {"val_loss": val_loss, "val_accuracy": ACCURACY} | ({} if train is None else {"loss": train})
    return run(columns, {"val_loss": at, "loss": at_train})


@pytest.mark.parametrize("worst", [NAN, INF, -INF])
@pytest.mark.parametrize("policy", [{}, {"metric": "val_accuracy"}, {"aim": "both"}, {"aim": "loss"}])
def test_no_rule_ships_a_network_whose_validation_loss_is_no_number(worst: float, policy: dict[str, Any]) -> None:
    log = diverged(np.concatenate([LOSS, np.full(TAIL, worst)]))
    report = sm.recommend(log, **policy)
    assert all(pick.index is None or pick.index < SOUND for pick in report.picks.values())
    question = ask(log, Policy(**policy)).question
    for name in registry.names("rules"):
        index = registry.load("rules", name).pick(question).index
        assert index is None or index < SOUND, name


def test_it_is_said() -> None:
    report = sm.recommend(diverged(np.concatenate([LOSS, np.full(TAIL, NAN)])))
    (note,) = (note for note in report.notes if note.code == "SM171")
    told = "val_loss is not finite at 8 of 20 epochs (12-19)"
    assert note.message.replace("–", "-") == f"{told}; the network had diverged, they do not count"


def test_a_network_that_goes_on_is_not_said_to_have_diverged() -> None:
    loss = np.concatenate([LOSS, np.full(TAIL, NAN)])
    loss[-1] = 0.5
    (note,) = (note for note in sm.recommend(diverged(loss)).notes if note.code == "SM171")
    assert note.message.replace("–", "-") == "val_loss is not finite at 7 of 20 epochs (12-18); they do not count"


def test_its_values_are_no_evidence_either() -> None:
    """What is chosen does not depend on how long the log goes on after the network diverged."""
    picks = set()
    for length in (1, 3, TAIL):
        n = SOUND + length
        loss = np.concatenate([LOSS, np.full(length, NAN)])
        picks.add(sm.recommend(run({"val_loss": loss, "val_accuracy": ACCURACY[:n]}), val_size=40).recommended.index)
    whole = run({"val_loss": LOSS, "val_accuracy": ACCURACY[:SOUND]})
    assert picks == {sm.recommend(whole, val_size=40).recommended.index}


@pytest.mark.parametrize(
    ("at", "train", "at_train", "counts"),
    [
        # empty cells from one epoch on, in both losses: how tables write NaN
        (range(SOUND), LOSS, range(SOUND), SOUND),
        (range(SOUND), np.ones(SOUND + 1), range(SOUND + 1), SOUND),
        (range(SOUND), np.concatenate([LOSS, np.full(TAIL, NAN)]), range(N), SOUND),
        # the training goes on, only its validation loss is not logged any more
        (range(SOUND), np.ones(N), range(N), N),
        # no train loss tells
        (range(SOUND), None, range(N), N),
        # a validation loss now and then
        (range(0, N, 5), np.ones(N), range(N), N),
        (range(0, SOUND, 5), np.ones(SOUND), range(SOUND), N),
    ],
)
def test_a_loss_that_was_not_logged_is_no_divergence_unless_both_end(
    at: range, train: Any, at_train: range, counts: int
) -> None:
    log = diverged(np.ones(len(at)), at, train, at_train)
    asked = ask(log, Policy(metric="val_accuracy"))
    assert asked.question.allowed.sum() == counts
    assert [note.code for note in asked.notes if note.code == "SM171"] == (["SM171"] if counts < N else [])


def test_one_broken_validation_in_the_middle_costs_that_epoch_alone() -> None:
    loss = np.linspace(1.0, 0.5, N)
    loss[7] = INF
    question = ask(diverged(loss), Policy(metric="val_accuracy")).question
    assert np.flatnonzero(~question.allowed).tolist() == [7]


def test_a_loss_that_is_never_a_number_tells_nothing() -> None:
    report = sm.recommend(diverged(np.full(N, NAN)))
    assert report.question.allowed.all()
    assert "SM170" in {note.code for note in report.notes} or report.monitor.name == "val_accuracy"


def test_nothing_but_diverged_epochs_is_refused() -> None:
    log = diverged(np.concatenate([LOSS, np.full(TAIL, NAN)]))
    with pytest.raises(LogError, match=r"run.csv: val_loss is no number at any epoch left"):
        sm.recommend(log, min_epoch=SOUND)
