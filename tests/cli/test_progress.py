"""How far long work has come: told by whoever works, shown where a person watches, and taken away when it is done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from places import SAMPLES

import selectmodel as sm
from selectmodel import progress, registry
from selectmodel.files import fingerprints

LOG = SAMPLES / "keras" / "overfitting.csv"


def test_every_rule_check_subject_and_byte_is_counted(tmp_path: Path) -> None:
    told: list[tuple[str, float, float]] = []
    run = sm.read(LOG)
    with progress.heard(lambda *what: told.append(what)):
        sm.advise([run])
        file = tmp_path / "weights.h5"
        file.write_bytes(bytes(2_500_000))
        fingerprints.of_checkpoint(file)
    for noun, kind in (("rules asked", "rules"), ("checks made", "checks"), ("subjects of advice", "advice")):
        count = len(registry.names(kind))
        assert [what[1:] for what in told if what[0] == noun] == [(done, count) for done in range(count + 1)]
    assert [round(done, 2) for noun, done, _ in told if noun == "MB of files"] == [1.05, 2.1, 2.5]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
def test_a_bar_is_shown_on_a_terminal_and_nothing_of_it_is_left_in_the_answer() -> None:
    import pty

    program = (
        "from selectmodel.cli import main, waiting; waiting._PATIENCE = 0.0; import sys; "
        "sys.exit(main.run(['pick', sys.argv[1]]))"
    )
    master, terminal = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-c", program, str(LOG)],
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
    )
    os.close(terminal)
    seen = b""
    try:
        while piece := os.read(master, 65536):
            seen += piece
    except OSError:  # Linux: all that had it open is gone
        pass
    os.close(master)
    answer = done.communicate(timeout=60)[0]
    assert done.returncode == 0 and answer.startswith("Ship epoch") and "rules asked" not in answer
    assert b"rules asked" in seen and seen.rstrip().endswith(b"\x1b[2K")
