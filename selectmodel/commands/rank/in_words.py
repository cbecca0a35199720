"""What a ranking rests on, in words: what its values are, whose log is not whole, and which runs stand apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from selectmodel.commands.rank import examples
from selectmodel.commands.rank.ranking import Apart, LeftOut, RankedRun
from selectmodel.metrics.monitor import flag
from selectmodel.records import Note

#: Of more runs than this the first one's range held the truth in 62 to 88 %, where a few were far worse than the rest
#: (sweeps of 60 and 200 runs, benchmarks/sweeps/questions.md): the spread between all is not that of the best.
_SO_MANY = 50
_SAID = {
    "unfinished": "end in the middle of a record, as where they still run or were killed",
    "diverged": "had a loss that is no number at some epochs, which do not count",
    "not finished": "did not finish, by what their tracker says (they failed, were killed or still run)",
}


def basis(judged: Sequence[RankedRun], runs: Sequence[RankedRun]) -> str:
    """What the values of ``runs``, in their order, are, and what they are not; ``judged`` are those as they came."""
    known, metric = sum(run.low is not None for run in judged), runs[0].metric
    if runs[0].low is not None:
        others = len(judged) - known
        first = " and of being the first of many" if len(runs) > 1 else ""
        if len(runs) > _SO_MANY:
            first += "; of so many runs the first may have more luck left than its range holds"
        told = (
            f"; in {others} the number of validation examples is not known, and taken from the rest" if others else ""
        )
        return f"{metric} at each run's pick, less the luck of the pick{first}{told}{examples.told(runs)}"
    if known:
        return f"{metric} as logged at each run's pick; to correct for luck, say the validation examples: --val-size N"
    return f"{metric} as logged at each run's pick; nothing tells how uncertain it is, so only equals share a place"


def unsound(runs: Sequence[RankedRun]) -> Iterator[Note]:
    """Which runs have a log that is not whole, and which diverged: they have their place, but not silently."""
    for state, said in _SAID.items():
        names = [run.name for run in runs if run.state == state]
        if names:
            shown = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
            yield Note("SM281", f"{len(names):,} of {len(runs):,} runs {said}: {shown}")


def apart(runs: Sequence[RankedRun], ours: tuple[str, str, bool]) -> Apart:
    """Runs that are judged by something else than ``ours``, and the flag that ranks them."""
    first = runs[0]
    if (first.metric, first.goal) == ours[:2]:
        scale = "in percent" if first.percent else "as a share of 1"
        why, how = f"{first.metric} is logged {scale}, in the others not", "rank them alone"
    else:
        why, how = f"judged by {first.metric} ({first.goal})", flag(first.metric, first.goal)
    return Apart(first.metric, first.goal, tuple(run.name for run in runs), how, why)


def none_judged(paths: Sequence[str], left_out: Sequence[LeftOut]) -> list[str]:
    """Why there is no ranking, a line for each of the first runs."""
    shown = [f"  {run.name}: {run.reason}" for run in left_out[:10]]
    if len(left_out) > len(shown):
        shown.append(f"  and {len(left_out) - len(shown)} more")
    where = ", ".join(paths)
    return [f"{where}: none of {len(left_out)} runs can be judged:", *shown]
