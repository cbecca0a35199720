"""Markdown that is printed shows the picture that is written beside it, as the file that is named does."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli import command
from places import SAMPLES

pytest.importorskip("altair")
LOG = SAMPLES / "keras" / "overfitting.csv"


def test_what_is_printed_links_to_the_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = command(capsys, "pick", LOG, "--format", "md", "-o", tmp_path / "my curve.svg")
    assert done.code == 0 and done.out.rstrip().endswith("![curves](my%20curve.svg)")
    assert (tmp_path / "my curve.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "![" not in command(capsys, "pick", LOG, "--format", "md").out
    assert "![" not in command(capsys, "pick", LOG, "-o", tmp_path / "other.svg").out
