"""What each rule answers: tables of settings and values, and Prechelt's criteria against their definitions."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from places import SHARED
from questions import ask_of

from selectmodel import registry
from selectmodel.errors import UsageError
from selectmodel.records import Pick, Question

NAN, INF = math.nan, math.inf
ORACLE = SHARED / "oracles" / "prechelt.json"


def pick(rule: str, question: Question, **given: Any) -> Pick:
    answer: Pick = registry.load("rules", rule).pick(question, **given)
    return answer


@pytest.mark.parametrize(
    ("question", "given", "index", "reason"),
    [
        (ask_of([3, 1, 2]), {}, 1, "lowest val_loss of 3 validations"),
        (ask_of([3, 1, 2], "max"), {}, 0, "highest val_accuracy of 3 validations"),
        (ask_of([3, 1, 2], allowed=[1, 0, 1]), {}, 2, "lowest val_loss of 2 validations"),
        (ask_of([1, NAN, 1, -INF]), {}, 0, "lowest val_loss, shared by 2 validations"),
        (ask_of([1, 2, 1]), {"ties": "last"}, 2, "lowest val_loss, shared by 2 validations"),
        (
            ask_of([9, 9, 9, 8], "max", val_loss=[3, NAN, 2, 1]),
            {"ties": "val_loss"},
            2,
            "highest val_accuracy, shared by",
        ),
        (ask_of([9, 9, 9], "max", val_loss=[2, 1, 1]), {"ties": "val_loss"}, 1, "highest val_accuracy, shared by"),
        (ask_of([9, 9, 9], "max", val_loss=[NAN] * 3), {"ties": "val_loss"}, 0, "highest val_accuracy, shared by"),
        (ask_of([9, 9, 9], "max"), {"ties": "val_loss"}, 0, "highest val_accuracy, shared by 3 validations"),
        (ask_of([NAN]), {}, None, "no val_loss to choose from"),
    ],
)
def test_best(question: Question, given: dict[str, Any], index: int | None, reason: str) -> None:
    answer = pick("best", question, **given)
    assert (answer.index, answer.reason[: len(reason)]) == (index, reason)


def test_last() -> None:
    assert pick("last", ask_of([1, 2, 3, NAN])).index == 2
    assert pick("last", ask_of([1, 2, 3], allowed=[1, 1, 0])).index == 1


def test_gap_says_what_it_used() -> None:
    answer = pick("gap", ask_of([1.0, 0.8], train=[1.0, 0.7]), weight=0.5)
    assert answer.reason == "lowest val_loss + 0.5 × gap"
    assert answer.evidence == pytest.approx({"val_loss": 0.8, "train_loss": 0.7, "gap": 0.1, "eligible": 2.0})
    assert pick("gap", ask_of([1.0])).reason == "no train twin of val_loss in the log"
    assert pick("gap", ask_of([1.0], train=[NAN])).reason == "no validation has both val_loss and train_loss"


@pytest.mark.parametrize(
    ("question", "k", "index", "source"),
    [
        # SE of 0.9 on 100 examples is 0.03: 0.87 is the limit
        (ask_of([0.5, 0.86, 0.88, 0.9, 0.89], "max", val_size=100), 1.0, 2, "binomial_se"),
        (ask_of([0.5, 0.86, 0.88, 0.9, 0.89], "max", val_size=100), 2.0, 1, "binomial_se"),
        (ask_of([0.5, 0.86, 0.88, 0.9, 0.89], "max", val_size=100), 0.0, 3, "binomial_se"),
        (ask_of([0.5, 0.86, 0.88, 0.9], "max", val_size=100, allowed=[1, 1, 0, 1]), 1.0, 3, "binomial_se"),
        (ask_of([50, 86, 88, 90, 89], "max", val_size=100), 1.0, 2, "binomial_se"),  # in percent: 3 points
        # not a share of right answers: bends 2, 2, 3, noise 1.4826 · 2 / sqrt(6) = 1.21
        (ask_of([4, 2, 2, 0, 1], val_size=100), 1.0, 3, "curve_noise"),
        (ask_of([4, 2, 2, 0, 1], val_size=100), 2.0, 1, "curve_noise"),
        (ask_of([0.5, 0.8, 0.8], "max", monitor="val_iou", val_size=100), 0.0, 1, "curve_noise"),
    ],
)
def test_one_se(question: Question, k: float, index: int, source: str) -> None:
    answer = pick("one_se", question, k=k)
    assert answer.index == index
    assert source in answer.evidence


def test_one_se_needs_noise() -> None:
    assert pick("one_se", ask_of([2.0, 1.0])).reason == "too few values of val_loss to tell its noise"


def test_moving_average_smooths_over_what_is_not_allowed() -> None:
    question = ask_of([9, 1, 1, 1, 3], allowed=[1, 0, 0, 1, 1])
    answer = pick("moving_average", question, kind="trailing", window=3)
    assert (answer.index, answer.reason, answer.evidence["smoothed"]) == (3, "lowest mean of 3 of val_loss", 1.0)


VALLEY = [9, 7, 5, 4, 5, 6, 7, 8, 9, 3]  # a late minimum that patience does not see


@pytest.mark.parametrize(
    ("question", "given", "index", "stop"),
    [
        (ask_of(VALLEY), {"patience": 3, "window": 1}, 3, 6),
        (ask_of(VALLEY), {"patience": 5, "window": 1}, 3, 8),
        (ask_of(VALLEY), {"patience": 6, "window": 1}, 9, None),
        (ask_of(VALLEY), {"patience": 3, "window": 3}, 3, 6),
        (ask_of(VALLEY, epochs=np.arange(10) * 5), {"patience": 15, "window": 1}, 3, 30),  # every fifth epoch
        (ask_of(VALLEY, epochs=np.arange(10) * 5), {"patience": 11, "window": 1}, 3, 30),
        (ask_of(VALLEY, epochs=[NAN] * 10), {"patience": 3, "window": 1}, 3, 6),
        (ask_of(VALLEY, epochs=[0, 1, 2, 3, 4, 0, 1, 2, 3, 4]), {"patience": 3, "window": 1}, 3, 6),
        (ask_of(VALLEY), {"patience": 3, "window": 1, "min_epochs": 8}, 3, 8),
        (ask_of(VALLEY), {"patience": 3, "window": 1, "min_epochs": 9}, 9, None),
        # only the first counts as an improvement; the lowest up to the stop is answered
        (ask_of(VALLEY), {"patience": 2, "window": 1, "min_delta": 10.0}, 2, 2),
        (ask_of([4, 3, 2, 2, 2]), {"patience": 2, "window": 1}, 2, 4),  # an equal value is no improvement
        (ask_of([4, 3, 3, 2, 2]), {"patience": 1, "window": 1}, 1, 2),
        # one lucky dip: smoothing passes it by, and the answer is a real candidate beside the smoothed best
        (ask_of([9, 2, 9, 9, 4, 3, 4, 9, 9]), {"patience": 9, "window": 3}, 5, None),
        (ask_of([9, 2, 9, 9, 4, 3, 4, 9, 9]), {"patience": 9, "window": 1}, 1, None),
        (ask_of([9, 2, 9, 9, 4, 3, 4, 9, 9]), {"patience": 9, "window": 3, "smoothing": "median"}, 5, None),
        (ask_of([9, 2, 9, 9, 4, 3, 4, 9, 9]), {"patience": 9, "window": 3, "smoothing": "none"}, 1, None),
        (ask_of([9, 5, 3, 2, 3, 9]), {"patience": 9, "window": 3, "smoothing": "ema"}, 3, None),
        (ask_of([9, 5, 6, 1]), {"patience": 1, "window": 5, "smoothing": "none"}, 1, 2),  # nothing after the stop
        # what is not allowed is seen but not answered
        (ask_of(VALLEY, allowed=[1, 1, 1, 0, 1, 1, 1, 1, 1, 1]), {"patience": 3, "window": 1}, 2, 6),
        (ask_of([1, *VALLEY], allowed=[0] + [1] * 10), {"patience": 3, "window": 1}, 4, 7),
        (ask_of([9, 7, NAN, 4, NAN, INF, 7]), {"patience": 3, "window": 1}, 3, 6),
    ],
)
def test_patience(question: Question, given: dict[str, Any], index: int, stop: int | None) -> None:
    answer = pick("patience", question, **{"smoothing": "centred"} | given)
    at = answer.evidence.get("stop_epoch", answer.evidence.get("stop_validation"))
    assert (answer.index, at) == (index, stop)


def test_patience_waits_longer_for_a_score_than_for_a_loss() -> None:
    late = [9.0, *[10.0] * 25, 8.0, *[10.0] * 10]
    assert pick("patience", ask_of(late), smoothing="none").index == 0
    assert pick("patience", ask_of([-value for value in late], goal="max"), smoothing="none").index == 26
    assert pick("patience", ask_of(late), smoothing="none", patience=30).index == 26


def test_patience_refuses_an_even_window() -> None:
    with pytest.raises(UsageError, match=r"patience\.window: 4 is not allowed; it takes an odd number, such as 5"):
        pick("patience", ask_of([1.0]), window=4)


LOG = ask_of([0.9, 0.5, 0.3, 0.2], val_score=[0.5, 0.9, 0.8, 0.95], companions={"val_f1": [NAN, 1, 1, 0]})


@pytest.mark.parametrize(
    ("conditions", "index", "reason"),
    [
        (["val_loss < 0.5"], 2, "first with val_loss < 0.5"),
        (["val_loss<=0.5"], 1, "first with val_loss <= 0.5"),
        (["val_loss < 0.4", "val_accuracy > 0.9"], 3, "first with val_loss < 0.4 and val_accuracy > 0.9"),
        ([" val_accuracy >= 9e-1 "], 1, "first with val_accuracy >= 0.9"),
        (["val_f1 >= 0"], 1, "first with val_f1 >= 0"),
        (["val_loss < -1"], None, "no validation meets val_loss < -1"),
        (["val_acuracy > 0.9"], None, "no metric val_acuracy in the log; did you mean val_accuracy?"),
        (["xyz > 0.9"], None, "no metric xyz in the log; there are val_loss, val_f1, val_accuracy"),
        ([], None, "no threshold.conditions set for val_loss"),
    ],
)
def test_threshold(conditions: list[str], index: int | None, reason: str) -> None:
    answer = pick("threshold", LOG, conditions=tuple(conditions))
    assert (answer.index, answer.reason) == (index, reason)


@pytest.mark.parametrize(
    "text",
    ["val_loss", "val_loss < ", "< 0.3", "val_loss = 0.3", "val_loss < nan", "a < b", "acc => 1", "a << 1", "a<1<"],
)
def test_threshold_refuses_what_is_not_a_condition(text: str) -> None:
    with pytest.raises(UsageError, match=r"threshold\.conditions: .* is not allowed; it takes NAME < NUMBER"):
        pick("threshold", LOG, conditions=(text,))


def test_threshold_takes_names_with_signs_and_spaces() -> None:
    question = ask_of([1.0, 2.0], companions={"recall@IoU>=0.5 (all)": [0.1, 0.9]})
    assert pick("threshold", question, conditions=("recall@IoU>=0.5 (all) > 0.5",)).index == 1


@pytest.mark.parametrize(
    ("loss", "score", "weight", "index"),
    [
        ([1.0, 0.5, 0.6, 0.9], [0.5, 0.7, 0.8, 0.81], 0.5, 2),
        ([1.0, 0.5, 0.6, 0.9], [0.5, 0.7, 0.8, 0.81], 0.0, 1),
        ([1.0, 0.5, 0.6, 0.9], [0.5, 0.7, 0.8, 0.81], 1.0, 3),
        ([0.5, 0.5, 0.5], [0.7, 0.8, 0.8], 0.0, 1),  # equal in loss: the front decides
        ([0.6, 0.5, 0.4], [0.8, 0.8, 0.8], 1.0, 2),
        ([0.4, NAN, 0.5], [NAN, 0.9, 0.7], 0.5, 2),
        ([0.5, 0.5], [0.5, 0.5], 0.5, 0),
    ],
)
def test_pareto(loss: list[float], score: list[float], weight: float, index: int) -> None:
    by_loss = ask_of(np.nan_to_num(loss, nan=9.0), monitor="val_iou", val_loss=loss, val_score=score)
    assert pick("pareto", by_loss, score_weight=weight).index == index


def test_pareto_front_against_its_definition() -> None:
    random = np.random.default_rng(3)
    for _ in range(30):
        loss, score = random.integers(0, 6, (2, 15)).astype(float)
        pairs = list(zip(loss, -score, strict=True))
        front = [not any(a <= x and b <= y and (a, b) != (x, y) for a, b in pairs) for x, y in pairs]
        answer = pick("pareto", ask_of(loss, val_score=score))
        assert answer.evidence["front"] == sum(front)
        assert answer.index is not None and front[answer.index]


def test_pareto_needs_both() -> None:
    assert pick("pareto", ask_of([1.0])).reason == "no val score beside val_loss"
    assert pick("pareto", ask_of([1.0], "max")).reason == "no val loss beside val_accuracy"


def oracle_cases() -> list[Any]:
    if not ORACLE.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason="../shared is absent"))]
    return [pytest.param(case, id=case["id"]) for case in json.loads(ORACLE.read_text(encoding="utf-8"))["cases"]]


@pytest.mark.parametrize("case", oracle_cases())
def test_prechelt_agrees_with_exact_fractions(case: dict[str, Any]) -> None:
    """Where double precision disagrees with the fractions (``float64_expected``) the rule sides with the fractions."""
    answer = pick("prechelt", ask_of(case["values"], train=case["train_values"]), **case["settings"])
    expected = case["expected"]
    stop = answer.evidence.get("stop_epoch")
    assert (answer.index, stop) == (expected["best_epoch_index"], expected["stop_epoch_index"])
    if expected["reason"]:
        k = case["settings"].get("k", 5) if case["settings"].get("measure_at") == "strip_end" else 1
        strips = f" at the ends of strips of {k}" if k > 1 else ""
        assert answer.reason == f"lowest val_loss{strips} up to the {expected['reason']} stop"


@pytest.mark.parametrize(
    ("question", "given", "index", "reason"),
    [
        # exactly 1 %, which is not above 1 %
        (ask_of([4, 2, 2.02, 1]), {"criterion": "GL", "alpha": 1.0}, 3, "lowest val_loss; no early stop by GL"),
        (ask_of([4, 2, 2.03, 1]), {"criterion": "GL", "alpha": 1.0}, 1, "lowest val_loss up to the GL stop"),
        (ask_of([1, 2, 3, 4, 0.5]), {"k": 1, "s": 3}, 0, "lowest val_loss up to the UP stop"),
        (ask_of([1, 2, 3, 3, 0.5]), {"k": 1, "s": 3}, 4, "lowest val_loss; no early stop by UP"),
        (ask_of([1, 2, 3], train=[3, 3, 3]), {"criterion": "PQ", "k": 1}, 0, "lowest val_loss up to the PQ stop"),
        # ten times 0.1 adds up to less than 1: no progress all the same, not a negative one
        (ask_of([1] * 20, train=[0.1] * 20), {"criterion": "PQ", "k": 10}, 0, "lowest val_loss; no early stop by PQ"),
        (
            ask_of([3, 2, 1], train=[3, 3, 3]),
            {"progress_floor": 0.1, "k": 2},
            1,
            "lowest val_loss up to the progress stop",
        ),
        (ask_of([3, 2], train=[3, 3]), {"measure_at": "strip_end"}, None, "no val_loss at the end of a strip of 5"),
        (ask_of([3, 2]), {"criterion": "PQ"}, None, "no train twin of val_loss in the log"),
        (ask_of([3, 0]), {}, None, "val_loss is not a positive error"),
        (ask_of([0.3, 0.5], "max"), {}, None, "val_accuracy is not a positive error"),
        (ask_of([1, 2, 3, 4], allowed=[0, 1, 1, 1]), {"k": 1, "s": 2}, 1, "lowest val_loss up to the UP stop"),
    ],
)
def test_prechelt(question: Question, given: dict[str, Any], index: int | None, reason: str) -> None:
    answer = pick("prechelt", question, **given)
    assert (answer.index, answer.reason) == (index, reason)
