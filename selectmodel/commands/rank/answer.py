"""What ``rank`` answers: as the last time where nothing has changed since, else worked out.

All that reads and judges is imported only where it has work to do: that takes longer than to remember.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selectmodel.commands.rank import answer_cache, engines, store, trackers
from selectmodel.commands.rank import cache as sweepcache
from selectmodel.commands.rank.engines import How
from selectmodel.commands.rank.questions.asked import SweepQuestions, answered
from selectmodel.files.opening import ReadOptions
from selectmodel.policy.policy import Policy

if TYPE_CHECKING:
    from selectmodel.commands.rank.ranking import Ranking


def rank(
    *paths: str | PathLike[str],
    policy: Policy | None = None,
    group_by: str | None = None,
    picks: bool = False,
    top: int = 20,
    engine: str = "batch",
    workers: int | None = None,
    cache: str | PathLike[str] | None = None,
    options: ReadOptions | None = None,
    questions: bool = False,
    where: Sequence[str] = (),
    pareto: str | None = None,
    best_per: str | None = None,
    ensemble: int | None = None,
    **keys: Any,
) -> Ranking:
    """Every run below ``paths`` in its place, judged at its own pick; ``.frame()`` gives a pandas table.

    ``group_by`` says which runs repeat one configuration (``"{config}/seed-{seed}"``); ``picks`` asks every rule in
    every run; checkpoint files are looked for in the first ``top`` runs; ``engine`` is one of
    :data:`selectmodel.commands.rank.engines.NAMES`; ``cache`` is a file that remembers runs for the next look; ``keys``
    are policy keys as for :func:`recommend`. A path may be an address in a store (``s3://…``). A run that cannot be
    judged is listed in ``left_out``. ``.questions`` are the answers to ``questions`` (which setting matters, edges,
    more runs), ``where`` (``["latency<20"]``), ``pareto`` (``"val_accuracy,latency:min"``), ``best_per`` (a setting)
    and ``ensemble`` (how many). Raises LogError where there is no run.
    """
    engines.check(engine)
    policy = policy or Policy()
    if keys:
        from selectmodel.policy.policy import with_keys

        policy = with_keys(policy, keys)
    with nullcontext() if cache is None else sweepcache.opened(Path(cache), given=True) as kept:
        how = How(engine, workers, kept)
        asked = SweepQuestions(questions, tuple(where), pareto, best_per, ensemble)
        named = [fspath(path) for path in paths]
        return answer(named, policy, options, how, group_by=group_by, picks=picks, top=top, asked=asked)


def answer(
    paths: Sequence[str],
    policy: Policy,
    options: ReadOptions | None = None,
    how: How | None = None,
    *,
    group_by: str | None = None,
    picks: bool = False,
    top: int = 20,
    asked: SweepQuestions | None = None,
) -> Ranking:
    """As :func:`.sweep.rank`. What every rule picks, and the answer about a store, are not remembered."""
    options, how = options or ReadOptions(), how or How()
    options = replace(options, index=options.index or policy.index)
    paths = [trackers.as_path(path) for path in paths]
    kept = None
    asked = asked or SweepQuestions()
    asked.checked(top)
    elsewhere = any(store.is_url(str(path)) or trackers.is_tracker(str(path)) for path in paths)
    if how.cache and not (picks or asked.metrics or policy.only_saved or elsewhere):
        kept = answer_cache.of(how.cache, list(map(Path, paths)), policy, options, group_by, top)
        known = kept.recalled() if kept else None
        if known is not None:
            return answered(replace(known, policy=policy), asked)
    from selectmodel.commands.rank import rank as sweep

    found = sweep.rank(paths, policy, options, how, group_by=group_by, picks=picks, top=top, memory=kept, asked=asked)
    return replace(found, policy=policy)
