"""The page of ``growth.py``: what was measured, the model that follows from it, and how far that is off elsewhere."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

Look = dict[str, Any]
MILLION = 1_000_000
MACHINES = (1, 2, 4, 8, 32)

_ABOUT = """\
# Growth

What `rank` takes for a sweep of CSV logs (30 epochs, five metrics) with a file of settings beside each, on one machine
and on workers, beside its peers on the same runs; written by `growth.py`. No two runs of a sweep are alike.

Other programs ran on this machine's {cores} cores meanwhile: a process that was always busy got {share:.0%} of a core
(the median). Wall times tell how long one waited here and little of the programs. All ratios, and the model, are of
**processor seconds** of whole processes, with all imports; of several looks the one with the fewest counts, and the
same look took up to {spread:.0%} more of them at another time. The driver and the busiest worker together are the
"path": what a sweep takes where every worker has a core of its own.
{versions}.
"""
_MODEL = """\
## Model

On workers, the path in seconds is **{a:.2f} + {b:.3f} · runs/1000/workers + {c:.3f} · runs/1000**: to start, what
workers share, and what the driver does alone (it walks the folder, tells formats, and puts the runs in their places).
In one process without workers (`batch`) it is {start:.2f} + {each:.3f} · runs/1000. Fitted to relative errors at
{fitted} runs (off there by {worst:.0f} % at most), and held against {checked} runs, which took no part:
"""
_MILLION = """\
A million runs were not measured here. **By the model**, they take:
"""
_LIMIT = """\
However many the machines, what the driver does alone stays: at most {limit:.1f} times as fast as `batch`. Each machine
must see the folder under the same path; in a store (`s3://…`) workers find the runs themselves.
"""
_SECOND = """\
## The second look

The command itself, `selectmodel rank FOLDER --cache FILE`, with its start: the first look fills the cache, the second
finds that nothing has changed and shows the same bytes (which is asserted). Every file is still opened and read for
its checksum. Of several looks the least of each column.
"""
_PEERS = """\
## Beside peers

The same runs in the form that each peer reads; ours and theirs in turns. pandas is a loop of `read_csv` and `idxmax`,
tbparse a `SummaryReader` and `idxmax`: the bare highest value, without rules, settings, repeats and checks. MLflow's
`search_runs` orders by **last** values, the only ones it knows without a further request for each run; `rank` reads
every epoch from the same database.
"""


def page(looks: Sequence[Look], counts: Sequence[int], checked: Sequence[int]) -> str:
    """The page in Markdown. Raises SystemExit where two looks at the same runs found something else."""
    engines = _best(look for look in looks if look["kind"] == "engine")
    peers = _best(look for look in looks if look["kind"] == "peer")
    _agree(engines, peers)
    parts = [
        _ABOUT.format(
            cores=os.cpu_count(), share=_share([*engines, *peers]), spread=_spread(looks), versions=_versions()
        ),
        *_engines(engines),
        "",
        *_model(engines, counts, checked),
        "",
        _SECOND,
        *_second([look for look in looks if look["kind"] == "again"]),
        "",
        _PEERS,
        *_peers(peers),
    ]
    return "\n".join(parts) + "\n"


def _best(looks: Iterable[Look]) -> list[Look]:
    """Of several looks at the same in the same way, the one with the fewest processor seconds; in order."""
    found: dict[tuple[Any, ...], Look] = {}
    for look in sorted(looks, key=lambda look: -_all_cpu(look)):
        found[look["count"], look.get("workers", 0), look.get("form", ""), look.get("who", "")] = look
    return [found[key] for key in sorted(found, key=lambda key: key[:3])]


def _all_cpu(look: Look) -> float:
    return float(look["cpu"]) + float(look.get("workers_cpu", 0))


def _agree(engines: Sequence[Look], peers: Sequence[Look]) -> None:
    """Every number of workers gives the same answer to the last bit; peers find the same run in each form."""
    for count in {look["count"] for look in engines}:
        answers = {look["answer"] for look in engines if look["count"] == count}
        answers |= {look["answer"] for look in peers if look["count"] == count and _is(look, "csv", "rank")}
        if len(answers) != 1:
            raise SystemExit(f"{count} runs: not every engine gives the same answer")
    for count in {look["count"] for look in peers}:
        theirs = {(look["best"], look["epoch"]) for look in peers if look["count"] == count and "epoch" in look}
        ours = {_run(look["best"]) for look in peers if look["count"] == count and look["who"] == "rank"}
        if len(theirs) > 1 or len(ours) != 1:
            raise SystemExit(f"{count} runs: the forms of the sweep are not the same runs")


def _is(look: Look, form: str, who: str) -> bool:
    return bool(look["form"] == form and look["who"] == who)


def _run(name: str) -> str:
    """The run's own name in that of a log file or of a tracker."""
    return next(part for part in name.replace("-", "/").split("/") if part.startswith("run"))


