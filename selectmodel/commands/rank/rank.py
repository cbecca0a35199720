"""Many runs, each judged at its own pick, put in their places; one that cannot be judged stops no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from selectmodel import progress
from selectmodel.commands.rank import at_home, in_words, order, repeats, store, store_opening, trackers, with_files
from selectmodel.commands.rank import group_by as runpattern
from selectmodel.commands.rank.answer_cache import Memory
from selectmodel.commands.rank.belief import beyond_belief
from selectmodel.commands.rank.engines import How
from selectmodel.commands.rank.group_by import Pattern
from selectmodel.commands.rank.judge_runs import Look, Task
from selectmodel.commands.rank.questions import constraint
from selectmodel.commands.rank.questions.answered import Answered
from selectmodel.commands.rank.questions.asked import SweepQuestions, answered
from selectmodel.commands.rank.ranking import LeftOut, RankedRun, Ranking, RulesPick
from selectmodel.commands.rank.remote import Mirror
from selectmodel.commands.rank.store_look import StoreLook
from selectmodel.errors import LogError
from selectmodel.files.opening import ReadOptions
from selectmodel.policy.policy import Policy
from selectmodel.records import CheckFinding, Note
from selectmodel.selection import validation_origin

#: How often places are settled again because runs that came first lack the files of their best epochs.
_ROUNDS = 10
#: So many of the first runs are looked through for one that can be believed.
_TRIED = 20
AnyLook = Look | StoreLook


def rank(
    paths: Sequence[str | Path],
    policy: Policy,
    options: ReadOptions | None = None,
    how: How | None = None,
    *,
    group_by: str | None = None,
    picks: bool = False,
    top: int = 20,
    memory: Memory | None = None,
    asked: SweepQuestions | None = None,
) -> Ranking:
    """Every run below ``paths``, folders or addresses in a store, in its place, with the checkpoints of the first.

    ``memory`` takes the answer. Raises UsageError for a ``group_by`` that is no pattern, LogError where there is no run
    or none can be judged.
    """
    pattern = runpattern.parse(group_by) if group_by else None
    options, how = options or ReadOptions(), how or How()
    asked = asked or SweepQuestions()
    told, policy = policy.validation, replace(policy, validation=None)  # runs are told apart on data like it
    task = Task(policy if policy.only_saved else replace(policy, checkpoints="off"), picks, asked.metrics)
    several = len(paths) > 1
    looks: list[AnyLook] = []
    mirrors: list[Mirror] = []
    with ExitStack() as stack:
        for at, path in enumerate(paths):
            prefix = str(path) if several else ""
            if trackers.is_tracker(str(path)):  # its address looks like that of a store
                mirrors.append(stack.enter_context(trackers.mirrored(str(path))))
                looks.append(_of_a_tracker(mirrors[-1], several, options, task, how))
            elif store.is_url(str(path)):
                looks.append(StoreLook(store_opening.opened(str(path)), prefix, options, task, how))
            else:
                looks.append(Look(Path(path), prefix, options, task, how, memory.trees[at] if memory else None))
        try:
            judged, said = _constrained(_judged(looks, pattern), asked)
            ranking = _with_findings(_with_files(judged, policy, options, top, memory), looks, policy, options)
            if asked:
                ranking = answered(replace(ranking, questions=said), asked)
                ranking = ranking if picks else replace(ranking, picks=())
        except LogError as failure:
            raise LogError(*at_home.text(str(failure), mirrors).split("\n")) from None
    ranking = replace(ranking, notes=(*ranking.notes, *validation_origin.of_a_sweep(told, ranking.paths[0])))
    if memory:
        memory.keep(ranking)
    return at_home.ranking(ranking, mirrors)


def _of_a_tracker(mirror: Mirror, several: bool, options: ReadOptions, task: Task, how: How) -> Look:
    """The look at the copy of what a tracker knows; it is gone afterwards, so nothing of it is remembered."""
    look = Look(mirror.folder, mirror.url if several else "", options, task, replace(how, cache=None))
    look.missing = tuple(LeftOut(name.removeprefix(f"{mirror.url}/"), name, why) for name, why in mirror.missing)
    return look


@dataclass(frozen=True, slots=True)
class _Judged:
    """All runs of all looks, each at its own pick, without places."""

    paths: tuple[str, ...]
    runs: tuple[RankedRun, ...]
    left_out: tuple[LeftOut, ...]
    picks: tuple[RulesPick, ...]
    notes: tuple[Note, ...]
    looks: tuple[AnyLook, ...]

    def ranking(self, top: int) -> Ranking:
        """The runs in their places."""
        return replace(_ranking(self.paths, self.runs, self.left_out, self.picks, top), notes=self.notes)


def _judged(looks: Sequence[AnyLook], pattern: Pattern | None) -> _Judged:
    judged: dict[str, RankedRun] = {}
    left_out: dict[str, LeftOut] = {}
    rules: list[RulesPick] = []
    for look in looks:
        for run, own in look.outcomes():
            rules += own
            if isinstance(run, LeftOut):
                left_out[run.key] = run
            else:
                judged[run.key] = run
        left_out |= {run.key: run for run in look.missing}
    paths = [str(look.path) for look in looks]
    if not judged:
        raise LogError(*in_words.none_judged(paths, list(left_out.values())))
    runs = [_by_name(run, pattern) if pattern else run for run in judged.values()]
    notes = tuple(dict.fromkeys(note for look in looks for note in look.notes)) + tuple(in_words.unsound(runs))
    return _Judged(tuple(paths), tuple(runs), tuple(left_out.values()), tuple(rules), notes, tuple(looks))


def _constrained(judged: _Judged, asked: SweepQuestions) -> tuple[_Judged, tuple[Answered, ...]]:
    """The runs for which all constraints hold, and what is to be said of them."""
    said: list[Answered] = []
    for text in asked.where:
        runs, told = constraint.kept(judged.runs, judged.picks, constraint.parse(text))
        judged = replace(judged, runs=tuple(runs))
        said.append(told)
    return judged, tuple(said)


def _by_name(run: RankedRun, pattern: Pattern) -> RankedRun:
    """The settings that the run's name tells; those of files no longer tell configurations apart."""
    told = pattern.match(run.name)
    return replace(run, hparams=told if told is not None else {"run": run.name})


