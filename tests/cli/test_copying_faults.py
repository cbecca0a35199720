"""A copy of a checkpoint is whole or not there, whichever call to the file system fails or is the last of its process.

``tests/support/faults.py`` does the copying, a process a call.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from places import ROOT

DRIVER = ROOT / "tests/support/faults.py"
KINDS = ("file", "parts", "folder")
SITUATIONS = ("over", "beside", "absent", "without links")
SIGNALS = [f"{name} {when}" for name in ("TERM", "INT", "KILL") for when in ("before", "after")]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are forked")


def faults(*arguments: str) -> tuple[str, str]:
    """What was wrong, a line each, and how many calls were tried."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    done = subprocess.run(
        [sys.executable, str(DRIVER), *arguments], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


@pytest.mark.parametrize("fault", ["EIO", "TERM before", "KILL before"])
def test_a_fault_at_every_call(fault: str) -> None:
    wrong, tried = faults("file", "over", fault)
    assert wrong == ""
    assert int(tried.split(": ")[1].split()[0]) > 80, "the calls are counted"


@pytest.mark.heavy
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_at_every_call(kind: str, situation: str) -> None:
    wrong, tried = faults(kind, situation, "EIO", "ENOSPC", *SIGNALS)
    assert wrong == "", tried


def test_jobs_that_copy_to_one_place_mix_nothing() -> None:
    assert faults("parallel", "4")[0] == ""


@pytest.mark.heavy
def test_many_jobs_that_copy_to_one_place_mix_nothing() -> None:
    assert faults("parallel", "40")[0] == ""
