"""Sweeps whose truth is known: how good models are by their settings, and runs with luck of seed and of examples.

Six settings, each from 0 to 1 where a surface looks at it: a learning rate, a width and a decay by powers, a dropout,
one of three networks, and a momentum that no surface looks at.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from selectmodel.commands.rank.rank import _ranking
from selectmodel.commands.rank.ranking import RankedRun, Ranking, Z
from selectmodel.records import Floats

NAMES = ("lr", "width", "decay", "dropout", "net", "momentum")
NETS = ("conv", "dense", "gated")
#: Validation examples of a run, and by how much seeds differ, a standard deviation.
EXAMPLES, SEED_SD = 1000, 0.01


def _peak(u: Floats) -> Floats:
    return 0.86 - 0.5 * (u[:, 0] - 0.55) ** 2


def _flat(u: Floats) -> Floats:
    return np.full(len(u), 0.8)


def _rising(u: Floats) -> Floats:
    return 0.72 + 0.1 * u[:, 0] + 0.08 * (1 - np.exp(-4 * u[:, 1]))


def _cliff(u: Floats) -> Floats:
    return np.where(u[:, 0] < 0.8, 0.74 + 0.12 * u[:, 0] - 0.04 * (u[:, 3] - 0.3) ** 2, 0.35)


def _ridge(u: Floats) -> Floats:
    return 0.85 - 0.45 * (u[:, 0] - 0.3 - 0.5 * u[:, 1]) ** 2


def _several(u: Floats) -> Floats:
    parts = 0.3 * (u[:, 0] - 0.5) ** 2, -0.06 * u[:, 1], 0.12 * (u[:, 2] - 0.4) ** 2, 0.03 * u[:, 3]
    return 0.82 - sum(parts, start=np.zeros(len(u)))


def _humps(u: Floats) -> Floats:
    first, second = np.exp(-(((u[:, 0] - 0.2) / 0.12) ** 2)), np.exp(-(((u[:, 0] - 0.75) / 0.12) ** 2))
    return 0.7 + 0.09 * first + 0.13 * second - 0.05 * np.abs(u[:, 3] - 0.5)


def _kinds(u: Floats) -> Floats:
    net = np.minimum((3 * u[:, 4]).astype(int), 2)
    best = np.array([0.35, 0.5, 0.8])[net]
    return np.array([0.84, 0.8, 0.82])[net] - 0.4 * (u[:, 0] - best) ** 2


def _falling(u: Floats) -> Floats:
    return 0.86 - 0.14 * u[:, 0] ** 0.7 - 0.03 * u[:, 2]


def _valley(u: Floats) -> Floats:
    return 0.84 - 0.3 * (u[:, 0] + u[:, 2] - 0.9) ** 2 - 0.1 * (u[:, 3] - 0.6) ** 2


def _plateau(u: Floats) -> Floats:
    return 0.62 + 0.24 / (1 + np.exp(-12 * (u[:, 1] - 0.4))) - 0.05 * u[:, 0] * u[:, 2]


def _steps(u: Floats) -> Floats:
    gated = u[:, 4] >= 2 / 3
    return 0.77 + 0.05 * (gated & (u[:, 1] > 0.5)) + 0.05 * np.sin(np.pi * u[:, 0])


#: On the first ones formulas were chosen, or their results were looked at meanwhile; nobody had seen any of the others.
CHOSEN_ON: Mapping[str, Callable[[Floats], Floats]] = {
    "peak": _peak, "flat": _flat, "rising": _rising, "cliff": _cliff,
    "ridge": _ridge, "several": _several, "humps": _humps,
}  # fmt: skip
QUOTED: Mapping[str, Callable[[Floats], Floats]] = {
    "kinds": _kinds, "falling": _falling, "valley": _valley, "plateau": _plateau, "steps": _steps,
}  # fmt: skip
SURFACES = {**CHOSEN_ON, **QUOTED}
DESIGNS = ("random", "repeats", "grid", "linked")
_LEVELS = {20: (5, 1, 1, 2, 2), 60: (5, 3, 1, 2, 2), 200: (5, 5, 2, 2, 2)}


class Drawn(NamedTuple):
    """A sweep of n runs: their settings ``u`` (n, 6), what each is truly worth (n,), and what ``rank`` makes of it."""

    u: Floats
    true: Floats
    ranking: Ranking


def settings(design: str, runs: int, random: np.random.Generator) -> Floats:
    """(n, 6) settings as drawn by a search of that kind. ``grid`` and ``linked`` vary fewer of them."""
    u = random.uniform(size=(runs, len(NAMES)))
    if design == "repeats":
        return np.repeat(u[: math.ceil(runs / 3)], 3, axis=0)[:runs]
    if design == "linked":
        u[:, 2] = np.clip(u[:, 0] + 0.1 * random.standard_normal(runs), 0, 1)
    return u


def grid(runs: int) -> Floats:
    """(n, 6) every combination of a few values, the last setting as it is by default."""
    axes = [np.linspace(0, 1, count) if count > 1 else np.array([0.5]) for count in _LEVELS[runs]]
    return np.stack(np.meshgrid(*axes, np.array([0.5]), indexing="ij"), axis=-1).reshape(-1, len(NAMES))


def more_settings(design: str, u: Floats, more: int, random: np.random.Generator) -> Floats:
    """(more, 6) of further runs of the same search; of a grid some of its points with other seeds."""
    return u[random.integers(len(u), size=more)] if design == "grid" else settings(design, more, random)


def sweep(surface: str, design: str, runs: int, random: np.random.Generator, u: Floats | None = None) -> Drawn:
    """A sweep of a surface, ranked; ``u`` where its settings are given."""
    u = (grid(runs) if design == "grid" else settings(design, runs, random)) if u is None else u
    true = np.clip(SURFACES[surface](u) + SEED_SD * random.standard_normal(len(u)), 0.01, 0.99)
    return ranked(u, true, random.binomial(EXAMPLES, true) / EXAMPLES)


def ranked(u: Floats, true: Floats, logged: Floats) -> Drawn:
    """The ranking of runs with such settings that logged such accuracies; ``true`` and ``u`` come out as they are."""
    return Drawn(u, true, _ranking(["sweep"], [_run(at, *one) for at, one in enumerate(zip(u, logged, strict=True))],
                                   [], (), 20))  # fmt: skip


def _run(at: int, u: Floats, logged: float) -> RankedRun:
    half = Z * math.sqrt(max(logged * (1 - logged), 1 / EXAMPLES) / EXAMPLES)
    return RankedRun(
        f"run-{at:04}", f"run-{at:04}", "", "aim_accuracy", "val_accuracy", "max", 9.0, None, float(logged),
        float(logged), float(logged) - half, float(logged) + half, candidates=1, val_size=EXAMPLES,
        hparams={
            "lr": 10 ** (-5 + 4 * float(u[0])), "width": 16 * 2 ** (6 * float(u[1])),
            "decay": 10 ** (-6 + 5 * float(u[2])),
            "dropout": 0.6 * float(u[3]), "net": NETS[min(int(3 * u[4]), 2)], "momentum": 0.8 + 0.19 * float(u[5]),
        },
    )  # fmt: skip


def number_of(run: RankedRun) -> int:
    """Where a run stands in the arrays of its sweep."""
    return int(run.name.removeprefix("run-"))


def best(surface: str, name: str) -> str:
    """Where a setting is truly best if all others are as good as they can be: edges are 1/20 of its axis wide."""
    u = np.random.default_rng(0).uniform(size=(4000, len(NAMES)))
    spots = np.linspace(0, 1, 41)
    highest = []
    for spot in spots:
        u[:, NAMES.index(name)] = spot
        highest.append(float(SURFACES[surface](u).max()))
    if max(highest) - min(highest) < 1e-3:
        return "anywhere"
    at = spots[int(np.argmax(highest))]
    return "lower edge" if at <= 0.05 else "upper edge" if at >= 0.95 else "inside"


def shares(drawn: Drawn, surface: str) -> dict[str, float]:
    """Of each setting: by how much the truth differs, on average, where two runs swap it, as a part of all variance.

    Half the mean square of the difference: for settings drawn independently, the total effect of Sobol.
    """
    f, n = SURFACES[surface], len(drawn.u)
    logged = np.array([run.value for run in drawn.ranking.runs])
    before = f(drawn.u)
    found = {}
    for at, name in enumerate(NAMES):
        swapped = np.repeat(drawn.u, n, axis=0)
        swapped[:, at] = np.tile(drawn.u[:, at], n)
        part = float(np.mean((f(swapped).reshape(n, n) - before[:, None]) ** 2)) / 2 / float(np.var(logged))
        found[name] = min(part, 1.0)  # as it is told
    return found
