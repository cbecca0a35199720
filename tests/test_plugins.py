"""Adding a rule or a reader is adding one file: it appears everywhere, with no other edit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

import selectmodel

TOY_RULE = '''"""The middle validation, for no good reason.

Formula
    the candidate in the middle of the allowed ones.

Use when
    never.

Avoid when
    always.

Cost
    O(n).

Source
    made up for a test.

Example
    selectmodel pick training.csv --rule middle
"""

from typing import Annotated

import numpy as np

from selectmodel.records import Pick, Question
from selectmodel.settings import Setting


def pick(question: Question, *, shift: Annotated[int, Setting("places to the right", low=0, high=3)] = 0) -> Pick:
    """The allowed candidate in the middle."""
    allowed = np.flatnonzero(question.allowed)
    if not len(allowed):
        return Pick(None, "nothing is allowed")
    place = min(len(allowed) // 2 + shift, len(allowed) - 1)
    return Pick(int(allowed[place]), "in the middle", {"shift": float(shift)})
'''

TOY_READER = '''"""A toy log: the word TOY, then one validation loss a line."""

from pathlib import Path

from selectmodel.records import Run, Series
from selectmodel.files.opening import Source, read_bytes

FORMAT = "toy"


def sniff(path: Path, head: bytes) -> float:
    return 1.0 if head.startswith(b"TOY") else 0.0


def read(source: Source) -> Run:
    values = [float(line) for line in read_bytes(source, source.paths[0]).split()[1:]]
    epochs = range(len(values))
    series = {"val_loss": Series.of("val_loss", epochs, epochs, values)}
    return Run(name=source.name, source=str(source.path), format=FORMAT, series=series)
'''


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and of the tests of every member, with a toy rule and a toy reader added."""
    root = tmp_path_factory.mktemp("tree")
    package = Path(selectmodel.__file__).parent
    shutil.copytree(package, root / "selectmodel", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "selectmodel" / "rules" / "middle.py").write_text(TOY_RULE)
    (root / "selectmodel" / "readers" / "toy.py").write_text(TOY_READER)
    (root / "tests").mkdir()
    for place in ("laws/test_rule_laws.py", "support/questions.py"):
        shutil.copy(ROOT / "tests" / place, root / "tests")
    (root / "log.txt").write_text("TOY\n3\n2\n1\n2\n3\n")
    return root


def run(tree: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{tree / 'tests'}"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_toy_rule_appears_everywhere(tree: Path) -> None:
    assert "middle" in run(tree, "-m", "selectmodel", "rules")
    page = run(tree, "-m", "selectmodel", "explain", "middle")
    assert "for no good reason" in page
    assert "middle.shift" in page
    shipped = run(tree, "-m", "selectmodel", "pick", "log.txt", "--rule", "middle", "--set", "middle.shift=1")
    assert shipped.startswith("Ship epoch 3")


def test_the_toy_reader_reads(tree: Path) -> None:
    assert run(tree, "-m", "selectmodel", "pick", "log.txt").startswith("Ship epoch 2")
    assert "toy" in run(tree, "-m", "selectmodel", "inspect", "log.txt")


def test_the_laws_try_the_toy_rule(tree: Path) -> None:
    out = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_rule_laws.py", "-k", "middle")
    assert " passed" in out


def test_the_readme_table_wants_the_toy_rule(tree: Path) -> None:
    code = "from selectmodel.commands.explain.catalogue import rules_table; print(rules_table())"
    assert "| `middle` | The middle validation, for no good reason. |" in run(tree, "-c", code)
