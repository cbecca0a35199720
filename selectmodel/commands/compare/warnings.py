"""What makes a comparison misleading: one log twice, other validation data, other metrics, metrics that disagree."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING

from selectmodel.commands.compare import uncertainty
from selectmodel.commands.compare.member import Cycle
from selectmodel.display.numbers import column

if TYPE_CHECKING:
    from selectmodel.commands.compare.comparison import Change, Side

#: What a warning is about where the screen must know.
SAME_LOG, VALIDATION_DATA, ON_PAPER = "the same log twice", "validation data", "better on paper, worse in use"
#: A rise of the loss by less than this share of it is no contradiction.
_RISE = 0.02


def same_log(before: Side, after: Side) -> str:
    """That two runs are one: their files have the same content, byte for byte; "" if they are two."""
    if len(before.members) > 1 or len(after.members) > 1 or not shared_logs(before, after):
        return ""
    return f"{before.name} and {after.name} have the same content, byte for byte, so there is nothing to compare"


def shared_logs(before: Side, after: Side) -> str:
    """Which seeds of one side have the content of one of the other; "" if none."""
    known = {member.log for member in before.members if member.log}
    twice = [member.name for member in after.members if member.log in known]
    if not twice:
        return ""
    return f"{', '.join(twice[:5])} of {after.name} {'is' if len(twice) == 1 else 'are'} on both sides"


def changed_data(before: Sequence[Cycle], after: Sequence[Cycle]) -> str:
    """Why the numbers of the two sides were not measured on the same kind of data; "" if nothing speaks for it.

    Names of data sets count most. Sizes count where both were recovered from the logs: two that were given differ
    knowingly.
    """
    one, other = ({member.data for member in members} - {None} for members in (before, after))
    if one and other and one != other:
        return f"the validation sets are different: {_names(one)} and {_names(other)}"
    if one and one == other:
        return ""
    members = (*before, *after)
    if any(member.val_size_given for member in members):
        return ""
    first, second = ({member.val_size for member in side} - {None} for side in (before, after))
    if first and second and first != second:
        return (
            f"the validation sets differ in size ({_names(first)} and {_names(second)} examples, as the accuracies "
            "tell); if both are fair samples of the same data, say so: --val-size A B"
        )
    return ""


def differently_defined(metric: str, before: Sequence[Cycle], after: Sequence[Cycle]) -> str:
    """Why a metric does not mean the same on both sides; "" if nothing speaks for it."""
    members = (*before, *after)
    goals = {member.goals.get(metric) for member in members}
    if len(goals) > 1:
        return f"the direction of {metric} differs: {_names(goals)}"
    definitions = {member.definitions[metric] for member in members if metric in member.definitions}
    if len(definitions) > 1:
        return f"{metric} is defined differently: {_names(definitions)}"
    if metric == members[0].accuracy:
        units = {metric in member.percent for member in members}
        if len(units) > 1:
            return f"{metric} is in percent on one side and a share on the other"
    return ""


def unlike(metric: str, members: Sequence[Cycle]) -> str:
    """Why a loss is not judged: its validation set is said to differ from the data in use; "" if nobody says so.

    Verdicts on losses are right there in 81 to 90 % rather than 97 to 99 %: benchmarks/cycles/results.md.
    """
    told = {member.validation for member in members} - {None}
    if not told or metric not in {member.loss for member in members}:
        return ""
    return (
        f"the validation set is said to differ from the data in use ({_names(told)}), where a lower {metric} is often "
        "none on new data"
    )


def contradiction(before: Side, after: Side, changes: Sequence[Change]) -> list[tuple[str, str]]:
    """The trap of the retrain cycle: more right answers, and a higher loss."""
    member = before.members[0]
    by_name = {change.metric: change for change in changes}
    score = by_name.get(member.metric) if member.goal == "max" else by_name.get(member.accuracy or "")
    score = score or by_name.get(member.accuracy or "") or _other_score(member, changes)
    loss = by_name.get(member.loss or "")
    if score is None or loss is None or score.metric == loss.metric:
        return []
    rise = loss.after - loss.before
    if not uncertainty.better(score.goal, score.after - score.before) or not rise > _RISE * abs(loss.before):
        return []
    scores, losses = column([score.before, score.after]), column([loss.before, loss.after])
    sure = loss.verdict == "worse"
    return [(
        ON_PAPER,
        f"{score.metric} rose from {scores[0]} to {scores[1]}, but {loss.metric} rose as well, from {losses[0]} to "
        f"{losses[1]}: wrong answers are wrong with more confidence; where probabilities, thresholds or rankings are "
        f"used, this {'is' if sure else 'would be'} a step back{'' if sure else ' (the rise alone may be noise)'}",
    )]  # fmt: skip


def _other_score(member: Cycle, changes: Sequence[Change]) -> Change | None:
    return next((change for change in changes if change.goal == "max" and change.metric in member.judged), None)


def _names(values: Set[object]) -> str:
    return ", ".join(f"{value:,}" if isinstance(value, int) else str(value) for value in sorted(values, key=str))
