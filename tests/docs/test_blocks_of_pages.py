"""Every block of every page in docs/ is run; see tests/support/page_blocks.py.

After a change of what is printed: ``python -m tests.regenerate``, then read the difference.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from page_blocks import blocks, made_anew
from places import ROOT

#: Made at build time from the code, and so without blocks to run.
_MADE = ROOT / "docs" / "reference"


def has_blocks(page: Path) -> bool:
    return any(not block.framework for block in blocks(page.read_text(encoding="utf-8")))


PAGES = [page for page in sorted((ROOT / "docs").rglob("*.md")) if _MADE not in page.parents and has_blocks(page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_shows_is_so(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == made_anew(text, tmp_path / "reader"), "python -m tests.regenerate"


def write() -> None:
    """Puts what is printed today into the pages' blocks."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as place:
            page.write_text(made_anew(text, Path(place) / "reader"), encoding="utf-8")
