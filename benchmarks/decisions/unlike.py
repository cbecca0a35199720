"""How often the range of an accuracy holds where the validation set is unlike the test data, and how wide it must be.

    python benchmarks/decisions/unlike.py ../shared/corpus --also public=corpus --also fine-tuning=fine-tuning --write

Each run is asked as ``selectmodel pick`` asks it; the test accuracy of the recommended epoch is the truth. Per kind of
validation set two numbers are fitted: how much further down and up the range has to reach for 90 % of the runs. They
are judged by folds: each data set by numbers of the others. ``--also`` judges the numbers on a corpus that had no part
in them; where that has a shifted test set too, runs on clean data are judged by it as well. ``--write`` keeps all of it
in selectmodel/selection/validation_origin.json, and the table in unlike.md.
"""

from __future__ import annotations

import argparse
import json
from multiprocessing import Pool
from pathlib import Path

import corpus
import numpy as np
import pandas as pd
from intervals import Bootstrap

import selectmodel
from selectmodel.errors import SelectModelError
from selectmodel.policy.policy import Policy
from selectmodel.selection import recommend

HERE = Path(__file__).parent
FILE = Path(selectmodel.__file__).parent / "selection" / "validation_origin.json"
#: Share of the runs that may lie beyond either end.
BEYOND = 0.05
KINDS = ("noisy labels", "shifted", "resampled")


def promises(folder: Path, jobs: int) -> pd.DataFrame:
    """One row a classification run: what was expected of its pick, from ``low`` to ``high``, and the ``truth``."""
    about = pd.read_parquet(next(folder.glob("meta*.parquet"))).set_index("run")
    cases = [case for case in corpus.read(folder) if case.test_accuracy is not None]
    with Pool(jobs) as pool:
        rows = [row for row in pool.map(_promise, cases, chunksize=32) if row]
    table = pd.DataFrame(rows)
    table["kind"] = [_kind(about.loc[int(run)]) for run in table.run]
    elsewhere = table[(table.kind == "like") & table.shifted.notna()]
    return pd.concat([table, elsewhere.assign(kind="shifted", truth=elsewhere.shifted)], ignore_index=True)


def _promise(case: corpus.Case) -> dict[str, object]:
    try:
        decision = recommend.decide(case.log, Policy(aim="accuracy", checkpoints="off"))
    except SelectModelError:
        return {}
    found = decision.expected
    if found is None or case.test_accuracy is None:
        return {}
    truth = float(case.test_accuracy[_place(case, decision)])
    other = case.others.get("shifted accuracy")
    shifted = float("nan") if other is None else float(other[_place(case, decision)])
    told = {"value": found.value, "low": found.low, "high": found.high, "shifted": shifted}
    return {"run": case.name, "dataset": case.dataset, "truth": truth, **told}


def _place(case: corpus.Case, decision: recommend.Decision) -> int:
    """Of the epoch picked among those of the case: a question leaves out validations without a value."""
    return int(np.flatnonzero(case.epochs == decision.asked.question.steps[decision.index])[0])


def _kind(meta: pd.Series) -> str:
    """What the validation set differs by, "like" where by nothing and "several" where by more than one thing."""
    noisy = meta.get("nmode", "none") in ("val", "both")
    shifted = meta.get("shift", "none") != "none"
    resampled = float(meta.get("imb", 0) or 0) > 0
    found = [kind for kind, so in zip(KINDS, (noisy, shifted, resampled), strict=True) if so]
    return "several" if len(found) > 1 else found[0] if found else "like"


def fit(table: pd.DataFrame) -> tuple[float, float]:
    """How much further the range reaches below and above, in quadrature, for all but :data:`BEYOND` at either end."""
    error = table.truth - table.value
    return _reach(-error, table.value - table.low), _reach(error, table.high - table.value)


def _reach(beyond: pd.Series, half: pd.Series) -> float:
    needed = np.sqrt(np.maximum(0, np.maximum(beyond, 0) ** 2 - half**2))
    return float(np.quantile(needed, 1 - BEYOND))


def holds(table: pd.DataFrame, below: float, above: float) -> np.ndarray:
    """(runs,) whether the widened range holds the test accuracy."""
    low = table.value - np.hypot(table.value - table.low, below)
    high = table.value + np.hypot(table.high - table.value, above)
    return ((low <= table.truth) & (table.truth <= high)).to_numpy(float)


def folds(table: pd.DataFrame) -> np.ndarray:
    """(runs,) the same, each data set by numbers of the others."""
    found = np.empty(len(table))
    for dataset in table.dataset.unique():
        left = (table.dataset == dataset).to_numpy()
        found[left] = holds(table[left], *fit(table[~left]))
    return found


def share(table: pd.DataFrame, column: np.ndarray) -> list[float]:
    """A mean with the ends of its 95 % interval over data sets."""
    return [round(float(value), 3) for value in Bootstrap(list(table.dataset)).mean(column)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument(
        "--also", action="append", default=[], metavar="NAME=FOLDER", help="another corpus, on which nothing is fitted"
    )
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    table = promises(given.corpus, given.jobs)
    others = {
        name: promises(Path(folder), given.jobs) for name, _, folder in (one.partition("=") for one in given.also)
    }
    found, lines = {}, []
    for kind in ("like", *KINDS):
        part = table[table.kind == kind]
        below, above = fit(part) if kind in KINDS else (0.0, 0.0)
        before, after = share(part, holds(part, 0, 0)), share(part, folds(part) if kind in KINDS else holds(part, 0, 0))
        wider = (f"{100 * below:.0f} below, {100 * above:.0f} above", _shown(after)) if kind in KINDS else ("", "")
        lines.append(_row(kind, "tuning, by folds", part, _shown(before), *wider))
        elsewhere = {}
        for name, other in others.items():
            there = other[other.kind == kind]
            if len(there):
                said, then = share(there, holds(there, 0, 0)), share(there, holds(there, below, above))
                elsewhere[name] = {"before": said, "after": then, "runs": len(there)}
                lines.append(_row(kind, name, there, _shown(said), "", _shown(then) if kind in KINDS else ""))
        found[kind] = {"below": round(below, 3), "above": round(above, 3), "before": before, "after": after,
                       "runs": len(part), "datasets": int(part.dataset.nunique()), "elsewhere": elsewhere}  # fmt: skip
    also = "".join(f" --also {one.partition('=')[0]}=…" for one in given.also)
    page = "\n".join([
        "# Where the validation set is unlike the test data", "",
        f"Made by `python benchmarks/decisions/unlike.py ../shared/corpus{also} --write`. Share of the runs whose test",
        "accuracy the 90 % range of the recommended epoch holds, with 95 % intervals over data sets. The tuning corpus",
        "is not public; on the others nothing was chosen, and anybody can make them.", "",
        "| validation set | corpus | runs | data sets | as said of data like it | reaches further by points, in "
        "quadrature | then |",
        "|---|---|---|---|---|---|---|", *lines, "",
    ])  # fmt: skip
    print(page)
    if given.write:
        (HERE / "unlike.md").write_text(page, encoding="utf-8", newline="\n")
        FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8", newline="\n")


def _row(kind: str, name: str, part: pd.DataFrame, *told: str) -> str:
    return "| " + " | ".join((kind, name, f"{len(part):,}", str(part.dataset.nunique()), *told)) + " |"


def _shown(share: list[float]) -> str:
    mean, low, high = (100 * value for value in share)
    return f"{mean:.0f} % [{low:.0f}, {high:.0f}]"


if __name__ == "__main__":
    main()
