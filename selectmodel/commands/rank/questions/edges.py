"""Is the best setting inside the range that was tried, or at its edge, where a wider search may find a better one?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from selectmodel.commands.rank import settings_axis
from selectmodel.commands.rank.questions.answered import Answered
from selectmodel.commands.rank.ranking import Config, RankedRun, Ranking
from selectmodel.files.hparams import Value, of_the_run

#: So near to an end of the axis, as a part of it, is at its edge: values drawn at random never lie on it.
_NEAR = 0.05
#: Of fewer values each is the first or the last.
_FEWEST = 3


def edges(ranking: Ranking) -> Answered | None:
    """Where the best entry stands on the axis of each numeric setting; None where none was varied."""
    rows = tuple(_rows(ranking))
    if not rows:
        return None
    at_edge = [f"{row['setting']} {_told(row)}" for row in rows if row["at"] in ("lower edge", "upper edge")]
    inside = [f"{row['setting']}" for row in rows if row["at"] == "inside"]
    few = [f"{row['setting']}" for row in rows if row["at"] == "of two values"]
    parts = [*at_edge]
    if inside:
        parts.append(f"inside the range that was tried: {', '.join(inside)}")
    if few:
        parts.append(f"only two values were tried of {', '.join(few)}")
    return Answered("edges", "; ".join(parts), rows)


def _told(row: Mapping[str, Value]) -> str:
    value, low, high = (settings_axis.told(row[name]) for name in ("best", "low", "high"))
    text = f"{value} is at the {row['at']} of {low} to {high}{', by powers' if row['powers'] else ''}"
    return text + (", but not so in all that are as good" if row["as_good_inside"] else "")


def _rows(ranking: Ranking) -> Iterator[Mapping[str, Value]]:
    entries: Sequence[RankedRun | Config] = ranking.configs or ranking.runs
    places = ranking.config_places if ranking.configs else ranking.places
    tied = entries[: places.count(1)]
    for name in ranking.columns:
        if of_the_run(name):
            continue
        axis = settings_axis.axis(name, [run.hparams.get(name) for run in ranking.runs])
        best = entries[0].hparams.get(name)
        where = axis.place(best) if axis and axis.numeric and best is not None else None
        if axis is None or where is None:
            continue
        several = len({run.hparams.get(name) for run in ranking.runs} - {None}) >= _FEWEST
        others = [axis.place(one.hparams.get(name)) for one in tied]
        yield {
            "setting": name, "best": best, "low": axis.low, "high": axis.high, "powers": axis.powers,
            "at": _at(where) if several else "of two values",
            "as_good_inside": any(place is not None and _at(place) == "inside" for place in others),
        }  # fmt: skip


def _at(place: float) -> str:
    return "lower edge" if place <= _NEAR else "upper edge" if place >= 1 - _NEAR else "inside"
