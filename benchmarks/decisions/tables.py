"""The page of results: what each rule loses, against whom, where, and whether what a report promises comes true."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
from corpus import SIZES
from intervals import Bootstrap, Interval
from scored import Scored
from scoring import Promise

import selectmodel

TRIED = Path(__file__).parent / "tried.md"
#: The rules whose strata are shown: ours, and the habits they are compared with.
SHOWN = (
    ("aim_accuracy", "val_accuracy"),
    ("aim_both", "val_accuracy"),
    ("best", "val_loss"),
    ("best", "val_accuracy"),
    ("moving_average", "val_accuracy"),
)


def page(
    scored: Scored, larger: Scored, promises: Sequence[Promise], title: str, *, tried: bool, further: Sequence[str] = ()
) -> str:
    """The whole page as Markdown; ``tried`` adds what did not help, which was found on the tuning corpus."""
    parts = [
        _head(scored, title),
        "## Every rule\n\n" + _every(scored),
        "## The default rule against every other habit\n\n" + _against(scored),
        "## By kind of run\n\n" + _by_stratum(scored),
        "## Larger validation sets\n\n" + _larger(larger),
        "## What a report says of its own pick\n\n" + _promised(promises),
        *further,
    ]
    if tried:
        parts.append(TRIED.read_text(encoding="utf-8").rstrip())
    return "\n\n".join(parts) + "\n"


def _head(scored: Scored, title: str) -> str:
    judged = int(np.isfinite(scored.points[:, scored.base]).sum())
    return (
        f"# What is lost to the best epoch: {title}\n\n"
        f"{len(scored.cases):,} training runs on {scored.bootstrap.clusters} datasets, {judged:,} of them with an "
        "accuracy. Points: test accuracy of the best epoch minus that of the epoch picked. Percent: test loss picked "
        "over the lowest one, as a logarithm, at most ln 10. In brackets 95 % intervals: 1,000 draws of datasets. "
        "Every rule sees the log alone (loss, accuracy, val_loss, val_accuracy), the size of the validation set is "
        "recovered from it.\n\n"
        f"selectmodel {selectmodel.__version__}, Python {platform.python_version()}, numpy {metadata.version('numpy')}"
    )


def _every(scored: Scored) -> str:
    rows = []
    for places in _alike(scored):
        place = places[0]
        points = scored.mean(scored.points, place)
        won, tied, lost = scored.outcomes(place, scored.base)
        better, of = scored.bootstrap.better_in(scored.points[:, scored.base] - scored.points[:, place])
        cells = (
            _names(scored, places),
            interval(points),
            interval(scored.gain(scored.points, place, scored.base), sign=True),
            f"{100 * won:.0f} / {100 * tied:.0f} / {100 * lost:.0f}",
            f"{100 * scored.bad(place):.1f}",
            f"{better} of {of}",
            interval(scored.mean(scored.percents, place), 1),
            interval(scored.gain(scored.percents, place, scored.base), 1, sign=True),
        )
        rows.append((points.mean, _row(cells)))
    return (
        "Gains are over the lowest val_loss; win / tie / lose (by 0.05 points) against it in percent of runs; the next "
        "column is the percent of runs in which more than 2 points are given away that the lowest val_loss keeps. The "
        "loss of rules on val_loss includes regressions. Rules that pick alike share a row.\n\n"
        "| rule | points lost | gain | win / tie / lose | > 2 worse | better in datasets | loss, % | gain |\n"
        "|---|---|---|---|---|---|---|---|\n"
    ) + "\n".join(row for _, row in sorted(rows, key=lambda row: row[0]))


def _against(scored: Scored) -> str:
    ours = scored.column("aim_accuracy", "val_accuracy")
    many = np.array([case.val_size > 150 for case in scored.cases])
    rows = []
    for places in _alike(scored):
        if scored.variants[places[0]].rule.startswith("aim_") and places[0] != scored.base:
            continue
        gain = scored.gain(scored.points, ours, places[0])
        beyond = scored.gain(scored.points, ours, places[0], many)
        share = f"{100 * gain.mean / scored.mean(scored.points, places[0]).mean:.0f} %"
        cells = (_names(scored, places), interval(gain, sign=True), share, interval(beyond, sign=True))
        rows.append((gain.mean, _row(cells)))
    return (
        "By how many points of test accuracy `aim_accuracy` loses less.\n\n"
        "| instead of | all runs | share of its loss | validation sets above 150 |\n|---|---|---|---|\n"
        + "\n".join(row for _, row in sorted(rows, key=lambda row: row[0]))
    )


def _alike(scored: Scored) -> list[list[int]]:
    """The columns of variants, those together that lose the same on every run."""
    groups: dict[bytes, list[int]] = {}
    for place in range(len(scored.variants)):
        lost = np.nan_to_num(np.round(scored.points[:, place], 9), nan=-1.0).tobytes()
        groups.setdefault(lost + np.nan_to_num(np.round(scored.percents[:, place], 6), nan=-1.0).tobytes(), []).append(
            place
        )
    for places in groups.values():
        places.sort(key=lambda place: place != scored.base)
    return list(groups.values())


def _names(scored: Scored, places: list[int]) -> str:
    """The names of variants that pick alike: what they share is said once, what answers not everywhere is marked."""
    by_metric: dict[str, list[str]] = {}
    for place in places:
        variant = scored.variants[place]
        by_metric.setdefault(variant.metric, []).append(replace(variant, metric="").name)
    names = "; ".join(", ".join(names) + (f" on {metric}" if metric else "") for metric, names in by_metric.items())
    answers = scored.answers(places[0])
    return names if answers > 0.995 else f"{names} (answers in {100 * answers:.0f} %)"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _by_stratum(scored: Scored) -> str:
    columns = [scored.column(*shown) for shown in SHOWN]
    ours, peers = columns[0], columns[2:]
    lines = [
        "| points lost | runs | "
        + " | ".join(scored.variants[column].name for column in columns)
        + " | gain over best "
        "of the others |",
        "|---" * (len(columns) + 3) + "|",
    ]
    losing = []
    for stratum in [*SIZES, *(name for name in scored.strata if name not in SIZES)]:
        inside = scored.within(stratum)
        runs = int(np.isfinite(scored.points[inside, scored.base]).sum())
        if not runs:
            continue
        means = [scored.mean(scored.points, column, inside).mean for column in columns]
        rival = min(peers, key=lambda column: scored.mean(scored.points, column, inside).mean)
        gain = scored.gain(scored.points, ours, rival, inside)
        name = f"{stratum} validation examples" if stratum in SIZES else stratum
        if gain.mean < 0:
            losing.append(f"{name} (by {-gain.mean:.2f} points to {scored.variants[rival].name})")
        figures = " | ".join(f"{mean:.2f}" for mean in means)
        lines.append(f"| {name} | {runs:,} | {figures} | {interval(gain, sign=True)} |")
    where = "; ".join(losing) if losing else "nowhere among these"
    return "\n".join(lines) + f"\n\nWhere `aim_accuracy` loses to one of the others in the mean: {where}."


def _larger(scored: Scored) -> str:
    columns = [scored.column(*shown) for shown in SHOWN]
    lines = [
        "Half of each test set stands in for the validation set, the other half is the truth: clean, and larger than "
        "the validation sets of the corpus. (The test noise of one half makes all figures larger.)",
        "",
        "| validation examples | runs | " + " | ".join(scored.variants[column].name for column in columns) + " |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for name, low, high in (("≤ 400", 0, 400), ("401–1,000", 401, 1000), ("> 1,000", 1001, 10**9)):
        inside = np.array([low <= case.val_size <= high for case in scored.cases])
        if inside.any():
            means = " | ".join(f"{scored.mean(scored.points, column, inside).mean:.2f}" for column in columns)
            lines.append(f"| {name} | {int(inside.sum()):,} | {means} |")
    every = " | ".join(interval(scored.mean(scored.points, column)) for column in columns)
    lines.append(f"| all | {len(scored.cases):,} | {every} |")
    return "\n".join(lines)


def _promised(promises: Sequence[Promise]) -> str:
    if not promises:
        return "No run has validation examples that are like the test examples."
    return "\n".join(_promise_lines(promises))


def _promise_lines(promises: Sequence[Promise]) -> Iterator[str]:
    runs = Bootstrap([promise.dataset for promise in promises])

    def mean(values: Sequence[float]) -> Interval:
        return runs.mean(np.array(values, dtype=np.float64))

    yield (
        f"The {len(promises):,} runs whose validation and test examples are alike (no noisy validation labels, no "
        "shift), by `--aim accuracy`.\n"
    )
    found = np.array([promise.size_found for promise in promises])
    exact, wrong = (found == 1).mean(), (np.isfinite(found) & (found != 1)).mean()
    yield f"- Size of the validation set from the log: exact in {100 * exact:.0f} %, wrong in {100 * wrong:.1f} %."
    raw = mean([100 * (promise.raw - promise.truth) for promise in promises])
    yield f"- Validation accuracy at the pick minus its test accuracy: {interval(raw, sign=True)} points."
    if any(np.isfinite(promise.value) for promise in promises):
        bias = mean([100 * (promise.value - promise.truth) for promise in promises])
        told = np.mean([np.isfinite(promise.value) for promise in promises])
        yield f"- Expected value minus test accuracy: {interval(bias, sign=True)} points ({100 * told:.0f} % of runs)."
        yield (
            f"- Its 90 % interval holds the measured test accuracy in {percent(mean([p.covers for p in promises]))}; "
            "with the noise of the test set, which the true accuracy has not, added to its width in "
            f"{percent(mean([p.covers_with_test_noise for p in promises]))}."
        )
    holds, share = mean([promise.holds for promise in promises]), mean([promise.share for promise in promises])
    yield (
        f"- The epochs that cannot be told from the pick hold one within a standard error of the test set's best in "
        f"{percent(holds)}; they are {100 * share.mean:.0f} % of all epochs."
    )
    chances = sorted((promise.chance, promise.near) for promise in promises if np.isfinite(promise.chance))
    if chances:
        fifths = np.array_split(np.array(chances), 5)
        said = ", ".join(f"{fifth[:, 0].mean():.2f} → {fifth[:, 1].mean():.2f}" for fifth in fifths)
        yield (
            f"- Chance of being within a point of the best, said → found, by fifths: {said}. The best of a test set is "
            "partly its luck: sure.md has what a test set without end would find, and the words that the screen uses."
        )


def percent(span: Interval) -> str:
    return f"{100 * span.mean:.1f} % [{100 * span.low:.1f}, {100 * span.high:.1f}]"


def interval(span: Interval, places: int = 2, *, sign: bool = False) -> str:
    if not np.isfinite(span.mean):
        return "–"
    mark = "+" if sign else ""
    return f"{span.mean:{mark}.{places}f} [{span.low:{mark}.{places}f}, {span.high:{mark}.{places}f}]"
