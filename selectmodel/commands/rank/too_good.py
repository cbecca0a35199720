"""Whether a run is too good to be true."""

from __future__ import annotations

from collections.abc import Sequence

from selectmodel import registry
from selectmodel.records import CheckFinding


def beyond_belief(findings: Sequence[CheckFinding]) -> bool:
    """Whether the checks say of a run that its validation cannot be believed."""
    return any(registry.constant("checks", finding.check, "BEYOND_BELIEF") for finding in findings)
