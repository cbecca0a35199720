"""Settles which metric selects the epoch and which way is better: by the user, the policy, the log, then the name.

Nothing is guessed: an unknown direction or several metrics with equal right end in a ChoiceError with the flag to add.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from selectmodel.errors import ChoiceError, LogError, UsageError
from selectmodel.metrics.meaning import Meaning, loss_name, whole_epochs
from selectmodel.metrics.words import take_apart
from selectmodel.records import Goal, Split
from selectmodel.settings import ending_in, escaped, looks_alike


@dataclass(frozen=True, slots=True)
class Monitor:
    """The metric that selects: its goal, its split, why it and why this goal; ``notices`` must be shown to the user."""

    name: str
    goal: Goal
    why: str
    goal_why: str
    split: Split | None
    notices: tuple[str, ...]


_GOALS: Mapping[str, Goal] = MappingProxyType({})
_SHOWN = 12
_LONGEST = 200  # difflib is quadratic, and a log's names are as long as it likes


def choose(
    meanings: Mapping[str, Meaning],
    *,
    metric: str | None = None,
    goals: Mapping[str, Goal] = _GOALS,
    usable: Collection[str] | None = None,
) -> Monitor:
    """The metric that selects the epoch.

    ``metric`` is the user's NAME, NAME:min or NAME:max (an exact name wins over a suffix); without it the main
    validation loss is taken, else the only validation metric whose direction is known, if it is more than a part of an
    autoencoder's objective. ``goals`` are the policy's; ``usable`` holds the names with a finite value, None means all.

    Raises UsageError for a name the log does not hold, ChoiceError where the user must choose, LogError where the log
    holds no metric at all.
    """
    offered = {name: m for name, m in meanings.items() if usable is None or name in usable}
    if metric is not None:
        return _asked(metric, meanings, offered, goals)
    return _default(meanings, offered, goals)


def flag(name: str, goal: Goal | None = None, *, hidden: bool = False) -> str:
    """The exact flag that names a metric, quoted for a shell; ``hidden``: what tells it apart cannot be seen."""
    text = f"{name}:{goal}" if goal else name
    quoted = shlex.quote(text) if text.isprintable() and not hidden else escaped(text)
    return f"--metric{'=' if text.startswith('-') else ' '}{quoted}"


def _asked(
    metric: str, meanings: Mapping[str, Meaning], offered: Mapping[str, Meaning], goals: Mapping[str, Goal]
) -> Monitor:
    name, said = name_and_goal(metric, meanings)
    if name not in meanings:
        raise UsageError(unknown(name, offered, _choosable(offered), said))
    if name not in offered:
        raise UsageError(f"--metric: {name!r} holds no finite value in this log{_listed(_choosable(offered))}")
    meaning = meanings[name]
    if not meaning.quality and said is None:
        raise UsageError(
            f"--metric: {name!r} does not measure quality: {meaning.quality_why}; "
            f"to select by it all the same add {flag(name, 'min')} or {flag(name, 'max')}"
        )
    goal, goal_why = (said, "said by --metric") if said else _goal(meaning, goals)
    if goal is None:
        raise ChoiceError(_undirected(name, goal_why))
    return _monitor(meaning, goal, goal_why, "named by --metric", assumed=goal_why == meaning.goal_why)


def name_and_goal(metric: str, known: Container[str]) -> tuple[str, Goal | None]:
    """The name of a metric and the direction said behind it, ``NAME:max``; a ``known`` name is whole as it is."""
    name, colon, end = metric.rpartition(":")
    if metric in known or not colon:
        return metric, None
    if end == "min":
        return name, "min"
    return (name, "max") if end == "max" else (metric, None)


def _goal(meaning: Meaning, goals: Mapping[str, Goal]) -> tuple[Goal | None, str]:
    if meaning.name in goals:
        return goals[meaning.name], "said by the policy"
    return meaning.goal, meaning.goal_why


def _default(meanings: Mapping[str, Meaning], offered: Mapping[str, Meaning], goals: Mapping[str, Goal]) -> Monitor:
    validation = [m for m in offered.values() if m.split == "val" and m.quality]
    if not validation:
        raise _without_validation(meanings, offered, goals)
    directed: dict[str, tuple[Goal, str]] = {}
    for meaning in validation:
        goal, goal_why = _goal(meaning, goals)
        if goal is not None:
            directed[meaning.name] = goal, goal_why
    main = loss_name(offered, "val")
    if main is not None and main in directed:
        return _monitor(offered[main], *directed[main], "the main validation loss")
    sure = [name for name in directed if not offered[name].weak or name in goals]
    candidates = whole_epochs(sure or directed, offered)
    if len(candidates) != 1:
        raise _several(sorted(validation, key=lambda m: _likely(m, goals)), candidates, goals)
    (only,) = candidates
    whole = [m.name for m in validation if m.name not in directed and _words(m) & _OBJECTIVE]
    if whole and _words(offered[only]) & _DIVERGENCE:
        head = f"{only} is but a part of what is trained for; add the metric to select by, e.g. {flag(whole[0], 'min')}"
        raise ChoiceError(head, _choices(sorted(validation, key=lambda m: _likely(m, goals)), goals))
    why = "the only validation metric with a known direction"
    return _monitor(offered[only], *directed[only], why, assumed=only not in goals)


#: What a variational autoencoder is trained for or tells of its outcome, and the part of it that must not rule alone.
_OBJECTIVE, _DIVERGENCE = frozenset({"elbo", "vlb", "recon", "reconstruction"}), frozenset({"kl", "kld"})


def _words(meaning: Meaning) -> set[str]:
    return set(meaning.base.split("_"))


def _monitor(meaning: Meaning, goal: Goal, goal_why: str, why: str, *, assumed: bool = False) -> Monitor:
    name = meaning.name
    other: Goal = "max" if goal == "min" else "min"
    notices: list[str] = []
    if assumed and meaning.weak:
        notices.append(f"{name}: direction '{goal}' {meaning.goal_why}; if lower is better add {flag(name, other)}")
    if meaning.goal not in (None, goal) and not meaning.weak:
        notices.append(f"{name}: selecting for {goal} ({goal_why}), though {meaning.goal_why} ({meaning.goal})")
    if not meaning.quality:
        notices.append(f"{name} does not measure quality: {meaning.quality_why}")
    if meaning.split in _CAUTION:
        notices.append(f"{name}: {_CAUTION[meaning.split]}")
    elif meaning.split is None and meaning.quality:
        notices.append(f"{name}: {meaning.split_why}; make sure that it is measured on validation data")
    return Monitor(name, goal, why, goal_why, meaning.split, tuple(notices))


_CAUTION: Mapping[Split | None, str] = MappingProxyType({
    "test": "selecting on the test set: its value at the chosen epoch is no longer a fair estimate for data like it",
    "train": "selecting on training data: it cannot see overfitting, and usually picks the last epoch",
})  # fmt: skip


def _undirected(name: str, why: str) -> str:
    return f"which direction of {name!r} is better is not known: {why}; add {flag(name, 'min')} or {flag(name, 'max')}"


def _several(validation: Iterable[Meaning], candidates: list[str], goals: Mapping[str, Goal]) -> ChoiceError:
    metrics = list(validation)
    if not candidates and len(metrics) == 1:
        return ChoiceError(_undirected(metrics[0].name, metrics[0].goal_why))
    if candidates:
        example = flag(candidates[0])
        head = f"several validation metrics may select the epoch and none is the main loss; add one, e.g. {example}"
    else:
        head = f"no validation metric has a known direction; add one, e.g. {flag(metrics[0].name, 'min')}"
    return ChoiceError(head, _choices(metrics, goals))


def _without_validation(
    meanings: Mapping[str, Meaning], offered: Mapping[str, Meaning], goals: Mapping[str, Goal]
) -> ChoiceError | LogError:
    empty = [m.name for m in meanings.values() if m.split == "val" and m.quality]
    other = sorted((m for m in offered.values() if m.quality), key=lambda m: _likely(m, goals))
    what = "the log has no validation values"
    if empty:
        what += f" ({', '.join(empty[:_SHOWN])}: no finite value)"
    if not other:
        held = ", ".join(list(offered)[:_SHOWN]) or "nothing"
        return LogError(f"{what}, nor any other metric that measures quality: it holds {held}")
    return ChoiceError(f"{what}; nothing is selected on other data unless you name it:", _choices(other, goals))


def _likely(meaning: Meaning, goals: Mapping[str, Goal]) -> tuple[bool, int, bool, int, int]:
    """Sorts what may be meant: a known direction first, scores before losses, a mean before its bounds."""
    goal, _ = _goal(meaning, goals)
    words = _words(meaning)
    bound = bool(words & {"max", "min", "std"}) - bool(words & {"mean", "avg", "average"})
    return (
        goal is None or meaning.weak,
        _ORDER[meaning.split],
        goal != "max",
        bound,
        len(take_apart(meaning.name).every),
    )


_ORDER: Mapping[Split | None, int] = MappingProxyType({None: 0, "test": 1, "train": 2, "val": 3})
_MEANS: Mapping[Split | None, str] = MappingProxyType({
    None: "its split is not known", "train": "selects on training data", "test": "selects on the test set", "val": "",
})  # fmt: skip


def _choices(metrics: Collection[Meaning], goals: Mapping[str, Goal]) -> list[str]:
    """One line a metric: the flag, the direction and where it came from, and what is to be known of its split."""
    lines = []
    for meaning in list(metrics)[:_SHOWN]:
        goal, why = _goal(meaning, goals)
        if goal is None:
            flags, told = f"{flag(meaning.name, 'min')} or {flag(meaning.name, 'max')}", f"direction not known: {why}"
        else:
            # without a validation split the direction is spelled out, so that the line can be used as it stands
            flags = flag(meaning.name, goal if meaning.split != "val" or meaning.weak else None)
            told = f"{goal}: {why}"
        lines.append("  ".join([flags, f"({'; '.join(filter(None, [told, _MEANS[meaning.split]]))})"]))
    if len(metrics) > _SHOWN:
        lines.append(f"and {len(metrics) - _SHOWN} more; see selectmodel inspect")
    return lines


def _choosable(offered: Mapping[str, Meaning]) -> list[str]:
    return [m.name for m in sorted(offered.values(), key=lambda m: (not m.quality, m.split != "val")) if m.quality]


def unknown(name: str, offered: Collection[str], choosable: list[str], said: Goal | None = None) -> str:
    """What is said of a name that the log does not hold: the nearest of those ``offered``, else what may be chosen."""
    known = [other for other in offered if len(other) <= _LONGEST]
    twins = [other for other in known if looks_alike(other, name)]
    if twins:
        flags = " or ".join(flag(other, said, hidden=True) for other in twins)
        return f"--metric: no metric is named {escaped(name)}; one that only looks the same is: {flags}"
    same = [other for other in known if other.casefold() == name.casefold()]
    if same:
        return f"--metric: no metric is named {name!r}; names are case-sensitive: {_either(same, said)}"
    bare, colon, end = name.rpartition(":")
    if colon and bare in offered:
        return f"--metric: {end!r} is no direction; add {flag(bare, 'min')} or {flag(bare, 'max')}"
    folded = {other.casefold(): other for other in reversed(known)}
    close = (ending_in(name, known) or _beginning_with(name, known))[:3] or [
        folded[word] for word in difflib.get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.5)
    ]
    if close:
        return f"--metric: no metric is named {name!r}; did you mean {_either(close, said)}?"
    return f"--metric: no metric is named {name!r}{_listed(choosable)}"


def _beginning_with(name: str, known: Iterable[str]) -> list[str]:
    """The names that go on behind it: ``val_loss/dataloader_idx_0`` for "val_loss"."""
    start = name.casefold()
    return [other for other in known if other.casefold().startswith((f"{start}/", f"{start}_", f"{start}."))]


def _either(names: Iterable[str], said: Goal | None) -> str:
    return " or ".join(flag(name, said) for name in names)


def _listed(names: list[str]) -> str:
    if not names:
        return "; the log holds no metric that measures quality"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"; the log holds {', '.join(names[:_SHOWN])}{more}"
