"""The README is short, executed, and its figures are those that were measured; pages in docs/ are run by tests/docs.

After a change of what is printed: ``python -m tests.regenerate``, then read the difference.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import habits
import pytest
from page_blocks import blocks, made_anew
from places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8") if (ROOT / "README.md").exists() else ""
_SETUP = re.compile(r"<!-- setup -->\n```sh\n(.*?)```\n<!-- /setup -->", flags=re.DOTALL)


def apart(text: str) -> tuple[str, str, str]:
    """The README before, in and after its set-up, which .ci/run carries out on a fresh machine."""
    found = _SETUP.search(text)
    assert found
    return text[: found.start()], found[0], text[found.end() :]


def today(text: str, place: Path) -> str:
    """The README with what its commands print today, and with its figures."""
    before, setup, after = apart(text)
    return before + setup + habits.put(made_anew(after, place))


def test_there_are_the_five_tasks() -> None:
    shown = [block.text for block in blocks(README)]
    for command in ("pick", "gate", "compare", "rank"):
        assert any(text.startswith(f"$ selectmodel {command} ") for text in shown), command
    assert any("sm.Tracker(" in text for text in shown)


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 180


def test_what_it_shows_is_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert today(README, tmp_path / "reader") == README, "python -m tests.regenerate"


def test_set_up_is_two_commands() -> None:
    (setup,) = _SETUP.findall(README)
    assert len(setup.strip().splitlines()) == 2


def write() -> None:
    """Puts what is printed today into the README's blocks."""
    with tempfile.TemporaryDirectory() as place:
        text = today(README, Path(place) / "reader")
    (ROOT / "README.md").write_text(text, encoding="utf-8")
