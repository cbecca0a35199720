"""The screens of gate, compare, rank and of two epochs, as they are printed in a split window, a usual and a wide one.

``python -m tests.regenerate`` writes them anew; read the difference before you keep it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from places import ROOT

import selectmodel as sm
from selectmodel.answer import Answer
from selectmodel.display.style import Style
from selectmodel.registry import load

GOLDEN = ROOT / "tests/golden"
WIDTHS = (40, 80, 120)
LOG = "sample_logs/keras/overfitting.csv"
CYCLES = [f"sample_logs/cycles/cycle{number}.csv" for number in (1, 2, 3)]
FAILED = [{"metric": "val_loss", "max": 0.3}, {"metric": "val_accuracy", "min": 0.5}]
PASSED = [{"metric": "val_accuracy", "max_worse": 0.06, "on": "worst"}]
REFUSED = [{"metric": "accuracy", "min": 0.9}, {"metric": "val_f1", "min": 0.9}]

#: Name of a screen → the answer that it is of, asked in the root of the repository.
SCREENS: dict[str, Callable[[], Answer]] = {
    "gate_fails": lambda: sm.gate(LOG, conditions=FAILED),
    "gate_passes": lambda: sm.gate(LOG, baseline="sample_logs/keras/plateau.csv", conditions=PASSED),
    "gate_cannot_judge": lambda: sm.gate(LOG, conditions=REFUSED),
    "compare_better": lambda: sm.compare(*CYCLES[:2]),
    "compare_three": lambda: sm.compare(*CYCLES),
    "compare_withheld": lambda: sm.compare(CYCLES[1], "sample_logs/cycles/other_data.csv"),
    "compare_seeds": lambda: sm.compare(groups={"old": "sample_logs/cycles/seeds/old",
                                                "new": "sample_logs/cycles/seeds/new"}),
    "rank_sweep": lambda: sm.rank("sample_logs/sweep"),
    "rank_logs": lambda: sm.rank("sample_logs/keras", top=8),
    "between": lambda: sm.recommend(sm.read(LOG), between=(10, 20)),
}  # fmt: skip


def screens(name: str) -> dict[int, str]:
    """Width → the screen, without colour."""
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        found = SCREENS[name]()
        return {width: load("reports", "text").render(found, Style(width=width)) for width in WIDTHS}
    finally:
        os.chdir(before)


def _golden(name: str, columns: int) -> Path:
    return GOLDEN / f"columns_{columns}" / f"{name}.txt"


@pytest.mark.parametrize("name", SCREENS)
def test_screens(name: str) -> None:
    shown = screens(name)
    assert shown == {columns: _golden(name, columns).read_text(encoding="utf-8") for columns in WIDTHS}


@pytest.mark.parametrize(
    "file", sorted(GOLDEN.glob("columns_*/*.txt")), ids=lambda file: f"{file.parent.name}-{file.stem}"
)
def test_they_fit(file: Path) -> None:
    """All but what is there to be copied; and no line begins with what ends another."""
    width = int(file.parent.name.partition("_")[2])
    lines = file.read_text(encoding="utf-8").splitlines()
    assert all(len(line) <= width for line in lines if not line.startswith(("more: ", "Ship ", "file  "))), file
    assert not [line for line in lines if line.strip().startswith(("%", ")", ",", "·", "90 %: ")) or "…" in line]


def write() -> None:
    """Writes the screens."""
    for name in SCREENS:
        for columns, text in screens(name).items():
            file = _golden(name, columns)
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
