"""Measures what a report says of its own certainty, on datasets that its constants did not see; writes sure.md.

    python benchmarks/decisions/sure.py --corpus private=../shared/corpus --corpus public=corpus
        --unseen fine-tuning=fine-tuning [--jobs 2]

Which of two epochs (--between), the chance of being within a point of the best, the epochs that cannot be told apart,
the size of the validation set: as logged, and where only every 5th or 10th epoch was validated. In folds: the weights
are fitted anew on all other datasets of all corpora. On a corpus that is ``--unseen`` nothing was chosen, and nothing
is fitted: there the package itself is judged. Runs count whose validation examples are like the test examples.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import corpus
import numpy as np
import sure_page
from corpus import Case
from scipy.optimize import minimize
from scipy.special import expit, ndtr

from selectmodel.policy.policy import Policy
from selectmodel.records import Question
from selectmodel.rules import aim_accuracy
from selectmodel.selection import expected as expectation
from selectmodel.selection.question import ask
from selectmodel.stats import score, two_epochs

HERE = Path(__file__).parent
VIEWS = {"as logged": 1, "every 5th": 5, "every 10th": 10}
LARGER = "half of the test set"
FOLDS, SEED = 10, 0
#: The fold of what nothing is fitted on.
UNSEEN = -1
#: Pairs drawn from each run: any two, and the highest against any other.
ANY, HIGHEST = 12, 4
METRIC = "val_accuracy"
#: What set them apart before: half a standard error of the score alone, times the root of the examples.
BEFORE = 0.25
#: Margins of those that cannot be told apart, of which the smallest is taken that holds one so often on other datasets.
MARGINS, HOLDS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6), 0.91


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", action="append", required=True, metavar="NAME=FOLDER")
    parser.add_argument("--unseen", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--out", type=Path, default=HERE / "sure.md")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()

    runs = []
    for text in (*given.corpus, *given.unseen):
        name, folder = text.split("=", 1)
        tasks = list(_tasks(name, Path(folder)))
        with Pool(given.jobs) as pool:
            runs += [run for run in pool.starmap(measured, tasks, chunksize=32) if run]
    unseen = {text.partition("=")[0] for text in given.unseen}
    given.out.write_text(sure_page.page(runs, *_in_folds(runs, unseen)), encoding="utf-8", newline="\n")


def _tasks(name: str, folder: Path) -> Iterator[tuple[str, str, Case]]:
    for case in corpus.read(folder):
        if case.clean and case.test_accuracy is not None:
            yield from ((name, view, case.thinned(every)) for view, every in VIEWS.items())
    for case in corpus.read(folder, larger=True):
        if case.test_accuracy is not None:
            yield name, LARGER, case


def measured(name: str, view: str, case: Case) -> dict[str, Any] | None:
    """All that is asked of one run: ``pairs`` and ``odds`` are rows of evidence and what came of it."""
    truth = case.test_accuracy
    assert truth is not None
    if len(case.epochs) < 2:
        return None
    question = ask(case.log, Policy(aim="accuracy")).question
    if question.n != len(case.epochs) or question.score != METRIC:
        return None
    known = replace(question, val_size=case.val_size, likely_size=case.val_size)
    scored = score.likely_true(known, METRIC)
    index = int(scored.values.argmax())
    alike = {margin: np.array(replace(scored, margin=scored.margin * margin / score.ALIKE).alike) for margin in MARGINS}
    before = np.flatnonzero(scored.values >= scored.values.max() - BEFORE / math.sqrt(case.val_size))
    about = expectation.evidence(known, METRIC, "accuracy", index)
    return {
        "corpus": name, "view": view, "dataset": case.dataset, "val_size": case.val_size, "length": question.n,
        "pairs": list(_pairs(known, scored.values, truth, case.name)),
        "odds": about, "near": _near(case, index),
        "sets": {margin: _set(truth, inside, index, case) for margin, inside in alike.items()},
        "before": _set(truth, before, index, case),
        "size": question.val_size, "fewest": question.fewest,
        "expected": _expected(question, truth, question.val_size), "rough": _expected(question, truth, question.fewest),
    }  # fmt: skip


def _pairs(question: Question, scores: np.ndarray, truth: np.ndarray, seed: str) -> Iterator[tuple[Any, ...]]:
    """Kind, evidence (3,), what the package says, and 1 where the epoch shipped is better, ½ where neither is."""
    there = np.flatnonzero(question.seen(METRIC) & np.isfinite(scores) & np.isfinite(truth))
    if len(there) < 2:
        return
    draw = np.random.default_rng(int(seed))
    highest = there[int(np.argmax(question.values[there]))]
    drawn = [("any two", *draw.choice(there, 2, replace=False)) for _ in range(ANY)]
    drawn += [("the highest and another", highest, draw.choice(there)) for _ in range(HIGHEST)]
    drawn += [("the highest and the last", highest, there[-1])]
    for kind, one, other in drawn:
        if one == other:
            continue
        better, worse = (one, other) if scores[one] >= scores[other] else (other, one)
        pair, _ = two_epochs.shipped(question, (int(better), int(worse)))
        assert pair is not None and pair.ahead is not None and question.val_size is not None
        errors = (pair.difference + pair.ahead) / 2 / pair.error(question.val_size)
        later = math.log(pair.places[0] / pair.places[1])
        known = (
            errors / math.hypot(1, two_epochs.BENT * errors),
            math.copysign(math.sqrt(abs(later)), later),
            -float(pair.highest),
        )
        right = 0.5 if truth[better] == truth[worse] else float(truth[better] > truth[worse])
        yield kind, known, pair.shipped_is_better(question.val_size), right


def _near(case: Case, index: int) -> tuple[float, float]:
    """Whether the epoch is within a point of the best: on all of the test set, and on its halves."""
    one, other = case.halves
    whole, *halves = (float(np.nanmax(half) - half[index] <= 0.01 + 1e-9) for half in ((one + other) / 2, one, other))
    return whole, sum(halves) / 2


def _set(truth: np.ndarray, alike: np.ndarray, index: int, case: Case) -> dict[str, float]:
    """How many of all epochs a set holds, whether one as good as the best, and how far its worst lies below."""
    inside, best = truth[alike], float(np.nanmax(truth))
    error = math.sqrt(max(best * (1 - best), 1 / case.test_size) / case.test_size)
    worst = float(truth[index] - np.nanmin(inside))
    return {
        "share": len(alike) / len(truth),
        "holds": float(np.nanmax(inside) >= best - error),
        "bad": float((inside < best - 0.02).mean()),
        "worst": 100 * worst,
        "told": math.nan if len(alike) < 2 else float(worst < score.WORST / math.sqrt(case.val_size)),
        "worst_in_errors": math.nan if len(alike) < 2 else worst * math.sqrt(case.val_size),
    }


def _expected(question: Question, truth: np.ndarray, size: int | None) -> tuple[float, float, float]:
    """Bias in points, whether the range holds the test accuracy, and its width, by so many examples; else NaN."""
    index = aim_accuracy.pick(question).index
    assert index is not None
    asked = replace(question, val_size=size)
    found = expectation.expected(asked, METRIC, "accuracy", index, aim_accuracy.LUCK)
    if found is None:
        return math.nan, math.nan, math.nan
    at = float(truth[index])
    return 100 * (found.value - at), float(found.low <= at <= found.high), 100 * (found.high - found.low)


def _in_folds(
    runs: Sequence[dict[str, Any]], unseen: Set[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    """Rows of pairs and of chances with what is said by weights fitted on other datasets, and the weights of all."""
    names = sorted({run["dataset"] for run in runs if run["corpus"] not in unseen})
    fold = dict(zip(np.random.default_rng(SEED).permutation(names), np.arange(len(names)) % FOLDS, strict=True))
    fold |= {run["dataset"]: UNSEEN for run in runs if run["corpus"] in unseen}
    shown = [{key: run[key] for key in ("corpus", "view", "dataset", "length")} for run in runs]
    pairs = [
        {**about, "kind": kind, "known": known, "now": said, "found": right}
        for run, about in zip(runs, shown, strict=True)
        for kind, known, said, right in run["pairs"]
    ]
    odds = [
        {**about, "known": run["odds"], "now": float(expit(np.dot(run["odds"], expectation.ODDS))),
         "whole": run["near"][0], "half": run["near"][1], "found": 2 * run["near"][0] - run["near"][1]}
        for run, about in zip(runs, shown, strict=True)
        if run["odds"] and run["view"] != LARGER
    ]  # fmt: skip
    weights = {"pairs": _fit(pairs, fold, ndtr), "odds": _fit(odds, fold, expit)}
    weights["alike"] = np.array([_sets(runs, fold, left_out) for left_out in range(FOLDS)])
    for run in runs:
        if fold[run["dataset"]] == UNSEEN:
            run["alike"] = run["shipped"] = run["sets"][score.ALIKE]
    return pairs, odds, weights


def _sets(runs: Sequence[dict[str, Any]], fold: dict[str, int], left_out: int) -> tuple[float, float]:
    """Gives each run of a fold the set by the margin, and what its worst may cost, that the other datasets choose."""
    others = [run for run in runs if fold[run["dataset"]] not in (left_out, UNSEEN) and run["view"] == "as logged"]
    enough = [margin for margin in MARGINS if np.mean([run["sets"][margin]["holds"] for run in others]) >= HOLDS]
    margin = min(enough, default=MARGINS[-1])
    worst = float(np.nanquantile([run["sets"][margin]["worst_in_errors"] for run in others], 0.9))
    for run in runs:
        if fold[run["dataset"]] == left_out:
            found = run["sets"][margin]
            told = float(found["worst_in_errors"] < worst) if math.isfinite(found["told"]) else math.nan
            run["alike"], run["shipped"] = {**found, "told": told}, run["sets"][score.ALIKE]
    return margin, worst


def _fit(rows: list[dict[str, Any]], fold: dict[str, int], link: Any) -> np.ndarray:
    """Adds to each row what is said by weights fitted on other folds; the weights of all. Groups weigh the same."""
    known, found = np.array([row["known"] for row in rows]), np.array([row["found"] for row in rows])
    groups = [(row["corpus"], row["view"], row.get("kind")) for row in rows]
    count = Counter(groups)
    weight = np.array([1 / count[group] for group in groups])
    apart = np.array([fold[row["dataset"]] for row in rows])

    def fitted(where: np.ndarray) -> np.ndarray:
        def loss(weights: np.ndarray) -> float:
            said = np.clip(link(known[where] @ weights), 1e-9, 1 - 1e-9)
            told = found[where] * np.log(said) + (1 - found[where]) * np.log(1 - said)
            return -float((weight[where] * told).sum() / weight[where].sum())

        return minimize(loss, np.zeros(known.shape[1]), method="BFGS").x

    for left_out in range(FOLDS):
        inside = apart == left_out
        if inside.any():
            said = link(known[inside] @ fitted(~inside & (apart != UNSEEN)))
            for place, value in zip(np.flatnonzero(inside), said, strict=True):
                rows[place]["said"] = float(value)
    for row in rows:
        row.setdefault("said", row["now"])
    return fitted(apart != UNSEEN)


if __name__ == "__main__":
    main()
