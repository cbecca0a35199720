"""Pictures of how the default decides show what it picks today; ``python docs/make_pictures.py`` makes them anew."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from places import ROOT

pytest.importorskip("altair")
sys.path.insert(0, str(ROOT / "docs"))
import make_pictures

PICKED = re.compile(r"(?:picked by|highest logged)[\w ]* \(\d+\)")


@pytest.mark.parametrize(("name", "chart"), [pytest.param(*made, id=made[0]) for made in make_pictures.pictures()])
def test_a_picture_names_the_epochs_that_are_picked(name: str, chart: object) -> None:
    told = set(PICKED.findall(str(chart.to_dict()["datasets"])))  # type: ignore[attr-defined]
    drawn = Path(make_pictures.PICTURES, f"{name}.svg").read_text(encoding="utf-8")
    assert len(told) == 2
    assert set(PICKED.findall(drawn)) == told


def test_every_picture_is_on_the_page() -> None:
    page = (ROOT / "docs" / "explanation" / "default.md").read_text(encoding="utf-8")
    assert set(re.findall(r"pictures/(\w+)\.svg", page)) == {path.stem for path in make_pictures.PICTURES.glob("*.svg")}
