"""``selectmodel rank``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from selectmodel.cli import flags, output, waiting
from selectmodel.cli.case import Case, judging
from selectmodel.errors import UsageError

if TYPE_CHECKING:
    from selectmodel.commands.rank.cache import Cache
    from selectmodel.commands.rank.ranking import Ranking

Paths = Annotated[
    list[str],
    typer.Argument(metavar="DIR...", help="Folders of runs, single logs, or s3://… addresses.", show_default=False),
]
Top = Annotated[int, typer.Option("--top", metavar="N", help="Runs to show, and to look for checkpoint files of.")]
GroupBy = Annotated[
    str | None,
    typer.Option("--group-by", metavar="PATTERN", help="Which runs repeat one configuration: {config}/seed-{seed}."),
]
Picks = Annotated[bool, typer.Option("--picks", help="Every rule's pick in every run; see it with -o.")]

Engine = Annotated[
    str, typer.Option("--engine", metavar="batch|process|dask|ray", help="Where the runs are read and judged.")
]
Workers = Annotated[int | None, typer.Option("--workers", metavar="N", min=1, help="Workers of the engine.")]
CacheFile = Annotated[
    Path | None,
    typer.Option("--cache", metavar="FILE", help="Where to remember runs. [default: the user's cache]"),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Read every run again, and remember none.")]


Questions = Annotated[
    bool, typer.Option("--questions", help="Which setting matters, which is at an edge, what more runs are worth.")
]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="NAME<VALUE", help="Rank only such runs, by setting or metric; repeatable."),
]
Pareto = Annotated[
    str | None, typer.Option("--pareto", metavar="A,B[:min|max]", help="Runs that no other beats in two metrics.")
]
BestPer = Annotated[str | None, typer.Option("--best-per", metavar="SETTING", help="The best of each of its values.")]
Ensemble = Annotated[
    int | None, typer.Option("--ensemble", metavar="K", help="The best K configurations, with their checkpoints.")
]


@judging(without=("log", "checkpoints", "run"))
def rank(
    case: Case,
    verbose: bool,
    paths: Paths,
    top: Top = 20,
    group_by: GroupBy = None,
    picks: Picks = False,
    questions: Questions = False,
    where: Where = None,
    pareto: Pareto = None,
    best_per: BestPer = None,
    ensemble: Ensemble = None,
    engine: Engine = "batch",
    workers: Workers = None,
    cache: CacheFile = None,
    no_cache: NoCache = False,
    format: flags.Format = output.DEFAULT,
    out: flags.Output = None,
    force: flags.Force = False,
) -> None:
    """Rank many runs, each at its own pick: the best run, its epoch and its checkpoint."""
    named = [Path(path) for path in paths if "://" not in path]
    output.check(format, out or [], inputs=[*case.inputs, *named], others=[cache], force=force)
    if top < 1:
        raise UsageError(f"--top {top}: must be at least 1")
    from selectmodel.commands.rank import answer, engines
    from selectmodel.commands.rank.questions.asked import SweepQuestions

    engines.check(engine)
    with waiting.shown(), ExitStack() as stack:
        remembered = None if no_cache else stack.enter_context(_cache(cache))
        how = engines.How(engine, workers, remembered)
        asked = SweepQuestions(questions, tuple(where or ()), pareto, best_per, ensemble)
        ranking = answer.answer(paths, case.policy, case.how, how, group_by=group_by, picks=picks, top=top, asked=asked)
    output.deliver(ranking, format, out or [], inputs=_read(ranking), verbose=verbose)


def _read(ranking: Ranking) -> list[str]:
    """The logs that were ranked or left out, and the checkpoints that are named."""
    logs = [file for run in ranking.runs for file in (run.source, *run.files)]
    weights = [run.checkpoint for run in ranking.runs if run.checkpoint is not None]
    return [*logs, *weights, *(one.source for one in ranking.left_out)]


@contextmanager
def _cache(given: Path | None) -> Iterator[Cache | None]:
    from selectmodel.commands.rank import cache as sweepcache

    place = given or sweepcache.default_place()
    if place is None:
        yield None
        return
    with sweepcache.opened(place, given=given is not None) as cache:
        yield cache
