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


def test_a_picture_names_the_epochs_that_are_picked() -> None:
    for name, chart in make_pictures.pictures():
        told = set(PICKED.findall(str(chart.to_dict()["datasets"])))
        drawn = Path(make_pictures.PICTURES, f"{name}.svg").read_text(encoding="utf-8")
        assert len(told) == 2, name
        assert set(PICKED.findall(drawn)) == told, name


def test_every_picture_is_on_the_page() -> None:
    page = (ROOT / "docs" / "explanation" / "default.md").read_text(encoding="utf-8")
    assert set(re.findall(r"pictures/(\w+)\.svg", page)) == {path.stem for path in make_pictures.PICTURES.glob("*.svg")}
