"""What ``gate`` answers: the recommended checkpoint, held against the policy's conditions and its baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from selectmodel.commands.gate import baseline, facts, judge
from selectmodel.commands.gate.verdict import Compared, Verdict
from selectmodel.policy.policy import Policy
from selectmodel.records import Run
from selectmodel.selection import dataset, recommend, record
from selectmodel.selection.checkpoints import with_checkpoints

if TYPE_CHECKING:
    from selectmodel.files.fingerprints import Stamp
    from selectmodel.files.opening import ReadOptions


def answer(
    run: Run,
    policy: Policy,
    *,
    against: record.Record | None = None,
    before: Mapping[str, Stamp | None] | None = None,
    how: ReadOptions | None = None,
) -> Verdict:
    """Whether the checkpoint recommended for ``run`` may ship, for a policy that :func:`.judge.check` lets pass.

    ``against`` is a record to compare with, else the policy says where the baseline is, which ``how`` reads.
    ``before`` are the stamps of the log's files before they were read. Raises UsageError if the question cannot be
    asked and LogError if the log holds nothing to judge.
    """
    own = dataset.asked_of(run, policy)
    report = recommend.recommend(with_checkpoints(run, own), own)
    compared = (
        Compared("", True, "a decision", against, record=True) if against is not None else baseline.load(policy, how)
    )
    known, log = facts.gather(report, own, before)
    made = record.of(report, own, log=log, checkpoint_sha256=known.checkpoint_sha256)
    return judge.judge(report, own, baseline=compared, facts=known, decision=made)
