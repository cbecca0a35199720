"""What has not changed is shown again at the price of looking at the files, whatever is said beside it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from test_rank import log

import selectmodel as sm
from selectmodel import registry
from selectmodel.cli import output
from selectmodel.display.findings import not_said_by_findings
from selectmodel.records import CheckFinding, Note

SHOWN = (
    "import sys; from selectmodel.cli.main import run; assert run(sys.argv[1:]) == 0; sys.exit('numpy' in sys.modules)"
)


def test_findings_and_notes_are_shown_without_numpy(tmp_path: Path) -> None:
    """The run to ship was still improving, and of another the last line is cut off."""
    folder = tmp_path / "runs"
    for at in range(4):
        log(folder / f"run{at}" / "training.csv", [1.0 / (epoch + 1) + 0.01 * at for epoch in range(20)])
    cut = folder / "run3" / "training.csv"
    cut.write_text(cut.read_text() + "20,0.0")
    ranking = sm.rank(folder)
    assert ranking.findings and ranking.notes
    given = [sys.executable, "-c", SHOWN, "rank", str(folder), "--cache", str(tmp_path / "c")]
    done = [subprocess.run(given, capture_output=True, check=False) for _ in range(2)]
    assert [one.returncode for one in done] == [1, 0]
    assert done[0].stdout == done[1].stdout


class Unasked(Sequence[str]):
    """Names of files that nobody should look at."""

    def __len__(self) -> int:
        return 1_000_000

    def __getitem__(self, at: Any) -> Any:
        raise AssertionError("looked at")

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("looked at")


def test_what_was_read_is_looked_at_only_where_a_file_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log(tmp_path / "runs" / "training.csv", [1.0, 0.5, 0.8])
    ranking = sm.rank(tmp_path / "runs")
    output.deliver(ranking, "text", [], inputs=Unasked())
    assert "training.csv" in capsys.readouterr().out
    with pytest.raises(AssertionError, match="looked at"):
        output.deliver(ranking, "text", [tmp_path / "r.csv"], inputs=Unasked())


@pytest.mark.parametrize("check", [name for name in registry.names("checks") if registry.load("checks", name).says])
def test_a_note_that_a_finding_repeats_is_known_without_its_check(check: str) -> None:
    found = CheckFinding(check, "SM201", "warn", "m", (), {})
    notes = [Note(code, f"x {part} y") for code, part in registry.load("checks", check).says]
    other = Note("SM281", "2 of 4 runs end in the middle of a record")
    assert not_said_by_findings([*notes, other], [found]) == [other]
