"""Gathers what a gate must know of the files around a log: their hashes, their age, whether they hold still."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path

from selectmodel.commands.gate.judge import Facts
from selectmodel.errors import LogError
from selectmodel.files import fingerprints
from selectmodel.files.fingerprints import Stamp
from selectmodel.files.folders import exists
from selectmodel.policy.policy import Policy
from selectmodel.selection.report import Report


def gather(
    report: Report, policy: Policy, before: Mapping[str, Stamp | None] | None = None
) -> tuple[Facts, dict[str, str]]:
    """The facts, and the SHA-256 of each log, none where one changed since ``before`` was taken.

    The checkpoint is hashed only where the policy asks for the file in production: weights are large.
    """
    log = fingerprints.of_logs(report.run.files, before)
    written = [stamp[3] / 1e9 for stamp in fingerprints.stamps(report.run.files).values() if stamp is not None]
    aged = policy.required("max_age_days") is not None
    ours, theirs, problems = None, None, []
    if policy.required("production") is not None and report.recommended.checkpoint is not None:
        try:
            ours = fingerprints.of_checkpoint(Path(report.recommended.checkpoint))
            theirs = _in_production(policy.required("production"))
        except LogError as failure:
            problems.append(str(failure))
    facts = Facts(
        changed=log is None,
        written=max(written, default=None) if aged else None,
        now=time.time() if aged else None,
        checkpoint_sha256=ours,
        production_sha256=theirs,
        problems=tuple(problems),
    )
    return facts, log or {}


def _in_production(named: str) -> str:
    """The SHA-256 of what is in production: as given, else of the file or folder."""
    if re.fullmatch("[0-9a-fA-F]{64}", named) and not exists(Path(named)):
        return named.lower()
    return fingerprints.of_checkpoint(Path(named))
