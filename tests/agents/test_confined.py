"""The process of a call reads below its folder alone and writes nothing, whatever a link or a plug-in tries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LOG = "epoch,loss,val_loss\n0,1.0,1.1\n1,0.5,0.7\n2,0.2,0.9\n"
SECRET = "epoch,val_loss\n0,0.25\n1,0.125\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder that is served, with a log; beside it lies what may not be read."""
    served = tmp_path / "served"
    served.mkdir()
    (served / "log.csv").write_text(LOG)
    (tmp_path / "secret.csv").write_text(SECRET)
    (tmp_path / "selectmodel.toml").write_text('metric = "no_such_metric"\n')
    return served


def in_child(root: Path, *words: str, program: str = "") -> subprocess.CompletedProcess[str]:
    """A command line, or a program in its place, in a process that is confined to ``root``."""
    scratch = root.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    confine = f"from pathlib import Path; from selectmodel.files import confined; confined.to({root!r}, {scratch!r});"
    start = ["-c", f"from pathlib import PosixPath, WindowsPath; {confine}\n{program}"] if program else []
    call = start or ["-m", "selectmodel.mcp", str(root), str(scratch), *words]
    return subprocess.run(
        [sys.executable, "-P", "-B", *call],
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_a_log_below_is_read_and_no_policy_above(root: Path) -> None:
    done = in_child(root, "pick", "--format=json", "log.csv")
    assert json.loads(done.stdout)["recommended"]["epoch"] == 1, done.stderr
    assert sorted(path.name for path in root.iterdir()) == ["log.csv"]


@pytest.mark.parametrize("log", ["../secret.csv", "link.csv", ".."])
def test_what_lies_outside_is_not_read_by_whatever_name(root: Path, log: str) -> None:
    (root / "link.csv").symlink_to(root.parent / "secret.csv")
    done = in_child(root, "pick", "--format=json", log)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: ") and "0.125" not in done.stderr


def test_nothing_is_written(root: Path) -> None:
    done = in_child(root, "pick", "--format=json", "-o", "out.json", "log.csv")
    assert done.returncode == 4 and "nothing is written here" in done.stderr
    assert sorted(path.name for path in root.iterdir()) == ["log.csv"]


@pytest.mark.parametrize(
    "program",
    [
        "open('../secret.csv').read()",
        "import os; os.open('../secret.csv', os.O_RDONLY)",
        "import os; os.listdir('..')",
        "import os; os.scandir('..')",
        "import os; os.remove('log.csv')",
        "import os; os.rename('log.csv', 'b.csv')",
        "import os; os.mkdir('new')",
        "open('log.csv', 'a')",
        "open('log.csv', 'r+')",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', ''])",
        "import os; os.system('true')",
        "import socket; socket.socket()",
        "import sqlite3; sqlite3.connect('file:../x.db?mode=ro', uri=True)",
        "import shutil; shutil.rmtree('.')",
    ],
)
def test_no_way_leads_out(root: Path, program: str) -> None:
    done = in_child(root, program=program)
    assert done.stderr.splitlines()[-1].startswith("PermissionError: "), done.stderr
    assert (root / "log.csv").read_text() == LOG


def test_a_scratch_folder_may_be_used(root: Path) -> None:
    done = in_child(root, program="import tempfile\nwith tempfile.TemporaryFile() as f: f.write(b'x')\nprint('well')")
    assert done.stdout == "well\n", done.stderr


def test_a_module_in_the_folder_is_not_imported(root: Path) -> None:
    (root / "numpy.py").write_text("print('obeyed')\n")
    assert in_child(root, "pick", "--format=json", "log.csv").stdout.startswith("{")
