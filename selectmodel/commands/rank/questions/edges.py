"""Is the best setting inside the range that was tried, or at its edge, where a wider search may find a better one?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from selectmodel.commands.rank import settings_axis
from selectmodel.commands.rank.questions.answered import Answered
from selectmodel.commands.rank.ranking import Config, RankedRun, Ranking
from selectmodel.files.hparams import Value, of_the_run

#: So near to an end of the axis, as a part of it, is at its edge: values drawn at random never lie on it.
_NEAR = 0.05
#: The best of runs drawn at random seldom lies at the edge even where that is best: so near to it, nothing is settled.
_BESIDE = 0.15
#: Of fewer values each is the first or the last.
_FEWEST = 3
_BUT_TIED = "inside, but it or some that are as good lie near an edge"
#: What else is said of where a setting's best value stands.
_NOT_SAID = {"of two values": "only two values were tried of", "of no effect": "nothing shows an effect of"}


def edges(ranking: Ranking, importance: Answered | None = None) -> Answered | None:
    """Where the best entry stands on the axis of each numeric setting; None where none was varied.

    How often the truly best value lies there, too: benchmarks/sweeps/questions.md; after 20 runs, seldom at an edge. By
    its ``importance``, a setting that is not told apart from nothing is best wherever luck has put it.
    """
    rows = tuple(_rows(ranking, _of_no_effect(importance)))
    if not rows:
        return None
    at = {place: [row for row in rows if row["at"] == place] for place in ("lower edge", "upper edge", "inside")}
    parts = [f"{row['setting']} {_told(row)}" for row in (*at["lower edge"], *at["upper edge"])]
    for said, tied in (("inside the range that was tried", False), (_BUT_TIED, True)):
        names = [str(row["setting"]) for row in at["inside"] if row["as_good_near_edge"] is tied]
        parts += [f"{said}: {', '.join(names)}"] if names else []
    if parts:  # where it stands is known; where the truly best value lies is not, least of all after few runs
        parts[0] = f"of the best {'configuration' if ranking.configs else 'run'}, {parts[0]}"
    for place, said in _NOT_SAID.items():
        names = [str(row["setting"]) for row in rows if row["at"] == place]
        parts += [f"{said} {', '.join(names)}"] if names else []
    return Answered("edges", "; ".join(parts), rows)


def _told(row: Mapping[str, Value]) -> str:
    value, low, high = (settings_axis.told(row[name]) for name in ("best", "low", "high"))
    text = f"{value} is at the {row['at']} of {low} to {high}{', by powers' if row['powers'] else ''}"
    return text + (", but not so in all that are as good" if row["as_good_inside"] else "")


def _of_no_effect(importance: Answered | None) -> frozenset[str]:
    rows = importance.rows if importance else ()
    return frozenset(name for row in rows if not row["low"] for name in str(row["setting"]).split(" = "))


def _rows(ranking: Ranking, of_no_effect: frozenset[str]) -> Iterator[Mapping[str, Value]]:
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
        others = [place for one in tied if (place := axis.place(one.hparams.get(name))) is not None]
        yield {
            "setting": name, "best": best, "low": axis.low, "high": axis.high, "powers": axis.powers,
            "at": "of two values" if not several else "of no effect" if name in of_no_effect else _at(where),
            "as_good_inside": any(_at(place) == "inside" for place in others),
            "as_good_near_edge": any(not _BESIDE < place < 1 - _BESIDE for place in others),
        }  # fmt: skip


def _at(place: float) -> str:
    return "lower edge" if place <= _NEAR else "upper edge" if place >= 1 - _NEAR else "inside"