def _ranking(
    paths: Sequence[str],
    judged: Sequence[RankedRun],
    left_out: Sequence[LeftOut],
    picks: tuple[RulesPick, ...],
    top: int,
) -> Ranking:
    """The runs on the ground that most of them share, in order; the others apart."""
    grounds: dict[tuple[str, str, bool], list[RankedRun]] = {}
    for run in judged:
        grounds.setdefault(run.ground, []).append(run)
    ours = max(grounds, key=lambda ground: len(grounds[ground]))
    alike = order.evened(grounds[ours])
    runs, places = order.in_places(alike)
    configs, config_places = repeats.configs(alike, runs)
    return Ranking(
        paths=tuple(paths),
        runs=tuple(runs),
        places=places,
        configs=tuple(configs),
        config_places=config_places,
        left_out=tuple(left_out),
        apart=tuple(in_words.apart(others, ours) for ground, others in grounds.items() if ground != ours),
        columns=order.varying(runs),
        basis=in_words.basis(grounds[ours], runs),
        picks=picks,
        top=top,
    )


def _with_files(
    judged: _Judged, policy: Policy, options: ReadOptions, top: int, memory: Memory | None = None
) -> Ranking:
    """The runs in their places, and the checkpoint files of the first ones.

    A run whose best epoch has no file is judged at the best one that has, and the places are settled again.
    """
    seen: dict[str, RankedRun] = {}
    for _ in range(_ROUNDS):
        ranking = judged.ranking(top)
        if memory:
            memory.before(ranking)
        if policy.checkpoints == "off":
            return ranking
        shown = [*ranking.runs[:top], *(config.runs[0] for config in ranking.configs[:top])]
        wanted = {run.key: run for run in shown if run.key not in seen}
        as_judged = [run for run in judged.runs if run.key in wanted]
        for done, run in enumerate(_finished(as_judged, judged.looks, policy, options), start=1):
            seen[run.key] = run
            progress.tell("checkpoint folders", done, len(wanted))
        moved = [key for key in wanted if seen[key].value != wanted[key].value]
        if not moved:
            break
        judged = replace(judged, runs=tuple(seen.get(run.key, run) for run in judged.runs))
    return _named(ranking, seen)


def _named(ranking: Ranking, seen: Mapping[str, RankedRun]) -> Ranking:
    """The ranking with what was seen of the files of its runs."""

    def named(run: RankedRun) -> RankedRun:
        one = seen.get(run.key)
        if one is None:
            return run
        told = {name: getattr(one, name) for name in ("epoch", "step", "checkpoint", "trouble", "unsaved")}
        return replace(run, **told)

    configs = tuple(replace(config, runs=tuple(map(named, config.runs))) for config in ranking.configs)
    return replace(ranking, runs=tuple(map(named, ranking.runs)), configs=configs)


def _finished(
    runs: Sequence[RankedRun], looks: Sequence[AnyLook], policy: Policy, options: ReadOptions
) -> Iterator[RankedRun]:
    """The runs with their checkpoints, looked for where their files are; in no order."""
    here = []
    there: dict[StoreLook, list[RankedRun]] = {}
    for run in runs:
        home = _in_store(run, looks)
        if home is None:
            here.append(run)
        else:
            there.setdefault(home, []).append(run)
    for run in here:
        yield with_files.with_file(run, policy, options)
    for look, own in there.items():
        yield from look.finished(own, policy)


def _in_store(run: RankedRun, looks: Sequence[AnyLook]) -> StoreLook | None:
    return next((look for look in looks if isinstance(look, StoreLook) and look.holds(run)), None)


def _with_findings(ranking: Ranking, looks: Sequence[AnyLook], policy: Policy, options: ReadOptions) -> Ranking:
    """The ranking with what the checks see in its first run, and the first one that is not too good to be true."""

    def seen(run: RankedRun) -> tuple[tuple[CheckFinding, ...], tuple[Note, ...]]:
        home = _in_store(run, looks)
        return with_files.findings(run, policy, options) if home is None else home.findings(run, policy)

    found, notes = seen(ranking.best)
    believable = ""
    if beyond_belief(found):
        others = (run for run in ranking.leading[1:_TRIED] if not beyond_belief(seen(run)[0]))
        believable = next((run.name for run in others), "")
    return replace(ranking, findings=found, notes=(*ranking.notes, *notes), believable=believable)
