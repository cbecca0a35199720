"""Which of two epochs, and what their difference means."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from cli import command
from questions import ask_of

import selectmodel as sm
from selectmodel.errors import UsageError
from selectmodel.records import Run, Series
from selectmodel.selection import between
from selectmodel.stats import two_epochs
from selectmodel.stats.two_epochs import Pair

PHI = NormalDist().cdf


def log_of(accuracies: list[float], **more: list[float]) -> Run:
    steps = list(range(len(accuracies)))
    metrics = {"val_accuracy": accuracies, **more}
    return Run("log", "log.csv", "frame", {name: Series.of(name, steps, steps, v) for name, v in metrics.items()})


#: Twenty validations on 100 examples, the highest at epoch 12.
RISING = [round(min(0.5 + 0.03 * t, 0.8) + 0.01 * (t % 2), 2) for t in range(20)]
RISING[12] = 0.86


@pytest.mark.parametrize("size", [50, 1000, 40_000])
@pytest.mark.parametrize("highest", [1, 0, -1])
@pytest.mark.parametrize("places", [(39, 91), (91, 39)])
@pytest.mark.parametrize("ahead", [None, 0.004, -0.03])
def test_a_pair_is_judged_by_the_published_formula(
    size: int, highest: int, places: tuple[float, float], ahead: float | None
) -> None:
    pair = Pair((0.944, 0.932), places, ahead, highest)
    error = math.sqrt(2 * 0.938 * 0.062 / size * (0.05 + 0.3 * math.sqrt(math.log(91 / 39))))
    assert pair.error(size) == pytest.approx(error)
    x = (0.012 + (0.012 if ahead is None else ahead)) / 2 / error
    later = math.copysign(math.sqrt(math.log(91 / 39)), places[0] - places[1])
    said = PHI(0.7 * x / math.sqrt(1 + (0.3 * x) ** 2) + 0.25 * later - 0.2 * highest)
    assert pair.shipped_is_better(size) == pytest.approx(said)
    other = Pair(pair.shares[::-1], places[::-1], None if ahead is None else -ahead, -highest)
    assert other.shipped_is_better(size) == pytest.approx(1 - said), "one of the two is shipped"


@pytest.mark.parametrize("highest", [1, 0, -1])
def test_the_examples_needed_are_needed(highest: int) -> None:
    """Of two validations next to each other, the one shipped being that with more right answers."""
    pair = Pair((0.944, 0.932), (91, 90.999999), None, highest)
    needed = pair.examples_needed
    assert needed is not None
    assert pair.shipped_is_better(needed) >= 0.95 - 1e-3
    assert highest < 0 or pair.shipped_is_better(int(0.97 * needed)) < 0.95


def test_pairs_at_the_limits() -> None:
    assert Pair((0.5, 0.5), (1, 2)).examples_needed is None
    assert Pair((0.5, 0.5), (2, 2)).shipped_is_better(100) == 0.5
    assert Pair((0.5, 0.5), (1, 2)).shipped_is_better(100) < 0.5
    assert Pair((1.0, 1.0), (1, 2)).error(10) > 0
    assert 0.98 < Pair((1.0, 0.0), (3, 3)).shipped_is_better(10) < 1


def test_the_further_apart_the_more_is_chance() -> None:
    errors = [Pair((0.9, 0.8), (10, 10 * apart)).error(500) for apart in (1, 1.1, 2, 10)]
    assert errors == sorted(errors)
    assert errors[0] ** 2 == pytest.approx(0.05 * 2 * 0.85 * 0.15 / 500)


def test_what_is_said_comes_true_in_a_simulation() -> None:
    """Errors as the formula has them, real differences as small as in real trainings."""
    draw = random.Random(5)
    said: list[float] = []
    right: list[bool] = []
    for _ in range(4000):
        pair = Pair((0.8, 0.8), (20, draw.choice((22, 40, 80))))
        error = pair.error(200)
        real = draw.gauss(0, error / math.sqrt(3))  # so that a seen difference of z errors is right in Phi(z / 2)
        seen = real + draw.gauss(0, error)
        judged = Pair((0.8 + seen / 2, 0.8 - seen / 2), pair.places)
        both = judged.shipped_is_better(200) + judged._replace(places=pair.places[::-1]).shipped_is_better(200)
        said.append(both / 2 if seen > 0 else 1 - both / 2)  # whichever is later
        right.append((real > 0) == (seen > 0))
    assert np.mean(said) == pytest.approx(np.mean(right), abs=0.07)


def test_the_report_holds_the_comparison() -> None:
    report = sm.recommend(log_of(RISING), between=(4, 12), aim="accuracy", val_size=100)
    found = report.between
    assert found is not None
    assert found.epochs == (4, 12)
    assert found.chosen == report.recommended.epoch == 12
    assert found.other == 4
    assert found.values == (RISING[4], 0.86)
    question = report.question
    assert found.standard_error == pytest.approx(Pair((0.62, 0.86), (5, 13)).error(100))
    pair, unit = two_epochs.shipped(replace(question, allowed=np.isfinite(question.values)), (12, 4))
    assert pair is not None and unit == 1
    assert pair.shares == (0.86, 0.62) and pair.highest == 1 and 0 < (pair.ahead or 0) < 0.24
    assert found.pointing_right == pytest.approx(pair.shipped_is_better(100))
    assert report.clear is found.clear
    assert all(pick.index in (4, 12, None) for pick in report.picks.values())


def test_neighbours_of_the_two_still_count() -> None:
    """A lucky epoch far above its neighbours does not win against one on a plateau that is nearly as high."""
    values = [0.5, 0.6, 0.7, 0.71, 0.93, 0.7, *[0.92] * 30]
    report = sm.recommend(log_of(values), between=(4, 25), aim="accuracy", val_size=30)
    assert report.recommended.epoch == 25
    assert report.between is not None
    assert "the rule weighs more than that" in report.between.sentence


@pytest.mark.parametrize(
    ("size", "clear", "words"),
    [
        (None, None, "give --val-size N"),
        (100, False, "that is chance"),
        (1000, False, " of 10 such cases; for 95 of 100 it takes about"),
        (50_000, True, "that means something"),
    ],
)
def test_the_sentence_fits_the_size(size: int | None, clear: bool | None, words: str) -> None:
    report = sm.recommend(log_of([0.944, 0.932]), between=(0, 1), val_size=size)
    assert report.between is not None
    assert report.between.clear is clear
    assert words in report.between.sentence
    assert "trust it less" in report.between.sentence
    assert len(report.as_good_as) == (1 if clear else 2)


def test_a_loss_and_equal_values() -> None:
    loss = sm.recommend(log_of([0.5, 0.5], val_loss=[1.0, 0.9]), between=(0, 1), metric="val_loss").between
    assert loss is not None
    assert (loss.chosen, loss.clear, loss.examples_needed) == (1, None, None)
    assert "cannot tell" in loss.sentence
    same = sm.recommend(log_of([0.5, 0.5, 0.6], val_loss=[1.0, 0.9, 2.0]), between=(0, 1), aim="accuracy").between
    assert same is not None
    assert (same.chosen, same.clear) == (1, None)
    assert same.sentence == "Both have the same val_accuracy."


def test_percent_is_understood() -> None:
    shares = sm.recommend(log_of(RISING), between=(4, 12), aim="accuracy", val_size=100).between
    percent = sm.recommend(log_of([100 * x for x in RISING]), between=(4, 12), aim="accuracy", val_size=100).between
    assert shares is not None
    assert percent is not None
    assert shares.standard_error is not None
    assert percent.standard_error == pytest.approx(100 * shares.standard_error)
    assert percent.pointing_right == pytest.approx(shares.pointing_right)
    assert percent.examples_needed == shares.examples_needed


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ((38, 39), r"log\.csv has no epoch 38 with val_accuracy; the nearest is 19 \(epochs 0 to 19\)"),
        ((4, 4.4), r"has no epoch 4\.4 with val_accuracy; the nearest is 4 "),
        ((4, 4), r"4 is named twice"),
    ],
)
def test_other_epochs_are_refused_by_name(wanted: tuple[float, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        sm.recommend(log_of(RISING), between=wanted)


def test_an_epoch_that_does_not_count_is_refused() -> None:
    broken = [*RISING]
    broken[3] = math.nan
    with pytest.raises(UsageError, match=r"epoch 3 does not count: val_accuracy is not finite"):
        sm.recommend(log_of(broken), between=(3, 4))
    with pytest.raises(UsageError, match=r"epoch 3 does not count"):
        sm.recommend(log_of(RISING), between=(3, 8), min_epoch=5)


def test_steps_tell_apart_what_epochs_do_not() -> None:
    question = ask_of([3.0, 2.0, 1.0, 0.5], epochs=[0, 0, 1, 1], steps=[10, 20, 30, 40])
    assert between.found(question, (20, 40), "log") == (1, 3)
    with pytest.raises(UsageError, match=r"has no step 1 .* validated several times"):
        between.found(question, (1, 20), "log")


@pytest.mark.parametrize("text", ["38", "38,90,91", "a,b", "nan,1", "1,inf", ","])
def test_the_flag_refuses_what_is_no_pair(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.csv"
    log.write_text("epoch,val_accuracy\n38,0.944\n90,0.932\n")
    done = command(capsys, "pick", str(log), "--between", text)
    assert done.code == 2
    assert "such as --between 38,90" in done.err


def test_the_screen_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.csv"
    log.write_text("epoch,accuracy,val_accuracy\n38,0.924,0.944\n90,0.952,0.932\n")
    shown = command(capsys, "pick", str(log), "--between", "90,38", "--val-size", "1000")
    assert shown.code == 0
    assert shown.out.startswith("Ship epoch 38 rather than 90 (not clearly better)\n")
    answer = json.loads(command(capsys, "pick", str(log), "--between", "90,38", "--format", "json").out)
    assert answer["between"]["epochs"] == [90, 38]
    assert answer["between"]["chosen"] == answer["recommended"]["epoch"] == 38
    assert answer["between"]["values"] == [0.932, 0.944]
    plain = json.loads(command(capsys, "pick", str(log), "--format", "json").out)
    assert plain["between"] is None


def test_the_check_of_small_sets_asks_for_as_many_examples() -> None:
    """How many examples it takes to tell the best epoch from another is one question, whoever asks."""
    rising = [round(0.8 + 0.005 * min(t, 20) + 0.008 * (t % 3), 3) for t in range(40)]
    found = sm.recommend(log_of(rising), val_size=100).findings
    (small,) = (finding for finding in found if finding.check == "small_validation")
    best = int(np.argmax(rising))
    asked = {
        two.examples_needed
        for other in small.epochs
        if other != best and (two := sm.recommend(log_of(rising), val_size=100, between=(best, other)).between)
    }
    assert small.evidence["needed"] > 0
    assert small.evidence["needed"] in asked


def test_what_is_shipped_may_be_the_worse_one_and_that_is_said() -> None:
    """A rule that ships the last epoch whatever its value: the chance of that, not of the difference, is told."""
    falling = [round(0.9 - 0.01 * t, 2) for t in range(30)]
    two = sm.recommend(log_of(falling), between=(2, 29), rule="last", metric="val_accuracy", val_size=2000).between
    assert two is not None and two.chosen == 29
    assert two.pointing_right is not None and two.pointing_right < 0.05 and two.clear is False
    assert "the epoch shipped is the better one in less than 1 of 20 such cases." in two.sentence
