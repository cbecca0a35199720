"""Many runs, each judged at its own pick, put in their places; one that cannot be judged stops no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from selectmodel import progress
from selectmodel.commands.rank import examples, order, remote, repeats, trackers
from selectmodel.commands.rank import group_by as runpattern
from selectmodel.commands.rank.answer_cache import Memory
from selectmodel.commands.rank.engines import How
from selectmodel.commands.rank.group_by import Pattern
from selectmodel.commands.rank.judge_runs import Look, Task, worth
from selectmodel.commands.rank.questions import constraint
from selectmodel.commands.rank.questions.answered import Answered
from selectmodel.commands.rank.questions.asked import Asked, answered
from selectmodel.commands.rank.ranking import Apart, LeftOut, RankedRun, Ranking, RulesPick
from selectmodel.display.epochs import logged
from selectmodel.errors import LogError, SelectModelError, in_one_line, of_a_bug
from selectmodel.files.checkpoints.listing import beside
from selectmodel.files.found_run import Found
from selectmodel.files.opening import ReadOptions, Source
from selectmodel.metrics.monitor import flag
from selectmodel.policy.policy import Policy
from selectmodel.records import Note, Run
from selectmodel.selection import recommend
from selectmodel.selection.checkpoints import with_checkpoints

#: How often places are settled again because runs that came first lack the files of their best epochs.
_ROUNDS = 10


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
    asked: Asked | None = None,
) -> Ranking:
    """Every run below ``paths``, folders or addresses in a store, in its place, with the checkpoints of the first.

    ``memory`` takes the answer. Raises UsageError for a ``group_by`` that is no pattern, LogError where there is no run
    or none can be judged.
    """
    pattern = runpattern.parse(group_by) if group_by else None
    options, how = options or ReadOptions(), how or How()
    asked = asked or Asked()
    task = Task(policy if policy.only_saved else replace(policy, checkpoints="off"), picks, asked.metrics)
    several = len(paths) > 1
    with ExitStack() as stack:
        looks = []
        for at, path in enumerate(paths):
            mirror = None
            if trackers.is_tracker(str(path)):
                mirror = stack.enter_context(trackers.mirrored(str(path)))
            elif remote.is_url(str(path)):
                mirror = stack.enter_context(remote.mirrored(str(path), max_bytes=options.max_bytes))
            place = mirror.folder if mirror else Path(path)
            tree = memory.trees[at] if memory else None
            shown = mirror.url if mirror else str(path)
            looks.append(Look(place, shown if several else "", options, task, how, mirror, tree))
        try:
            judged, said = _constrained(_judged(looks, pattern), asked)
            ranking = _with_findings(_with_files(judged, policy, options, top, memory), policy, options)
            if asked:
                ranking = answered(replace(ranking, questions=said), asked)
                ranking = ranking if picks else replace(ranking, picks=())
        except LogError as failure:
            raise LogError(*_told(str(failure), looks).split("\n")) from None
        if memory:
            memory.keep(ranking)
        return _at_home(ranking, looks)


@dataclass(frozen=True, slots=True)
class _Judged:
    """All runs of all looks, each at its own pick, without places."""

    paths: tuple[str, ...]
    runs: tuple[RankedRun, ...]
    left_out: tuple[LeftOut, ...]
    picks: tuple[RulesPick, ...]
    notes: tuple[Note, ...]

    def ranking(self, top: int) -> Ranking:
        """The runs in their places."""
        return replace(_ranking(self.paths, self.runs, self.left_out, self.picks, top), notes=self.notes)


def _judged(looks: Sequence[Look], pattern: Pattern | None) -> _Judged:
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
        raise LogError(*_none_judged(paths, list(left_out.values())))
    runs = [_by_name(run, pattern) if pattern else run for run in judged.values()]
    notes = tuple(dict.fromkeys(note for look in looks for note in look.notes))
    return _Judged(tuple(paths), tuple(runs), tuple(left_out.values()), tuple(rules), notes)


def _constrained(judged: _Judged, asked: Asked) -> tuple[_Judged, tuple[Answered, ...]]:
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
        apart=tuple(_apart(others, ours) for ground, others in grounds.items() if ground != ours),
        columns=order.varying(runs),
        basis=_basis(grounds[ours], runs),
        picks=picks,
        top=top,
    )


def _apart(runs: Sequence[RankedRun], ours: tuple[str, str, bool]) -> Apart:
    first = runs[0]
    if (first.metric, first.goal) == ours[:2]:
        scale = "in percent" if first.percent else "as a share of 1"
        why, how = f"{first.metric} is logged {scale}, in the others not", "rank them alone"
    else:
        why, how = f"judged by {first.metric} ({first.goal})", flag(first.metric, first.goal)
    return Apart(first.metric, first.goal, tuple(run.name for run in runs), how, why)


def _basis(judged: Sequence[RankedRun], runs: Sequence[RankedRun]) -> str:
    known, metric = sum(run.low is not None for run in judged), runs[0].metric
    if runs[0].low is not None:
        others = len(judged) - known
        first = " and of being the first of many" if len(runs) > 1 else ""
        told = (
            f"; in {others} the number of validation examples is not known, and taken from the rest" if others else ""
        )
        return f"{metric} at each run's pick, less the luck of the pick{first}{told}{examples.told(runs)}"
    if known:
        return f"{metric} as logged at each run's pick; to correct for luck, say the validation examples: --val-size N"
    return f"{metric} as logged at each run's pick; nothing tells how uncertain it is, so only equals share a place"


def _none_judged(paths: Sequence[str], left_out: Sequence[LeftOut]) -> list[str]:
    shown = [f"  {run.name}: {run.reason}" for run in left_out[:10]]
    if len(left_out) > len(shown):
        shown.append(f"  and {len(left_out) - len(shown)} more")
    where = ", ".join(paths)
    return [f"{where}: none of {len(left_out)} runs can be judged:", *shown]


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
        as_judged = {run.key: run for run in judged.runs if run.key in wanted}
        for done, key in enumerate(wanted, start=1):
            seen[key] = _with_file(as_judged[key], policy, options)
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


def _with_file(run: RankedRun, policy: Policy, options: ReadOptions) -> RankedRun:
    """The run with its checkpoint; of several runs in one folder nobody knows whose the files are."""
    if not beside(Path(run.source), policy.checkpoint_glob):
        return run
    if not run.alone:
        shared = "several runs share the folder, so its checkpoint files are not taken for this one's"
        return replace(run, trouble=shared)
    try:
        decision = recommend.decide(with_checkpoints(_again(run, options), policy), policy)
    except SelectModelError as failure:
        return replace(run, trouble=in_one_line(failure))
    except Exception as failure:
        return replace(run, trouble=in_one_line(of_a_bug(run.source, failure)))
    pick, by_log = decision.pick, decision.by_log
    if by_log.epoch != run.epoch or by_log.step != run.step:
        return replace(run, trouble="the log has changed since it was judged; look again")
    if pick is by_log:
        return replace(run, checkpoint=pick.checkpoint)
    value, expected, low, high = worth(decision)
    unsaved = None if decision.tie else logged(by_log.epoch, by_log.step)
    return replace(
        run,
        epoch=pick.epoch,
        step=pick.step,
        checkpoint=pick.checkpoint,
        unsaved=unsaved,
        value=value,
        expected=expected,
        low=low,
        high=high,
    )


def _again(run: RankedRun, options: ReadOptions) -> Run:
    source = Source(Path(run.source), tuple(map(Path, run.files)), run.name, options, part=run.part)
    return Found(source, run.reader).read()


def _with_findings(ranking: Ranking, policy: Policy, options: ReadOptions) -> Ranking:
    """What the checks see in the run to ship; nothing where it cannot be read any more, which its trouble says."""
    best = ranking.best
    try:
        run = _again(best, options)
        run = with_checkpoints(run, policy) if best.alone else replace(run, checkpoints=())
        report = recommend.recommend(run, policy)
    except SelectModelError:
        return ranking
    except Exception as failure:
        trouble = in_one_line(of_a_bug(best.source, failure))
        return replace(ranking, notes=(*ranking.notes, Note("SM174", trouble, best.source, "warn")))
    same = report.recommended.epoch == best.epoch and report.recommended.step == best.step
    return replace(ranking, findings=report.findings) if same else ranking


def _told(text: str, looks: Sequence[Look]) -> str:
    """The text with the addresses in a store in place of those of their copies."""
    for look in looks:
        text = look.mirror.told(text) if look.mirror else text
    return text


def _at_home(ranking: Ranking, looks: Sequence[Look]) -> Ranking:
    """The ranking with every address that the user knows."""
    if not any(look.mirror for look in looks):
        return ranking

    def run_at_home(run: RankedRun) -> RankedRun:
        checkpoint = None if run.checkpoint is None else _told(run.checkpoint, looks)
        files = tuple(_told(file, looks) for file in run.files)
        trouble = _told(run.trouble, looks)
        return replace(run, source=_told(run.source, looks), checkpoint=checkpoint, files=files, trouble=trouble)

    return replace(
        ranking,
        paths=tuple(_told(path, looks) for path in ranking.paths),
        runs=tuple(map(run_at_home, ranking.runs)),
        configs=tuple(replace(item, runs=tuple(map(run_at_home, item.runs))) for item in ranking.configs),
        left_out=tuple(
            LeftOut(item.name, _told(item.source, looks), _told(item.reason, looks)) for item in ranking.left_out
        ),
        notes=tuple(
            replace(note, message=_told(note.message, looks), where=_told(note.where, looks)) for note in ranking.notes
        ),
    )
