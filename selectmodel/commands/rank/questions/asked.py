"""Which questions of a sweep's owner were asked, and the ranking with their answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from selectmodel.commands.rank.questions.answered import Answered
from selectmodel.commands.rank.ranking import Ranking
from selectmodel.errors import UsageError


@dataclass(frozen=True, slots=True)
class SweepQuestions:
    """``where`` are constraints as typed; ``every``: which setting matters, edges, and what more runs are worth."""

    every: bool = False
    where: tuple[str, ...] = ()
    pareto: str | None = None
    best_per: str | None = None
    ensemble: int | None = None

    def __bool__(self) -> bool:
        return self != SweepQuestions()

    @property
    def metrics(self) -> bool:
        """Whether all metrics at the picks are needed."""
        return bool(self.where or self.pareto)

    def checked(self, top: int) -> None:
        """Raises UsageError for what cannot be answered of any sweep."""
        from selectmodel.commands.rank.questions import constraint

        for text in self.where:
            constraint.parse(text)
        if self.ensemble is not None and self.ensemble < 1:
            raise UsageError(f"--ensemble {self.ensemble}: must be at least 1")
        if self.ensemble is not None and self.ensemble > top:
            raise UsageError(
                f"--ensemble {self.ensemble}: checkpoint files are looked for in the first {top} alone; "
                f"add --top {self.ensemble}"
            )


def answered(ranking: Ranking, asked: SweepQuestions) -> Ranking:
    """The ranking with what was asked of it, behind what stands there already."""
    return replace(ranking, questions=(*ranking.questions, *_answers(ranking, asked)))


def _answers(ranking: Ranking, asked: SweepQuestions) -> Iterator[Answered]:
    if asked.every:
        from selectmodel.commands.rank.questions import edges, importance, more_runs

        mattering = importance.importance(ranking)
        yield mattering
        told = edges.edges(ranking, mattering)
        if told is not None:
            yield told
        yield more_runs.more_runs(ranking)
    if asked.pareto or asked.best_per or asked.ensemble:
        from selectmodel.commands.rank.questions import best_of

        if asked.pareto:
            yield best_of.pareto(ranking, ranking.picks, asked.pareto)
        if asked.best_per:
            yield best_of.best_per(ranking, asked.best_per)
        if asked.ensemble:
            yield best_of.ensemble(ranking, asked.ensemble)