def _share(looks: Iterable[Look]) -> float:
    """Median part of a core that a look in one process had."""
    return float(np.median([min(1.0, look["cpu"] / look["wall"]) for look in looks if not look["workers_cpu"]]))


def _spread(looks: Iterable[Look]) -> float:
    """By what part of the fewest the processor seconds of the same look differed, where they did most."""
    seconds: dict[tuple[Any, ...], list[float]] = {}
    for look in looks:
        if look["kind"] != "again":
            key = (look["count"], look.get("form", "csv"), look.get("who", "rank"), look.get("workers", 1))
            seconds.setdefault(key, []).append(_all_cpu(look))
    return max(max(each) / min(each) - 1 for each in seconds.values())


def _path(look: Look) -> float:
    return float(look["cpu"]) + float(look["busiest"])


def _engines(looks: Sequence[Look]) -> list[str]:
    rows = [
        "| runs | workers | path s | driver CPU s | workers CPU s | busiest | wall s | driver MB | a worker MB |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for look in looks:
        cells: list[str] = [f"{look['count']:,}", "none", f"{_path(look):.1f}", f"{look['cpu']:.1f}", "", ""]
        cells += [f"{look['wall']:.0f}", f"{look['peak']:.0f}", ""]
        if look["workers"] > 1:
            cells[1], cells[4], cells[5] = str(look["workers"]), f"{look['workers_cpu']:.1f}", f"{look['busiest']:.1f}"
            cells[8] = f"{look['workers_peak']:.0f}"
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _fitted(columns: list[list[float]], seconds: Sequence[float]) -> list[float]:
    """The weights of the columns that make the relative errors least, in the sense of squares."""
    weight = 1 / np.array(seconds)
    found = np.linalg.lstsq(np.array(columns).T * weight[:, None], np.ones(len(seconds)), rcond=None)[0]
    return [float(one) for one in found]


def _terms(looks: Sequence[Look], *, shared: bool) -> list[list[float]]:
    thousands = [look["count"] / 1000 for look in looks]
    split = [[runs / look["workers"] for runs, look in zip(thousands, looks, strict=True)]] if shared else []
    return [[1.0] * len(looks), *split, thousands]


def _model(looks: Sequence[Look], counts: Sequence[int], checked: Sequence[int]) -> list[str]:
    alone, several = (
        [look for look in looks if (look["workers"] == 1) is single and look["count"] in {*counts, *checked}]
        for single in (True, False)
    )
    forms = {}
    for shared, some in ((False, alone), (True, several)):
        used = [look for look in some if look["count"] in counts]
        forms[shared] = _fitted(_terms(used, shared=shared), [_path(look) for look in used])
    rows, errors = _errors([*alone, *several], forms, checked)
    a, b, c = forms[True]
    start, each = forms[False]
    told = _MODEL.format(
        a=a, b=b, c=c, start=start, each=each, fitted=_list(counts), checked=_list(checked), worst=max(errors)
    )
    return [told, *rows, "", _MILLION, *_million(alone, several, forms), "", _LIMIT.format(limit=each / c)]


def _said(look: Look, forms: dict[bool, list[float]]) -> float:
    shared = look["workers"] > 1
    terms = [column[0] for column in _terms([look], shared=shared)]
    return sum(weight * term for weight, term in zip(forms[shared], terms, strict=True))


def _errors(
    looks: Sequence[Look], forms: dict[bool, list[float]], checked: Sequence[int]
) -> tuple[list[str], list[float]]:
    """A row for each look at the counts that took no part, and how far off the model is at the others, in percent."""
    rows = ["| runs | workers | path s | by the model | off |", "|---:|---:|---:|---:|---:|"]
    errors = []
    for look in sorted(looks, key=lambda look: (look["count"], look["workers"])):
        said = _said(look, forms)
        off = 100 * (said / _path(look) - 1)
        if look["count"] in checked:
            workers = "none" if look["workers"] == 1 else look["workers"]
            rows.append(f"| {look['count']:,} | {workers} | {_path(look):.1f} | {said:.1f} | {off:+.0f} % |")
        else:
            errors.append(abs(off))
    return rows, errors


def _million(alone: Sequence[Look], several: Sequence[Look], forms: dict[bool, list[float]]) -> list[str]:
    rows = ["| machines | path, minutes | memory of the driver, GB |", "|---:|---:|---:|"]
    for machines in MACHINES:
        some = alone if machines == 1 else several
        # of the largest two: the first 64 MB of logs are kept in memory, whatever the sweep
        largest = sorted(some, key=lambda look: (look["count"], -look["workers"]))[-2:]
        memory = np.polyfit([look["count"] for look in largest], [look["peak"] for look in largest], 1)
        seconds = _said({"count": MILLION, "workers": machines}, forms)
        rows.append(f"| {machines} | {seconds / 60:.1f} | {np.polyval(memory, MILLION) / 1024:.1f} |")
    return rows


def _list(counts: Sequence[int]) -> str:
    *first, last = (f"{count:,}" for count in sorted(counts))
    return f"{', '.join(first)} and {last}" if first else last


def _second(looks: Sequence[Look]) -> list[str]:
    rows = [
        "| runs | first CPU s | second CPU s | times | first wall s | second wall s | times | second MB |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for count in sorted({look["count"] for look in looks}):
        measured = [look for look in looks if look["count"] == count]
        cells = [f"{count:,}"]
        for key, digits in (("cpu", 2), ("wall", 1)):
            first, second = (min(look[which][key] for look in measured) for which in ("first", "second"))
            cells += [f"{first:.1f}", f"{second:.{digits}f}", f"{first / second:.0f}"]
        rows.append(f"| {' | '.join(cells)} | {max(look['second']['peak'] for look in measured):.0f} |")
    return rows


def _peers(looks: Sequence[Look]) -> list[str]:
    rows = ["| runs | read from | by | CPU s | × ours | wall s | MB |", "|---:|---|---|---:|---:|---:|---:|"]
    names = {"csv": "CSV", "events": "event files", "mlflow": "MLflow's SQLite"}
    ours = {(look["count"], look["form"]): look["cpu"] for look in looks if look["who"] == "rank"}
    for look in sorted(looks, key=lambda look: (look["form"], look["count"], look["who"] != "rank")):
        who = {"rank": "`rank`", "mlflow": "`mlflow.search_runs`"}.get(look["who"], look["who"])
        times = "" if look["who"] == "rank" else f"{look['cpu'] / ours[look['count'], look['form']]:.1f}"
        rows.append(
            f"| {look['count']:,} | {names[look['form']]} | {who} | {look['cpu']:.1f} | {times} | {look['wall']:.0f} "
            f"| {look['peak']:.0f} |"
        )
    return rows


def _versions() -> str:
    packages = ("numpy", "pandas", "tbparse", "tensorboard", "mlflow", "joblib")
    told = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    return f"Python {platform.python_version()}, {told}"
