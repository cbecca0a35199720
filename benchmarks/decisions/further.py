"""Sections on what a corpus tells that also has F1 and AUC, shifted test data, and validation sets of thousands.

Written for the corpus of fine-tuning runs (fine_tuning/train.py); none for one without such columns.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import Pool

import numpy as np
from corpus import Case
from intervals import Bootstrap, Interval
from scored import Scored
from tables import interval, percent

from selectmodel import registry
from selectmodel.display import numbers
from selectmodel.errors import SelectModelError
from selectmodel.policy.policy import Policy
from selectmodel.selection import recommend
from selectmodel.selection.question import ask

#: Name → rule and the metric that it looks at; "" is the metric that the truth is of.
RULES = {
    "the default for that metric": (None, ""),
    "highest (lowest) value of that metric": ("best", ""),
    "its moving average": ("moving_average", ""),
    "one_se": ("one_se", ""),
    "lowest val_loss": ("best", "val_loss"),
    "the default for accuracy": ("aim_accuracy", "val_accuracy"),
    "highest val_accuracy": ("best", "val_accuracy"),
    "aim_both": ("aim_both", "val_accuracy"),
    "last": ("last", "val_loss"),
}
#: Truth → the metric of the log that is of it.
TRUTHS = {
    "test accuracy": "val_accuracy",
    "test f1": "val_f1",
    "test auc": "val_auc",
    "shifted accuracy": "val_accuracy",
    "shifted f1": "val_f1",
    "shifted auc": "val_auc",
}
#: Validation examples, from and to.
SIZES = ((1, 99), (100, 499), (500, 999), (1_000, 2_000), (5_000, 10_000))


@dataclass(frozen=True, slots=True)
class Told:
    """What the default report says of one run, against each truth, in shares.

    ``value``, ``low`` and ``high`` are expected on data like the validation set, NaN where nothing is said; ``truth``
    and ``shifted`` the accuracies at the pick; ``right`` how often the difference to the last epoch is said to point
    right, ``came`` whether it did (half where the test tells no difference).
    """

    dataset: str
    size: int
    noisy: bool
    value: float
    low: float
    high: float
    truth: float
    shifted: float
    right: float
    came: float
    tested: int

    def holds(self, truth: float, *, examples: int = 0) -> float:
        """Whether the range holds an accuracy measured on so many ``examples``, whose noise is added to its width."""
        noise = 1.645 * math.sqrt(max(truth * (1 - truth), 1 / examples) / examples) if examples else 0.0
        low = self.value - math.hypot(self.value - self.low, noise)
        return float(low <= truth <= self.value + math.hypot(self.high - self.value, noise))


def sections(cases: Sequence[Case], scored: Scored, jobs: int) -> list[str]:
    """Sections of the page, none where the corpus has no further truths."""
    if not any(case.others for case in cases):
        return []
    with Pool(jobs) as pool:
        chosen = pool.map(_picks, cases, chunksize=16)
        told = pool.map(_told, cases, chunksize=16)
    return [
        "## F1, AUC, and shifted data\n\n" + _by_truth(cases, chosen),
        "## By the number of validation examples\n\n" + _by_size(cases, scored),
        "## What is said of the pick, on clean, noisy and shifted data\n\n" + "\n".join(_promises(told)),
    ]


def _picks(case: Case) -> dict[tuple[str, str], int]:
    """(rule of RULES, metric) → the index of the epoch picked."""
    found: dict[tuple[str, str], int] = {}
    log = case.log
    for name, (rule, of) in RULES.items():
        for metric in ("val_accuracy", "val_f1", "val_auc") if not of else (of,):
            try:
                asked = ask(log, Policy(metric=metric, rule=rule))
            except SelectModelError:
                continue
            index = registry.load("rules", asked.rule).pick(asked.question).index
            if index is not None:
                found[name, metric] = _place(case, int(asked.question.steps[index]))
    return found


def _place(case: Case, step: int) -> int:
    """A question leaves out validations without a value: back to the place in the log."""
    return int(np.flatnonzero(case.epochs == step)[0])


def _by_truth(cases: Sequence[Case], chosen: Sequence[dict[tuple[str, str], int]]) -> str:
    runs = Bootstrap([case.dataset for case in cases])
    lost = {
        (name, truth): np.array([_lost(case, picks, name, truth) for case, picks in zip(cases, chosen, strict=True)])
        for name in RULES
        for truth in TRUTHS
    }
    head = "| points lost | " + " | ".join(
        f"{truth} ({int(np.isfinite(lost['last', truth]).sum())} runs)" for truth in TRUTHS
    )
    rows = [head + " |", "|---" * (len(TRUTHS) + 1) + "|"]
    for name in RULES:
        cells = [interval(runs.mean(lost[name, truth])) for truth in TRUTHS]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    rows += ["", "By how many points the default for that metric loses less, run by run:", "", rows[0], rows[1]]
    ours = next(iter(RULES))
    for name in list(RULES)[1:]:
        cells = [interval(runs.mean(lost[name, truth] - lost[ours, truth]), sign=True) for truth in TRUTHS]
        rows.append(f"| instead of {name} | " + " | ".join(cells) + " |")
    return (
        "Here the log holds val_f1 and val_auc too. Points (hundredths) of the metric of each column lost to its best "
        "epoch on those data. AUC is there for two classes; F1 is that of the second of two classes, else the mean "
        "over all. Shifted data are one more test set, of other files, typefaces or inputs: its best epoch is another "
        "one, which no log can know. All runs, also those with noisy validation labels.\n\n" + "\n".join(rows)
    )


def _lost(case: Case, picks: dict[tuple[str, str], int], name: str, truth: str) -> float:
    of = RULES[name][1] or TRUTHS[truth]
    values = case.test_accuracy if truth == "test accuracy" else case.others.get(truth)
    at = picks.get((name, of))
    if at is None or values is None or not np.isfinite(values).any():
        return math.nan
    return 100 * float(np.nanmax(values) - values[at]) if np.isfinite(values[at]) else math.nan


def _by_size(cases: Sequence[Case], scored: Scored) -> str:
    columns = {
        "aim_accuracy": scored.column("aim_accuracy", "val_accuracy"),
        "highest val_accuracy": scored.column("best", "val_accuracy"),
        "moving average": scored.column("moving_average", "val_accuracy"),
        "lowest val_loss": scored.base,
        "last": scored.column("last"),
    }
    rows = ["| validation examples | runs | " + " | ".join(columns) + " | gain over highest | gain over lowest loss |"]
    rows.append("|---" * (len(columns) + 4) + "|")
    for low, high in SIZES:
        inside = np.array([low <= case.val_size <= high for case in cases])
        if not inside.any():
            continue
        means = " | ".join(interval(scored.mean(scored.points, column, inside)) for column in columns.values())
        ours = columns["aim_accuracy"]
        gains = [
            interval(scored.gain(scored.points, ours, columns[other], inside), sign=True)
            for other in ("highest val_accuracy", "lowest val_loss")
        ]
        rows.append(f"| {low:,}–{high:,} | {int(inside.sum())} | {means} | {' | '.join(gains)} |")
    return "Points of test accuracy lost.\n\n" + "\n".join(rows)


def _told(case: Case) -> Told:
    report = recommend.recommend(case.log, Policy(aim="accuracy"))
    assert case.test_accuracy is not None and report.recommended.index is not None
    at = _place(case, int(report.question.steps[report.recommended.index]))
    last = len(case.epochs) - 1
    right = came = math.nan
    if at != last:
        epochs = case.log.series["val_loss"].epochs
        labels = float(epochs[at]), float(epochs[last])
        between = recommend.recommend(case.log, Policy(aim="accuracy"), between=labels).between
        if between is not None and between.pointing_right is not None:
            taken = at if between.chosen == numbers.number(labels[0]) else last
            other = last if taken == at else at
            apart = float(case.test_accuracy[taken] - case.test_accuracy[other])
            right, came = between.pointing_right, 0.5 if apart == 0 else float(apart > 0)
    found = report.expected
    return Told(
        dataset=case.dataset,
        size=case.val_size,
        noisy=not case.clean,
        value=found.value if found else math.nan,
        low=found.low if found else math.nan,
        high=found.high if found else math.nan,
        truth=float(case.test_accuracy[at]),
        shifted=float(case.others["shifted accuracy"][at]),
        right=right,
        came=came,
        tested=case.test_size,
    )


def _promises(told: Sequence[Told]) -> Iterator[str]:
    clean = [one for one in told if not one.noisy]
    noisy = [one for one in told if one.noisy]
    yield (
        "| data | runs | size told by the log | expected value minus accuracy there, points | 90 % range holds it "
        "| with the noise of the test |\n|---|---|---|---|---|---|"
    )
    groups = {
        "like the validation set": (clean, "truth"),
        "like it, up to 150 validation examples": ([one for one in clean if one.size <= 150], "truth"),
        "like it, 500": ([one for one in clean if one.size == 500], "truth"),
        "like it, 1,000 or 2,000": ([one for one in clean if 1_000 <= one.size <= 2_000], "truth"),
        "like it, 5,000 or 10,000": ([one for one in clean if one.size >= 5_000], "truth"),
        "clean test, noisy validation labels": (noisy, "truth"),
        "shifted": (clean, "shifted"),
    }
    for name, (members, truth) in groups.items():
        part = 2 if truth == "shifted" else 1
        said = [one for one in members if math.isfinite(one.value)]
        known = f"{len(said)} of {len(members)}"
        if not said:
            continue
        runs = Bootstrap([one.dataset for one in said])
        bias = runs.mean(np.array([100 * (one.value - getattr(one, truth)) for one in said]))
        holds = runs.mean(np.array([one.holds(getattr(one, truth)) for one in said]))
        noisy_too = runs.mean(np.array([one.holds(getattr(one, truth), examples=one.tested // part) for one in said]))
        cells = (name, str(len(members)), known, interval(bias, sign=True), percent(holds), percent(noisy_too))
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield (
        "The range is of the accuracy on infinitely many examples; the test sets have 2,000 and 1,000, so that with "
        "large validation sets the noise of the test alone keeps some out: the last column adds it to the width.\n"
    )
    pairs = sorted((one.right, one.came, one.dataset) for one in clean if math.isfinite(one.right))
    if pairs:
        fifths = [pairs[len(pairs) * at // 5 : len(pairs) * (at + 1) // 5] for at in range(5)]
        yield (
            f"`--between` the pick and the last epoch, in {len(pairs)} clean runs where they differ: how often the "
            "difference is said to point to the better one → how often it did on the test, by fifths of what is said "
            "(draws count half):\n"
        )
        yield "- " + "; ".join(_fifth(fifth) for fifth in fifths if fifth)


def _fifth(pairs: Sequence[tuple[float, float, str]]) -> str:
    found: Interval = Bootstrap([dataset for *_, dataset in pairs]).mean(np.array([came for _, came, _ in pairs]))
    return f"{np.mean([right for right, *_ in pairs]):.2f} → {found.mean:.2f} [{found.low:.2f}, {found.high:.2f}]"
