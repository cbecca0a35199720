"""One run of a ranking read once more: the file of its checkpoint, and what the checks see in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from selectmodel.commands.rank.judge_runs import worth
from selectmodel.commands.rank.ranking import RankedRun
from selectmodel.display.epochs import logged
from selectmodel.errors import SelectModelError, in_one_line, of_a_bug
from selectmodel.files.checkpoints.listing import beside
from selectmodel.files.found_run import Found
from selectmodel.files.opening import ReadOptions, Source
from selectmodel.policy.policy import Policy
from selectmodel.records import CheckFinding, Note, Run
from selectmodel.selection import recommend
from selectmodel.selection.checkpoints import with_checkpoints


def with_file(run: RankedRun, policy: Policy, options: ReadOptions) -> RankedRun:
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


def findings(
    best: RankedRun, policy: Policy, options: ReadOptions
) -> tuple[tuple[CheckFinding, ...], tuple[Note, ...]]:
    """What the checks see in the run to ship; nothing where it cannot be read any more, which its trouble says."""
    try:
        run = _again(best, options)
        run = with_checkpoints(run, policy) if best.alone else replace(run, checkpoints=())
        report = recommend.recommend(run, policy)
    except SelectModelError:
        return (), ()
    except Exception as failure:
        trouble = in_one_line(of_a_bug(best.source, failure))
        return (), (Note("SM174", trouble, best.source, "warn"),)
    same = report.recommended.epoch == best.epoch and report.recommended.step == best.step
    return report.findings if same else (), ()
