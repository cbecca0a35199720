"""Adding a rule, a check, a reader, a subject of advice or a report to the package is adding one file, and one command.

The modules of the package ``acme`` beside this file are put into a copy of the repository, what is made from the code
is made anew there, and the tests hold.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from installing import PLUGINS
from places import ROOT

#: Module of acme → where it is added.
ADDED = {
    "middle": "rules/middle",
    "long_run": "checks/long_run",
    "jsonl": "readers/acme_jsonl",
    "sleep": "advice/sleep",
    "tally": "reports/tally",
}

#: The added reader is surer of JSON lines than ours.
NOT_ITS_OWN = (
    "laws/test_reader_laws.py::test_one_reader_alone_is_the_surest",
    "laws/test_reader_laws.py::test_a_folder_and_a_named_file_find_it",
)
#: A check of ours has a code of ours; and what speaks on every run would not let a test of a clean one hold.
OURS = {"ACME1": "SM299", 'LEVEL = "note"': 'LEVEL = "off"', "worth=1.0": "worth=0.0"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with a file more of each kind."""
    root = tmp_path_factory.mktemp("tree")
    for name in ("selectmodel", "tests", "sample_logs", "benchmarks", "docs"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "plugins"))
    for name in ("README.md", "CHANGELOG.md", "action.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    for module, place in ADDED.items():
        text = (PLUGINS / "acme" / "acme_selectmodel" / f"{module}.py").read_text(encoding="utf-8")
        for theirs, ours in OURS.items():
            text = text.replace(theirs, ours)
        (root / "selectmodel" / f"{place}.py").write_text(text, encoding="utf-8")
    return root


def run(tree: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.heavy
def test_one_command_makes_anew_what_is_made_and_all_hold(tree: Path) -> None:
    kept = {path: path.read_bytes() for path in (tree / "tests/golden").rglob("*") if path.is_file()}
    run(tree, "-m", "tests.regenerate")
    run(tree, "docs/make_reference.py")
    listed = (tree / "docs/reference/rules/index.md").read_text(encoding="utf-8")
    assert "| [`middle`](middle.md) | The middle validation, for no good reason. |" in listed
    assert '"middle"' in (tree / "selectmodel/policy.schema.json").read_text(encoding="utf-8")
    golden = [path for path in (tree / "tests/golden").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert [path.name for path in golden if kept.get(path) != path.read_bytes()] == ["middle.json"]
    names = "middle or long_run or acme_jsonl or sleep or tally"
    quiet = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in run(tree, *quiet, "tests/laws", "-k", names)
    assert " passed" in run(tree, *quiet, "tests/golden", "-k", "middle")


@pytest.mark.heavy
def test_it_appears_everywhere(tree: Path) -> None:
    (tree / "log.jsonl").write_text("".join(f'{{"epoch": {e}, "val_loss": {abs(e - 3)}.5}}\n' for e in range(6)))
    assert "middle" in run(tree, "-m", "selectmodel", "rules")
    assert "middle.shift" in run(tree, "-m", "selectmodel", "explain", "middle")
    shipped = run(tree, "-m", "selectmodel", "pick", "log.jsonl", "--rule", "middle", "--set", "middle.shift=1",
                  "--set", "checks.long_run=note")  # fmt: skip
    assert shipped.startswith("Ship epoch 4") and "SM299" in shipped
    assert "Sleep for 8 hours." in run(tree, "-m", "selectmodel", "advise", "log.jsonl")
    assert run(tree, "-m", "selectmodel", "pick", "log.jsonl", "--format", "tally").startswith("|||")


@pytest.mark.heavy
def test_all_tests_that_list_members_hold_too(tree: Path) -> None:
    run(tree, "-m", "tests.regenerate")
    touched = ("laws", "golden", "rules", "checks", "advice", "policy", "display", "commands/explain", "test_readme.py")
    others = [part for test in NOT_ITS_OWN for part in ("--deselect", f"tests/{test}")]
    run(
        tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", *others, *(f"tests/{name}" for name in touched)
    )
