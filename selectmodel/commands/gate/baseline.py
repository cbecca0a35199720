"""Where a baseline comes from: a decision record, or a log that is judged by the same policy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from selectmodel.commands.gate.verdict import Compared
from selectmodel.errors import ExitCode, LogError, UsageError, in_one_line
from selectmodel.files import choose_run, discovery, fingerprints, opening
from selectmodel.files.folders import is_folder
from selectmodel.files.opening import ReadOptions
from selectmodel.policy.conditions import AGAINST_BASELINE
from selectmodel.policy.policy import Policy
from selectmodel.selection import dataset, recommend, record_file
from selectmodel.selection import record as decision
from selectmodel.selection.checkpoints import with_checkpoints
from selectmodel.selection.record import Record


def load(policy: Policy, how: ReadOptions | None = None) -> Compared | None:
    """The baseline that a policy's comparisons need; None where it compares nothing.

    One that cannot be read, or is missing though the policy does not let a first run pass, says so and has no decision.
    """
    if not any(condition.kind in AGAINST_BASELINE for condition in policy.gate):
        return None
    named, first_run = policy.required("baseline"), policy.required("first_run")
    if named is None:
        return Compared("", False, "no baseline was named, and first_run lets it pass")
    place = Path(named)
    if not _there(place):
        if first_run == "refuse":
            why = (
                f"{place}: no such baseline; for a first run: --first-run record, which writes it, or --first-run pass"
            )
            return Compared(named, False, why, code=ExitCode.CANNOT_JUDGE)
        return Compared(named, False, f"{place.name} does not exist yet, and first_run is {first_run}")
    try:
        found, record = read(place, policy, how), is_record(place)
    except (LogError, UsageError) as failure:
        return Compared(named, False, f"the baseline cannot be used: {in_one_line(failure)}", code=failure.exit_code)
    return Compared(
        named, True, "a decision record" if record else "a log, judged by this policy", found, record=record
    )


def read(place: Path, policy: Policy, how: ReadOptions | None = None) -> Record:
    """The decision record in a file, or the decision that this policy takes on a log. Raises LogError, ChoiceError."""
    if is_record(place):
        return record_file.read(place)
    run = choose_run.choose(place, discovery.find(place, how or ReadOptions(index=policy.index))).read()
    # what the files of an old training were called is no matter any more
    alone = dataset.asked_of(run, replace(policy, checkpoints="off", only_saved=False))
    report = recommend.recommend(with_checkpoints(run, alone), alone)
    if report.degraded and not policy.required("allow_degraded"):
        lost = next(note for note in report.notes if note.degrades)
        raise LogError(f"{place}: the baseline lost points: {lost.code} {lost.message} (--allow-degraded)")
    return decision.of(report, policy, log=fingerprints.of_logs(run.files) or {})


def _there(place: Path) -> bool:
    try:
        return place.exists() or place.is_symlink()  # a dangling link is a baseline that was lost, not a first run
    except (OSError, ValueError):
        return True  # reading it says what is wrong


def is_record(place: Path) -> bool:
    """Whether this is a decision record, and not a log. Raises LogError if it cannot be read."""
    return not is_folder(place) and record_file.looks_like_one(opening.head(place))
