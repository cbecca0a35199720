"""How often each check fires on real training runs, and how often the test data confirmed what it said.

    python benchmarks/checks/run.py CORPUS --also PUBLIC

reads the tables of the folder CORPUS (see README.md) and writes ``results.md`` beside this file,
``selectmodel/checks/measured.json``, and the "Often right?" lines of the checks' pages. Thresholds were chosen on
CORPUS, so "right" is by folds: each data set is judged with settings that were chosen anew on all others. PUBLIC is a
corpus on which nothing was chosen, such as ``benchmarks/decisions/train_corpus.py`` trains. It takes some minutes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from selectmodel import registry, settings
from selectmodel.commands.explain.catalogue import often_right
from selectmodel.errors import SelectModelError
from selectmodel.policy.policy import Policy
from selectmodel.records import Finding, Floats, Pick, Question, Run, Series
from selectmodel.selection import question as asking
from selectmodel.stats import noise, smoothing

HERE = Path(__file__).resolve().parent
CHECKS = registry.PACKAGE / "checks"
#: Column of the corpus → name in the log that a check sees.
LOGGED = {
    "train_loss": "loss", "train_acc": "accuracy", "val_loss": "val_loss", "val_acc": "val_accuracy", "lr": "lr",
}  # fmt: skip
DRAWS = 1000
#: What the first numbers among a check's settings are multiplied by in folds, and how many of them.
TIMES, VARIED = (0.7, 1.0, 1.4), 2


@dataclass(frozen=True)
class Training:
    """One run of the corpus: what a log would hold, and the test metrics that no check sees."""

    meta: dict[str, Any]
    table: pd.DataFrame

    def logged(self, epochs: int | None = None) -> Run:
        """The first ``epochs`` epochs as a log."""
        part = self.table.iloc[:epochs]
        steps = part["epoch"].to_numpy()
        series = {}
        for column, name in LOGGED.items():
            if part[column].notna().any() and not (self.meta["reg"] and column.endswith("acc")):
                series[name] = Series.of(name, steps, steps, part[column])
        return Run(name=str(self.meta["run"]), source="corpus", format="corpus", series=series)

    def test(self, what: str, window: int = 5) -> Floats:
        """The smoothed test metric, mean of the two halves."""
        values = (self.table[f"test_{what}_a"].to_numpy() + self.table[f"test_{what}_b"].to_numpy()) / 2
        return smoothing.centred_mean(values, window)


def asked(run: Run) -> tuple[Question, Pick] | None:
    """The question as pick would ask it, with the best value as the answer."""
    try:
        question = asking.ask(run, Policy()).question
    except SelectModelError:
        return None
    return question, Pick(int(np.argmin(question.cost)), "the best value")


def overfits(training: Training) -> bool:
    """The label: the smoothed test loss ends more than 5 % above its minimum."""
    loss = training.test("loss")
    loss = loss[np.isfinite(loss)]
    return bool(len(loss)) and bool(loss[-1] > 1.05 * loss.min())


def _stopping_was_right(training: Training, finding: Finding) -> bool:
    accuracy, first = training.test("acc"), finding.indices[0]
    return bool(np.nanmax(accuracy[first:]) - np.nanmax(accuracy[: first + 1]) <= 0.005)


def _accuracy_was_right(training: Training, finding: Finding) -> bool:
    bottom, top = finding.indices
    accuracy = training.test("acc")
    return bool(accuracy[top] > accuracy[bottom])


def _test_fell_twice(training: Training, finding: Finding) -> bool:
    first, peak, second = finding.indices
    loss = training.test("loss")
    return bool(min(loss[peak] / loss[first] - 1, (loss[peak] - loss[second]) / loss[first]) > 0.025)


def _it_improved(training: Training, finding: Finding) -> bool:
    cut = finding.indices[-1]
    if "accuracy" in finding.message.split(" ", maxsplit=1)[0]:
        accuracy = training.test("acc")
        return bool(np.nanmax(accuracy[cut:]) > accuracy[cut] + 0.005)
    loss = training.test("loss")
    return bool(np.nanmin(loss[cut:]) < 0.99 * loss[cut])


def _test_broke(training: Training, finding: Finding) -> bool:
    loss = training.test("loss", 1)
    return not np.isfinite(loss[-1]) or bool(loss[-1] > 3 * np.nanmin(loss))


def _test_jumps(training: Training, finding: Finding) -> bool:
    loss = training.test("loss", 1)[finding.indices[0] :]
    return noise.curve_noise(np.log(loss)) > 0.5 * finding.evidence["wiggle"]


def _order_was_luck(training: Training, finding: Finding) -> bool:
    """Among the epochs called alike, the best on validation is not a point above their middle on the test set."""
    near = list(finding.indices)
    accuracy, seen = training.test("acc", 1), training.table["val_acc"].to_numpy()
    best = near[int(np.argmax(seen[near]))]
    return bool(accuracy[best] - np.median(accuracy[near]) <= 0.01)


def _explained(training: Training, finding: Finding) -> bool:
    """In evaluation mode training is the better one, or the training labels are noisy, smoothed or flooded."""
    evaluated = training.table["train_loss_eval"].to_numpy()
    last = np.flatnonzero(np.isfinite(evaluated))[-1]
    noisy = training.meta["nmode"] == "train" or training.meta["eps"] > 0 or training.meta["flood"] > 0
    return bool(evaluated[last] <= training.table["val_loss"].to_numpy()[last] or noisy)


def _test_is_stuck(training: Training, finding: Finding) -> bool:
    first, last = finding.indices
    what = "acc" if "accuracy" in finding.message.split(" ", maxsplit=1)[0] else "loss"
    part = training.test(what)[first : last + 1]
    return bool(np.ptp(part) <= 0.01 * (1 if what == "acc" else part.max()))


def _test_disagrees(training: Training, finding: Finding) -> bool:
    high, low = finding.indices
    accuracy, loss = training.test("acc"), training.test("loss")
    return bool(accuracy[high] > accuracy[low] and loss[low] < loss[high])


def _test_has_no_spike(training: Training, finding: Finding) -> bool:
    (at,) = finding.indices
    score = "accuracy" in finding.message.split(",", maxsplit=1)[0]
    values = training.test("acc", 1) if score else -training.test("loss", 1)
    sides = [i for i in range(at - 2, at + 3) if i != at]
    return bool(values[at] - values[sides].max() < 0.5 * finding.evidence["height"])


def _test_jumped(training: Training, finding: Finding) -> bool:
    (at,) = finding.indices
    loss = training.test("loss", 1)
    return bool(loss[at - 3 : at].mean() / loss[at : at + 3].mean() - 1 > 0.025)


def _was_flooded(training: Training, finding: Finding) -> bool:
    flood = training.meta["flood"]
    return bool(flood > 0 and abs(finding.evidence["level"] / flood - 1) < 0.5) or training.meta["eps"] > 0


@dataclass(frozen=True)
class Truth:
    """What it means for a check to be right, in words and by the test metrics."""

    words: str
    right: Callable[[Training, Finding], bool]
    #: The check sees this share of the run, the test data the rest.
    shown: float = 1.0


TRUTHS: dict[str, Truth] = {
    "overfitting": Truth(
        "the smoothed test loss ended more than 5 % above its minimum", lambda training, _: overfits(training)
    ),
    "saturated": Truth(
        "no later epoch was more than 0.5 points of test accuracy better than the best until then", _stopping_was_right
    ),
    "overconfidence": Truth("test accuracy was higher at the later epoch", _accuracy_was_right),
    "double_descent": Truth("the test loss rose and fell there too, by half as much", _test_fell_twice),
    "still_improving": Truth(
        "going on made that metric better on test data, by 1 % or half a point", _it_improved, shown=0.5
    ),
    "diverged": Truth("the test loss broke as well", _test_broke),
    "unstable": Truth("the test loss jumped too, at least half as much", _test_jumps),
    "small_validation": Truth("the best of those epochs was no point above their middle on test data", _order_was_luck),
    "val_better_than_train": Truth(
        "training was the better one in evaluation mode, or its labels were noisy, smoothed or flooded", _explained
    ),
    "constant": Truth("the test metric was as stuck", _test_is_stuck),
    "disagree": Truth("test loss and test accuracy disagreed in the same way", _test_disagrees),
    "lone_spike": Truth("the test metric had no such spike", _test_has_no_spike),
    "lr_drop": Truth("the test loss jumped there too", _test_jumped),
    "flooding": Truth("the run was flooded at that level, or its labels were smoothed", _was_flooded),
}


def read(corpus: Path) -> list[Training]:
    """Every run of the corpus; what its tables do not hold is not known, or was not done."""
    meta = pd.read_parquet(next(corpus.glob("meta*.parquet"))).set_index("run", drop=False)
    table = pd.read_parquet(next(corpus.glob("corpus*.parquet"))).sort_values(["run", "epoch"])
    table = table.reindex(columns=table.columns.union([*LOGGED, "train_loss_eval"], sort=False))
    own = {"eps": 0.0, "flood": 0.0}
    return [
        Training(
            {**own, "reg": not part.val_acc.notna().any(), **meta.loc[run], "run": f"{corpus}/{run}"},
            part.reset_index(drop=True),
        )
        for run, part in table.groupby("run")
    ]


#: The tuned and the public runs, filled before processes start.
CORPORA: list[list[Training]] = []
ASKED: dict[tuple[str, float], tuple[Question, Pick] | None] = {}


def fired(check: str, trainings: Iterable[Training], **given: float) -> list[tuple[Training, list[Finding]]]:
    """What a check finds in each run that pick can judge, with these settings."""
    find = registry.load("checks", check).find
    shown = TRUTHS[check].shown if check in TRUTHS else 1.0
    found = []
    for training in trainings:
        key = (training.meta["run"], shown)
        if key not in ASKED:
            ASKED[key] = asked(training.logged(None if shown == 1 else int(shown * len(training.table))))
        question = ASKED[key]
        with np.errstate(all="ignore"):
            found.append((training, list(find(*question, **given)) if question else []))
    return found


def interval(hits: list[tuple[str, bool]]) -> tuple[float, float]:
    """95 % interval of a share, by drawing datasets."""
    random = np.random.default_rng(0)
    groups: dict[str, list[bool]] = {}
    for dataset, hit in hits:
        groups.setdefault(dataset, []).append(hit)
    sums, sizes = np.array([[sum(g), len(g)] for g in groups.values()], dtype=float).T
    drawn = random.integers(0, len(sums), (DRAWS, len(sums)))
    shares = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(shares, [0.025, 0.975])
    return float(low), float(high)


def hits(check: str, trainings: list[Training], **given: float) -> pd.DataFrame:
    """A row a finding: data set, and whether the test data confirmed it; none where the corpus cannot tell."""
    truth, rows = TRUTHS.get(check), []
    for training, findings in fired(check, trainings, **given):
        known = truth is not None and (check != "val_better_than_train" or training.table.train_loss_eval.notna().any())
        with np.errstate(all="ignore"):
            rows += [(training.meta["dataset"], truth.right(training, one)) for one in findings if truth and known]
    return pd.DataFrame(rows, columns=["dataset", "right"])


def choices(check: str) -> Iterator[dict[str, float]]:
    """The settings among which folds choose, the default first."""
    yield {}
    numbers = [one for one in settings.options(registry.load("checks", check).find).values()
               if one.kind in (int, float) and one.default]  # fmt: skip
    for times in product(TIMES, repeat=min(VARIED, len(numbers))):
        given = {one.name: _within(one, factor * one.default) for one, factor in zip(numbers, times, strict=False)}
        if any(given[one.name] != one.default for one in numbers[:VARIED]):
            yield given


def _within(option: settings.Option, value: float) -> float:
    value = min(max(value, option.low if option.low is not None else value), option.high or value)
    return round(value) if option.kind is int else value


def folded(check: str, trainings: list[Training]) -> pd.DataFrame:
    """The findings in each data set, with the settings of the most right findings less the wrong ones on all others."""
    tried = [hits(check, trainings, **given) for given in choices(check)]
    kept = []
    for left in tried[0].dataset.unique():
        others = [one.right[one.dataset != left] for one in tried]
        best = int(np.argmax([2 * one.sum() - len(one) for one in others]))  # the default where several are alike
        kept.append(tried[best][tried[best].dataset == left])
    return pd.concat(kept)


def measure(check: str, trainings: list[Training], public: list[Training]) -> dict[str, Any]:
    """How often a check fires, and how often it was right, by folds and on the corpus on which nothing was chosen."""
    out: dict[str, Any] = {"runs": len(trainings), "fires": _fires(check, trainings), "right": None}
    found = folded(check, trainings) if check in TRUTHS and out["fires"] else pd.DataFrame()
    if len(found):
        out |= {**_right(found), "means": TRUTHS[check].words, "shown": TRUTHS[check].shown}
    if public and out["fires"]:
        elsewhere = hits(check, public)
        out["public"] = {"runs": len(public), "fires": _fires(check, public), "right": None}
        out["public"] |= _right(elsewhere) if len(elsewhere) else {}
    return out


def _measured(check: str) -> dict[str, Any]:
    """In a process of its own, which has the corpora from the one that started it."""
    return measure(check, *CORPORA)


def _fires(check: str, trainings: list[Training]) -> float | None:
    found = fired(check, trainings)
    return round(sum(bool(findings) for _, findings in found) / len(found), 4) or None


def _right(found: pd.DataFrame) -> dict[str, float]:
    low, high = interval(list(zip(found.dataset, found.right, strict=True)))
    return {"right": round(float(found.right.mean()), 4), "low": round(low, 4), "high": round(high, 4)}


def gains(trainings: list[Training]) -> tuple[float, float]:
    """What as many validations again brought, in gains of the finding still_improving: the middle 90 % of the runs."""
    times = []
    for training, findings in fired("still_improving", trainings):
        for finding in findings:
            score = "accuracy" in finding.message.split(" ", maxsplit=1)[0]
            cost = -training.table["val_acc"].to_numpy() if score else training.table["val_loss"].to_numpy()
            cut, more = finding.indices[-1] + 1, int(finding.evidence["validations"])
            end = smoothing.centred_mean(cost[:cut], 5)[-1]
            later = smoothing.centred_mean(cost, 5)[cut : cut + more]
            times.append((end - np.nanmin(later)) / finding.evidence["gain"])
    low, high = np.quantile(times, [0.05, 0.95])
    return round(float(low), 3), round(float(high), 3)


def logs(trainings: list[Training]) -> Iterator[tuple[str, list[tuple[Training, Run, bool]]]]:
    """(what, (training, log, label) of each) for whole runs, by length, cut short and thinned.

    A cut run has the label of what is left of it: of the epochs after the cut nothing is known. A thinned run is the
    same training validated less often, so it keeps its label. What ends in NaN is for the check diverged to find.
    """
    trainings = [one for one in trainings if np.isfinite(one.table[["train_loss", "val_loss"]].to_numpy()[-1]).all()]
    whole = [(training, training.logged(), overfits(training)) for training in trainings]
    yield "all", whole
    for low, high in ((30, 35), (36, 60), (61, 100), (101, 400)):
        yield f"{low} to {high} epochs", [one for one in whole if low <= len(one[0].table) <= high]
    for count in (5, 7, 10, 20, 40):
        cuts = [Training(one.meta, one.table.iloc[:count]) for one in trainings if len(one.table) > count]
        yield f"cut to the first {count}", [(cut, cut.logged(), overfits(cut)) for cut in cuts]
    for apart in (2, 5, 10):
        for numbered in (True, False):
            how = "" if numbered else ", counted anew"
            rows = [one for one in trainings if len(one.table) >= 4 * apart]
            yield (
                f"every {apart}{'nd' if apart == 2 else 'th'} epoch{how}",
                [(one, _thinned(one, apart, numbered), overfits(one)) for one in rows],
            )


def _thinned(training: Training, apart: int, numbered: bool) -> Run:
    """Every ``apart``-th epoch, the last one included."""
    table = training.table.iloc[(len(training.table) - 1) % apart :: apart].reset_index(drop=True)
    return Training(training.meta, table if numbered else table.assign(epoch=table.index + 1)).logged()


def f1(trainings: list[Training]) -> Iterator[tuple[str, int, float, float, float, float]]:
    """(what, runs, share that overfits, precision, recall, F1) of the check overfitting, over all runs."""
    find = registry.load("checks", "overfitting").find
    for what, rows in logs(trainings):
        questions = [asked(run) for _, run, _ in rows]
        with np.errstate(all="ignore"):
            said = [question is not None and any(find(*question)) for question in questions]
        is_so = [label for *_, label in rows]
        both = sum(a and b for a, b in zip(said, is_so, strict=True))
        yield (what, len(rows), sum(is_so) / len(rows), both / sum(said), both / sum(is_so),
               2 * both / (sum(said) + sum(is_so)))  # fmt: skip


def write_pages(results: dict[str, dict[str, Any]]) -> None:
    """Puts the measured sentence below "Often right?" of each page that waits for one."""
    for check, measured in results.items():
        file = CHECKS / f"{check}.py"
        text = file.read_text(encoding="utf-8")
        if measured["fires"]:
            head, rest = text.split("\nOften right?\n", maxsplit=1)
            tail = rest.partition("\n\nWhat to do\n")[2]
            page = f"{head}\nOften right?\n{often_right(measured)}\n\nWhat to do\n{tail}"
            file.write_text(page, encoding="utf-8")


def table(results: dict[str, dict[str, Any]]) -> str:
    """The results as Markdown."""
    lines = ["| check | level | fires | right, by folds | on public runs: fires | right | right means |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for check, m in results.items():
        level, public = registry.constant("checks", check, "LEVEL"), m.get("public", {})
        cells = [f"`{check}`", level, _percent(m["fires"]), _shown(m), _percent(public.get("fires")), _shown(public)]
        lines.append("| " + " | ".join([*cells, m.get("means", "")]) + " |")
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _shown(figures: dict[str, Any]) -> str:
    if figures.get("right") is None:
        return "–"
    return f"{_percent(figures['right'])} [{100 * figures['low']:.0f}, {100 * figures['high']:.0f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--also", type=Path, metavar="FOLDER", help="a corpus on which nothing was chosen")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    trainings, public = read(given.corpus), read(given.also) if given.also else []
    codes = {registry.constant("checks", check, "CODE"): check for check in registry.names("checks")}
    CORPORA.extend((trainings, public))
    for check in ("overfitting", "still_improving"):  # asks every question once, for all processes
        fired(check, [*trainings, *public])
    order = [codes[code] for code in sorted(codes)]
    with get_context("fork").Pool(given.jobs) as pool:
        measured = pool.map(_measured, order, chunksize=1)
    results = dict(zip(order, measured, strict=True))
    results["still_improving"]["gain_low"], results["still_improving"]["gain_high"] = gains(trainings)
    (CHECKS / "measured.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    told = [f"| {what} | {runs:,} | {share:.0%} | {precision:.2f} | {recall:.2f} | {score:.3f} |"
            for what, runs, share, precision, recall, score in f1(trainings)]  # fmt: skip
    page = (
        f"# Checks on {len(trainings):,} training runs, and on {len(public):,} public ones\n\n{table(results)}\n\n"
        "## Overfitting against its label\n\n"
        "| logs | runs | overfit | precision | recall | F1 |\n|---|---|---|---|---|---|\n" + "\n".join(told) + "\n"
    )
    (HERE / "results.md").write_text(page, encoding="utf-8")
    write_pages(results)
    print(page)


if __name__ == "__main__":
    main()
