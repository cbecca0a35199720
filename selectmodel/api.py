"""The Python interface: what the command line does, as functions."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from selectmodel import advising, core, discovery
from selectmodel.errors import UsageError
from selectmodel.guidance import Guidance
from selectmodel.policy import Policy
from selectmodel.records import Run
from selectmodel.report import Report
from selectmodel.sources import ReadOptions


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


def recommend(
    run: Run, policy: Policy | None = None, *, between: tuple[float, float] | None = None, **keys: Any
) -> Report:
    """The epoch to ship, with what every rule would have chosen, and the checkpoint files beside the log.

    ``keys`` are policy keys (``metric="val_loss"``, ``rule="gap"``, ``checkpoints="ckpt"``) or tables of a rule's
    settings (``gap={"weight": 0.3}``), or ``checks={"overfitting": "off"}``; they win over ``policy``. ``between`` two
    epochs, as the log numbers them, asks which of these. Raises UsageError if the question cannot be asked, LogError
    if the log holds nothing to judge.
    """
    given = core.with_keys(policy or Policy(), keys)
    return advising.with_advice(core.recommend(core.with_checkpoints(run, given), given, between), given)


def advise(runs: Run | Sequence[Run], policy: Policy | None = None, **keys: Any) -> Guidance:
    """What to do in the next run, from a replay of this one or of several of the same job.

    ``keys`` as for :func:`recommend`, and ``advice={"early_stopping": {"points": 0.2}}``. Raises what recommend raises.
    """
    given = core.with_keys(policy or Policy(), keys)
    found = [runs] if isinstance(runs, Run) else list(runs)
    if not found:
        raise UsageError("there is no run to look back on")
    return advising.advise([core.recommend(core.with_checkpoints(run, given), given) for run in found], given)
