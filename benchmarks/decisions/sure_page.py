"""The page of what a report says of its own certainty: said and found, by fifths, with intervals over datasets."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from typing import Any

import numpy as np
from fingerprint import of_certainty
from intervals import Bootstrap, Interval

import selectmodel
from selectmodel.selection import in_words

SIZES = (("≤ 60", 0, 60), ("61–300", 61, 300), ("301–1,000", 301, 1000), ("> 1,000", 1001, 10**9))
SHORT = 36


def page(
    runs: Sequence[dict[str, Any]],
    pairs: Sequence[dict[str, Any]],
    odds: Sequence[dict[str, Any]],
    weights: dict[str, np.ndarray],
) -> str:
    """The whole page as Markdown."""
    parts = [
        _head(runs),
        _on_screen(pairs, odds),
        _between(pairs, weights["pairs"]),
        _chance(odds, weights["odds"]),
        _alike(runs, weights["alike"]),
        _size(runs),
    ]
    text = "\n\n".join("\n".join(part) for part in parts)
    return f"{text}\n\nFingerprint of what is measured here: {of_certainty()}\n"


def _head(runs: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield "# What a report says of its own certainty"
    yield ""
    yield (
        "Written by `benchmarks/decisions/sure.py`. Runs whose validation and test examples are alike (no noisy "
        "validation labels, no shift, no resampled classes); the size of the validation set is given. In folds: what "
        "is said of a dataset comes from weights fitted on all others; on a corpus that no constant was chosen on, "
        "from the package. In brackets 95 % intervals: 1,000 draws of datasets. The figures of the private corpus "
        "cannot be reproduced without it, the others can."
    )
    yield ""
    for name in _names(runs):
        inside = [run for run in runs if run["corpus"] == name and run["view"] == "as logged"]
        yield f"- {name}: {len(inside):,} runs on {len({run['dataset'] for run in inside})} datasets."
    yield ""
    numpy = metadata.version("numpy")
    yield f"selectmodel {selectmodel.__version__}, Python {platform.python_version()}, numpy {numpy}"


def _on_screen(pairs: Sequence[dict[str, Any]], odds: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield "## What the screen says, and what was found"
    yield ""
    yield (
        "Numbers as below, exact to the percent, would claim more than is known: nothing that was tried (weights that "
        "grow with the number of examples, of validations, or both) brings every fifth to within five points on "
        "datasets that it was not fitted on. So the screen puts each into a band, and these are the bands, "
        "by what the package says. Where they begin and their words were chosen by looking at these tables, of all "
        "three corpora: nobody has tried the words on runs that had no part in it. Found in percent, and in how many "
        "cases."
    )
    kinds = list(dict.fromkeys(row["kind"] for row in pairs))
    yield from ("", "Which of two epochs: how often the one shipped is the better one.", "")
    yield "| said | corpus | log | " + " | ".join(kinds) + " |"
    yield "|---|---|---|" + "---|" * len(kinds)
    for words in dict.fromkeys(words for _, words in in_words.OF_TWO):
        inside = [
            row for row in pairs if in_words.of_two(row["now"]) == words and row["view"] != "half of the test set"
        ]
        yield from _by_corpus(words or "either may be", inside, {kind: {"kind": kind} for kind in kinds})
    yield from ("", "That no epoch is better by more than a point: on a test set without end.", "")
    yield "| said | corpus | log | found |"
    yield "|---|---|---|---|"
    for _, words in in_words.NO_BETTER:
        yield from _by_corpus(words, [row for row in odds if in_words.no_better(row["now"]) == words], {"found": {}})


def _by_corpus(words: str, rows: Sequence[dict[str, Any]], columns: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """A row for each corpus, of all logs and of the short ones; a column for what has such values."""
    for name in _names(rows):
        ours = [row for row in rows if row["corpus"] == name]
        for log, some in (("all", ours), (f"≤ {SHORT} validations", [row for row in ours if row["length"] <= SHORT])):
            cells = []
            for wanted in columns.values():
                part = [row for row in some if all(row[key] == value for key, value in wanted.items())]
                shown = _interval(_mean(part, [100 * row["found"] for row in part]), 0) if part else "–"
                cells.append(f"{shown} ({len(part):,})")
            yield f"| {words} | {name} | {log} | " + " | ".join(cells) + " |"


def _between(pairs: Sequence[dict[str, Any]], weights: np.ndarray) -> Iterator[str]:
    yield "## Which of two epochs"
    yield ""
    yield (
        "How often the epoch shipped is the better one on test data (equals count half): said → found, in fifths of "
        "the pairs by what is said. Weights in folds; those fitted on all: " + _numbers(weights) + "."
    )
    yield ""
    yield "| corpus | log | pair | pairs | in folds: said → found | largest error | by the package, on all |"
    yield "|---|---|---|---|---|---|---|"
    for name in _names(pairs):
        for log, inside in _logs(pairs, name):
            for kind in dict.fromkeys(row["kind"] for row in pairs):
                rows = [row for row in inside if row["kind"] == kind]
                if rows:
                    folds, worst = _fifths(rows, "said")
                    yield f"| {name} | {log} | {kind} | {len(rows):,} | {folds} | {worst} | {_fifths(rows, 'now')[1]} |"


def _logs(rows: Sequence[dict[str, Any]], name: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """As logged, those of them that are short, every so many-th, and the larger sets."""
    ours = [row for row in rows if row["corpus"] == name]
    for view in dict.fromkeys(row["view"] for row in ours):
        yield view, [row for row in ours if row["view"] == view]
    short = [row for row in ours if row["length"] <= SHORT]
    yield f"all of at most {SHORT} validations", short


def _fifths(rows: Sequence[dict[str, Any]], key: str, found: str = "found") -> tuple[str, str]:
    """Said → found [interval] of each fifth, and the largest difference with the interval of that fifth."""
    ordered = sorted(rows, key=lambda row: row[key])
    shown, errors = [], []
    for fifth in np.array_split(np.arange(len(ordered)), 5):
        part = [ordered[place] for place in fifth]
        runs = Bootstrap([row["dataset"] for row in part])
        said = float(np.mean([row[key] for row in part]))
        right = runs.mean(np.array([row[found] for row in part]))
        shown.append(f"{said:.2f} → {right.mean:.2f} [{right.low:.2f}, {right.high:.2f}]")
        errors.append(runs.mean(np.array([row[key] - row[found] for row in part])))
    worst = max(errors, key=lambda error: abs(error.mean))
    return "<br>".join(shown), f"{100 * worst.mean:+.0f} [{100 * worst.low:+.0f}, {100 * worst.high:+.0f}]"


def _chance(odds: Sequence[dict[str, Any]], weights: np.ndarray) -> Iterator[str]:
    yield "## Chance that no epoch is better by more than a point"
    yield ""
    yield (
        "Found on half of the test set, on all of it, and on one without end, which is twice the second minus the "
        "first: the noise of a test set halves with twice its size. Said in folds, by fifths of it. Weights fitted on "
        "all: " + _numbers(weights) + "."
    )
    yield ""
    yield "| corpus | log | runs | half | whole | in folds: said → endless | largest error | by the package, on all |"
    yield "|---|---|---|---|---|---|---|---|"
    for name in _names(odds):
        for log, rows in _logs(odds, name):
            if rows:
                folds, worst = _fifths(rows, "said")
                half, whole = (np.mean([row[key] for row in rows]) for key in ("half", "whole"))
                cells = (name, log, f"{len(rows):,}", f"{half:.2f}", f"{whole:.2f}", folds, worst)
                yield "| " + " | ".join(cells) + f" | {_fifths(rows, 'now')[1]} |"


def _alike(runs: Sequence[dict[str, Any]], chosen: np.ndarray) -> Iterator[str]:
    yield "## Epochs that cannot be told apart"
    yield ""
    yield (
        "Share of all epochs; how often they hold one within a standard error of the test set's best; how many of them "
        "are more than two points below that; how far the worst of them lies below the pick, in points, and how often "
        "less than is said. Before: half a standard error of the score alone. In folds: margin and cost are chosen by "
        f"the other datasets (margins {_numbers(np.unique(chosen[:, 0]))}; costs {_numbers(np.unique(chosen[:, 1]))}). "
        "Now: those of the package, which were chosen on all."
    )
    yield ""
    yield "| corpus | log | examples | runs | | share | hold one | > 2 points below | worst below | less than said |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name in _names(runs):
        for view in dict.fromkeys(run["view"] for run in runs):
            for size, low, high in SIZES:
                rows = [
                    run for run in runs
                    if (run["corpus"], run["view"]) == (name, view) and low <= run["val_size"] <= high
                ]  # fmt: skip
                if len(rows) < 20:
                    continue
                for told, key in (("before", "before"), ("in folds", "alike"), ("now", "shipped")):
                    cells = [
                        _mean(rows, [run[key][what] * (1 if what == "worst" else 100) for run in rows])
                        for what in ("share", "holds", "bad", "worst", "told")
                    ]
                    shown = [f"{_interval(cell, 1 if place == 3 else 0)}" for place, cell in enumerate(cells)]
                    yield f"| {name} | {view} | {size} | {len(rows):,} | {told} | " + " | ".join(shown) + " |"


def _size(runs: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield "## Size of the validation set, from the log"
    yield ""
    told = [run for run in runs if run["fewest"]]
    beyond = sum(run["fewest"] > run["val_size"] for run in told)
    yield (
        "Percent of runs in which it is found, is wrong, or is not told; expected value minus test accuracy, in "
        "points, how often its 90 % range holds the measured test accuracy, and the width of that: where the size is "
        "found, and where it is not by the fewest examples that fit the log: these are more than there truly were in "
        f"{beyond} of {len(told):,} logs."
    )
    yield ""
    yield "| corpus | log | found | wrong | not told | found: bias | holds | width | fewest: bias | holds | width |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for name in _names(runs):
        for view in dict.fromkeys(run["view"] for run in runs):
            rows = [run for run in runs if (run["corpus"], run["view"]) == (name, view)]
            if not rows:
                continue
            right = _mean(rows, [100.0 * (run["size"] == run["val_size"]) for run in rows])
            wrong = sum(run["size"] not in (None, run["val_size"]) for run in rows)
            untold = 100 * np.mean([run["size"] is None for run in rows])
            cells = [_interval(right, 0), f"{wrong} of {len(rows):,}", f"{untold:.0f}"]
            for key in ("expected", "rough"):
                part = [run for run in rows if key == "expected" or run["size"] is None]
                values = np.array([run[key] for run in part])
                cells += [
                    _interval(_mean(part, values[:, 0]), 1, sign=True),
                    _interval(_mean(part, 100 * values[:, 1]), 0),
                ]
                cells += [f"{np.nanmean(values[:, 2]):.1f}" if np.isfinite(values[:, 2]).any() else "–"]
            yield f"| {name} | {view} | " + " | ".join(cells) + " |"


def _names(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["corpus"] for row in rows))


def _mean(rows: Sequence[dict[str, Any]], values: Sequence[float] | np.ndarray) -> Interval:
    return Bootstrap([row["dataset"] for row in rows]).mean(np.asarray(values, dtype=np.float64))


def _interval(interval: Interval, places: int, *, sign: bool = False) -> str:
    if not np.isfinite(interval.mean):
        return "–"
    mark = "+" if sign else ""
    return f"{interval.mean:{mark}.{places}f} [{interval.low:{mark}.{places}f}, {interval.high:{mark}.{places}f}]"


def _numbers(values: np.ndarray) -> str:
    return ", ".join(f"{value:.2f}" for value in values)
