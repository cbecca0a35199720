"""Compares decisions: a pure function of the sides, each a run or several seeds at their own picks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

from selectmodel.commands.compare import same_metric, seeds, uncertainty
from selectmodel.commands.compare.comparison import Against, Change, Comparison, Side
from selectmodel.commands.compare.member import Cycle
from selectmodel.commands.compare.predictions import Paired
from selectmodel.commands.compare.uncertainty import ALPHA, LEVEL, Verdict, Worth, better
from selectmodel.commands.compare.warnings import (
    SAME_LOG,
    VALIDATION_DATA,
    changed_data,
    contradiction,
    differently_defined,
    same_log,
    shared_logs,
    unlike,
)
from selectmodel.display.numbers import figure
from selectmodel.errors import UsageError
from selectmodel.records import Note
from selectmodel.stats.noise import mean


def compare(
    sides: Sequence[Side], predictions: Paired | None = None, notes: Sequence[Note] = (), *, alone: bool = False
) -> Comparison:
    """Every side against the first; ``alone`` allows a single one, which begins a history.

    Raises UsageError where the sides were not picked by one metric, or there are no two.
    """
    if len(sides) < (1 if alone else 2):
        raise UsageError("compare: at least two runs are needed, or a history that holds others")
    sides, renamed = _named_alike(sides)
    members = [member for side in sides for member in side.members]
    first = members[0]
    for member in members:
        if (member.metric, member.goal) != (first.metric, first.goal):
            raise UsageError(
                f"{member.name} was judged by {member.metric}:{member.goal}, {first.name} by "
                f"{first.metric}:{first.goal}; name one metric for all with --metric NAME"
            )
    lacking = sorted(
        {name for m in members for name in m.judged} - set(uncertainty.common(*(m.values for m in members)))
    )
    told = [Note("SM179", f"{name} is not logged in every run; left out", "", "warn") for name in lacking]
    against = tuple(_against(sides[0], side) for side in sides[1:])
    latest = _against(sides[-2], sides[-1]) if len(sides) > 2 else None
    if latest is not None:
        against = (*against[:-1], _with_the_last_step(against[-1], sides[-2], latest))
    if predictions is not None:
        against = tuple(replace(other, remarks=()) for other in against)  # they speak of curves without predictions
    return Comparison(
        first.metric, first.goal, tuple(sides), against, predictions, (*notes, *renamed, *told), latest=latest
    )


def _named_alike(sides: Sequence[Side]) -> tuple[list[Side], list[Note]]:
    """The sides with every metric named as in the first run, and what was renamed for that."""
    first, told, found = sides[0].members[0], [], []
    for side in sides:
        members = [same_metric.as_in(first, member) for member in side.members]
        found.append(replace(side, members=tuple(member for member, _ in members)))
        told += [note for _, notes in members for note in notes]
    return found, told


def _against(reference: Side, side: Side) -> Against:
    twice = same_log(reference, side)
    held = twice or changed_data(reference.members, side.members)
    metrics = [
        name
        for name in reference.members[0].judged
        if all(name in member.values for member in (*reference.members, *side.members))
    ]
    several = len(reference.members) > 1 or len(side.members) > 1
    partners = _partners(reference, side) if several else None
    if several:
        changes, test = _of_seeds(reference, side, metrics, partners)
    else:
        changes, test = _of_runs(reference.members[0], side.members[0], metrics), "validation sizes"
    changes = _corrected(changes)
    changes = [_withheld(change, reference, side, held) for change in changes]
    warnings = [(SAME_LOG if twice else VALIDATION_DATA, held)] if held else contradiction(reference, side, changes)
    shared = shared_logs(reference, side)
    if shared and not twice:
        warnings.insert(0, (SAME_LOG, shared))
    return Against(side.name, test, tuple(warnings), tuple(changes), tuple(_remarks(reference, side, changes, held)))


def _with_the_last_step(newest: Against, before: Side, latest: Against) -> Against:
    """What misleads between the newest side and the one before it, which the reference may hide."""
    told = tuple((f"{about} (against {before.name})", text) for about, text in latest.warnings)
    return replace(newest, warnings=(*newest.warnings, *told))


def _withheld(change: Change, reference: Side, side: Side, held: str) -> Change:
    members = (*reference.members, *side.members)
    why = held or differently_defined(change.metric, reference.members, side.members) or unlike(change.metric, members)
    return replace(change, verdict="withheld", why=why, needed=None, low=None, high=None, p=None) if why else change


def _remarks(reference: Side, side: Side, changes: Sequence[Change], held: str) -> list[str]:
    """What the reader must know to take the verdict for what it is."""
    members = (*reference.members, *side.members)
    remarks: list[str] = []
    if same_log(reference, side):
        return remarks
    if {member.validation for member in members} - {None}:
        remarks.append(
            "The validation set is said to differ from the data in use: a loss gets no verdict there, and of pairs of "
            "runs validated so the intervals of accuracies held 84 to 86 % of the changes on test data rather than 90 %"
        )
    if len(members) > 2:
        remarks.append(
            "The interval holds the scatter between seeds; where all were validated on one set, another set of the "
            "same size would move both sides"
        )
    else:
        remarks.append(
            "The verdict is on these two checkpoints, not on the recipes that made them, of which another seed gives "
            "another; to judge recipes, several seeds a side: --group NAME=PLACE"
        )
    names = {member.data for member in members}
    if len(members) == 2:
        if not held:
            same = len(names) == 1 and None not in names
            told = any(change.low is not None for change in changes)
            wider = ", their errors are shared and these intervals wider than they need be;" if told else ""
            remarks.append(
                f"{'Both were' if same else 'If both were'} validated on the same examples"
                f"{wider or (':' if same else ',')} --predictions A B is exact"
            )
        sizes = {member.val_size for member in members}
        if not held and len(sizes) == 2 and None not in sizes:
            remarks.append("The validation sets differ in size, as you said: the verdict takes both for fair samples")
    return remarks


# one run a side


def measured(cycle: Cycle, metric: str) -> Worth:
    """What one metric of a cycle is worth, and how uncertain its log says that is."""
    value = cycle.values[metric]
    if metric == cycle.accuracy:
        return uncertainty.of_accuracy(
            value,
            size=cycle.val_size,
            expected=cycle.expected,
            percent=metric in cycle.percent,
            around=cycle.around,
            trained=cycle.trained,
        )
    if metric == cycle.loss:
        share = math.nan if cycle.accuracy is None else cycle.values.get(cycle.accuracy, math.nan)
        share = share / 100 if cycle.accuracy in cycle.percent else share
        known = share if math.isfinite(share) else None
        return uncertainty.of_loss(value, accuracy=known, size=cycle.val_size, risen=cycle.risen)
    why = "a log does not tell how uncertain it is; several seeds a side or --predictions do"
    return Worth(value, value, None, why=why)


def _of_runs(before: Cycle, after: Cycle, metrics: Sequence[str]) -> list[Change]:
    return [_of_two(metric, before, after, measured(before, metric), measured(after, metric)) for metric in metrics]


def _of_two(metric: str, before: Cycle, after: Cycle, one: Worth, other: Worth) -> Change:
    goal = before.goals[metric]
    raw = (before.values[metric], after.values[metric])
    found = uncertainty.difference(one, other)
    if found is None or not math.isfinite(found.change):
        why = one.why or other.why or "is not a number at one of the picks"
        return Change(metric, goal, *raw, other.value - one.value, None, None, None, "cannot tell", why)
    normal = NormalDist()
    half = normal.inv_cdf((1 + LEVEL) / 2) * found.se
    p = 2 * normal.cdf(-abs(found.change) / found.se)
    sizes = sorted({size for size in (before.val_size, after.val_size) if size})
    why = f"{' and '.join(f'{size:,}' for size in sizes)} validation examples"
    low, high = found.change - half, found.change + half
    return Change(metric, goal, *raw, found.change, low, high, p, "cannot tell", why, found.needed, "examples")


# several seeds a side


def _partners(reference: Side, side: Side) -> list[int] | None:
    return seeds.pairs([member.name for member in reference.members], [member.name for member in side.members])


def _of_seeds(
    reference: Side, side: Side, metrics: Sequence[str], partners: list[int] | None
) -> tuple[list[Change], str]:
    changes, names = [], set()
    for metric in metrics:
        goal = reference.members[0].goals[metric]
        one = [measured(member, metric).value for member in reference.members]
        other = [measured(member, metric).value for member in side.members]
        if partners is not None:
            other = [other[at] for at in partners]
        raw = (reference.mean(metric), side.mean(metric))
        if not all(math.isfinite(value) for value in (*one, *other)):
            why = "is not a number at the pick of some seed"
            changes.append(Change(metric, goal, *raw, mean(other) - mean(one), None, None, None, "cannot tell", why))
            continue
        found = seeds.test(one, other, paired=partners is not None)
        names.add(found.name)
        why = f"{found.name}, {len(one)} and {len(other)} seeds"
        p = found.p
        if found.exact is not None and found.exact > ALPHA >= p:
            p, why = found.exact, f"{why}; the exact permutation test does not agree (p {found.exact:.2g})"
        changes.append(
            Change(
                metric, goal, *raw, found.change, found.low, found.high, p, "cannot tell", why, found.needed, "seeds"
            )
        )
    return changes, "; ".join(sorted(names)) or "none"


def _corrected(changes: Sequence[Change]) -> list[Change]:
    """Verdicts. The monitored metric, the first, was named beforehand; the others are corrected together."""
    ps = [*(change.p for change in changes[:1]), *seeds.holm([change.p for change in changes[1:]])]
    return [_judged(change, p) for change, p in zip(changes, ps, strict=True)]


def _judged(change: Change, p: float | None) -> Change:
    verdict: Verdict = "cannot tell"
    why = change.why
    if p is not None and p <= ALPHA and change.change != 0:
        if change.change * (change.after - change.before) > 0:
            verdict = "better" if better(change.goal, change.change) else "worse"
        else:
            why += "; the numbers that are logged say the opposite"
    if change.p is not None and p is not None and change.p <= ALPHA < p:
        why += f"; alone it would be told, not among the other metrics together (p {figure(p)})"
    return replace(change, p=p, verdict=verdict, why=why)
