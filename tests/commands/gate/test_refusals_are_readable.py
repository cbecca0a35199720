"""What a gate that could not judge says: once, in one line a place, without a code for a line break."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli import command, logged

AMBIGUOUS = "epoch,val_foo,val_bar\n0,0.5,20\n1,0.6,21\n2,0.7,22\n"
BOUND = ("--min", "val_foo=0.5")


@pytest.mark.parametrize("text", [AMBIGUOUS, "epoch,loss\n0,1\n1,2\n", "epoch,val_loss\n0,nan\n1,nan\n", ""])
def test_it_is_said_once_and_in_one_line(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logged(tmp_path, monkeypatch, text)
    done = command(capsys, "gate", log, *BOUND)
    assert done.code in (2, 3) and done.out.startswith("NOT JUDGED") and "\\x0a" not in done.out + done.err
    sentence = done.err.splitlines()[0].removeprefix("error: ")
    assert sentence[:60] not in " ".join(done.out.split())
    command(capsys, "gate", log, *BOUND, "-o", "gate.txt")
    assert sentence[:30] in " ".join(Path("gate.txt").read_text().split()), "a file has no standard error beside it"
    reason = json.loads(command(capsys, "gate", log, *BOUND, "--format", "json").out)["conditions"][0]["reason"]
    assert "\n" not in reason and sentence.rstrip(":;")[:30] in reason
    assert all(flag in reason for flag in [line.split("  (")[0].strip() for line in done.err.splitlines()[1:4]])
