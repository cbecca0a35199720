"""The Python interface: what the command line does, as functions."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from selectmodel import core, discovery
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
    return core.recommend(core.with_checkpoints(run, given), given, between)
