"""The Python interface: what the command line does, as functions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from selectmodel import core, discovery, sides
from selectmodel.comparison import Comparison
from selectmodel.errors import UsageError
from selectmodel.policy import Policy
from selectmodel.records import Run
from selectmodel.report import Report
from selectmodel.sources import ReadOptions

#: A run, or where one is read from.
Comparable = Run | str | PathLike[str]


def read(path: str | PathLike[str], *, runs: Sequence[str] = (), **options: Any) -> Run:
    """The run at ``path``, a log file or a folder that holds one.

    ``runs`` names one of several found in a folder, or several to be read as one. ``options`` are the fields of
    :class:`selectmodel.sources.ReadOptions` (``segment=2``, ``complete=True``, ``index="row"``, …).
    Raises ChoiceError where it is not clear what is meant, LogError where nothing can be read.
    """
    place = Path(path)
    return discovery.choose(place, discovery.find(place, ReadOptions(**options)), runs).read()


def discover(path: str | PathLike[str], *, errors: Literal["raise", "skip"] = "raise", **options: Any) -> list[Run]:
    """Every run below ``path``, in natural order of their names.

    ``errors`` "skip" leaves out runs that cannot be read; "raise" raises the first problem.
    """
    runs = []
    for result in discovery.read_all(discovery.find(Path(path), ReadOptions(**options))):
        if isinstance(result, Run):
            runs.append(result)
        elif errors == "raise":
            raise result
    return runs


def recommend(run: Run, policy: Policy | None = None, **keys: Any) -> Report:
    """The epoch to ship, with what every rule would have chosen, and the checkpoint files beside the log.

    ``keys`` are policy keys (``metric="val_loss"``, ``rule="gap"``, ``checkpoints="ckpt"``) or tables of a rule's
    settings (``gap={"weight": 0.3}``), or ``checks={"overfitting": "off"}``; they win over ``policy``. Raises
    UsageError if the question cannot be asked, LogError if the log holds nothing to judge.
    """
    given = core.with_keys(policy or Policy(), keys)
    return core.recommend(core.with_checkpoints(run, given), given)


def compare(
    *runs: Comparable,
    groups: Mapping[str, Comparable | Sequence[Comparable]] | None = None,
    policy: Policy | None = None,
    val_size: int | Sequence[int] = (),
    predictions: tuple[str | PathLike[str], str | PathLike[str]] | None = None,
    history: str | PathLike[str] | None = None,
    **keys: Any,
) -> Comparison:
    """Retrained models side by side, each at its own pick; the first is the reference.

    ``runs`` are runs or paths of logs, one a side; ``groups`` gives sides of several seeds instead, by name: a run, a
    path, a folder of runs, a pattern, or a list of these. ``val_size`` is one number of validation examples, or one a
    side; ``predictions`` two files of predictions on the same examples; ``history`` a file of decisions that is read,
    and to which new ones are added. ``keys`` are policy keys, as in :func:`recommend`. Raises as ``recommend`` does,
    OutputError where the history cannot be written.
    """
    given = core.with_keys(policy or Policy(), keys)
    if runs and groups:
        raise UsageError("compare: give runs or groups, not both")
    named: dict[str, list[tuple[str, Run]]] = {}
    if groups:
        for name, members in groups.items():
            listed = [members] if isinstance(members, (str, PathLike, Run)) else members
            named[name] = [member for item in listed for member in _members(item)]
            if not named[name]:
                raise UsageError(f"compare: group {name} holds no run")
    else:
        read_runs = [run if isinstance(run, Run) else read(run) for run in runs]
        named = {name: [(name, run)] for name, run in zip(sides.told_apart(read_runs), read_runs, strict=True)}
    return sides.compare(
        named,
        given,
        sizes=[val_size] if isinstance(val_size, int) else list(val_size),
        predictions=None if predictions is None else (Path(predictions[0]), Path(predictions[1])),
        kept=None if history is None else Path(history),
    )


def _members(item: Comparable) -> list[tuple[str, Run]]:
    return [(item.name, item)] if isinstance(item, Run) else sides.runs_of([os.fspath(item)], ReadOptions())
