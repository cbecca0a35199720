"""Whether what the checks saw in a run leaves its validation to be believed."""

from __future__ import annotations

from collections.abc import Sequence

from selectmodel import registry
from selectmodel.records import CheckFinding


def beyond_belief(findings: Sequence[CheckFinding]) -> bool:
    """Whether the checks say of a run that it is too good to be true."""
    return any(registry.constant("checks", finding.check, "BEYOND_BELIEF") for finding in findings)
