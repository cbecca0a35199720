"""Folders of somebody else, which may not be looked into, lie beside a log or are named: asked as an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_NOBODY = 65534
#: Takes from root what lets it pass over permissions; it stays the user that may read this installation.
_WITHOUT = ("--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search", "--")
ROWS = "".join(f"{epoch},{0.9 - 0.05 * epoch:.2f},{0.5 + 0.04 * epoch:.2f}\n" for epoch in range(9))
LOG = "epoch,val_loss,val_accuracy\n" + ROWS


def ordinary(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command as a user that no permission is waived for."""
    whole = [sys.executable, *command]
    if os.geteuid() == 0:
        whole = ["setpriv", *_WITHOUT, *whole]
    environment = {**os.environ, "HOME": str(cwd)}
    return subprocess.run(whole, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """A folder that all may read, with one in it that only its owner may."""
    root = Path(tempfile.mkdtemp(prefix="selectmodel-shared-")).resolve()
    try:
        root.chmod(0o777)
        locked = root / "locked"
        locked.mkdir()
        for name in ("training.csv", "ckpt", "policy.toml", "h.jsonl"):
            (locked / name).write_text(LOG)
        for name in ("training.csv", "other.csv"):
            (root / name).write_text(LOG)
        (root / "shut.csv").write_text(LOG)
        (root / "link.csv").symlink_to(locked / "training.csv")
        (root / "into").symlink_to(locked)
        for path in (root / "shut.csv", locked):
            path.chmod(0o700 if os.geteuid() == 0 else 0)
            if os.geteuid() == 0:
                os.chown(path, _NOBODY, _NOBODY)
        if os.geteuid() == 0 and not shutil.which("setpriv"):
            pytest.skip("root passes over permissions, and there is no setpriv to take that from it")
        yield root
    finally:
        (root / "locked").chmod(0o700)
        shutil.rmtree(root)


#: Command line → its exit code: 0 where the folder is only met, 3 or 4 (2 for a policy) where it is named.
TRIED = {
    "pick training.csv": 0,
    "gate training.csv --min val_accuracy=0.1": 0,
    "compare training.csv other.csv": 0,
    "inspect training.csv": 0,
    "advise training.csv": 0,
    "rank .": 0,
    "pick training.csv --checkpoints locked": 3,
    "pick training.csv --checkpoints locked/ckpt": 3,
    "pick training.csv --policy locked/policy.toml": 2,
    "pick training.csv -o locked/answer.json": 4,
    "pick training.csv --record locked/record.json": 4,
    "pick locked": 3,
    "pick locked/training.csv": 3,
    "pick shut.csv": 3,
    "pick link.csv": 3,
    "rank locked": 3,
    "rank shut.csv": 3,
    "rank training.csv --cache locked/c": 4,
    "gate training.csv --max-worse val_accuracy=0 --baseline locked/training.csv": 3,
    "gate training.csv --max-worse val_accuracy=0 --baseline locked/training.csv --first-run pass": 3,
    "gate training.csv --min val_accuracy=0.1 --production locked/ckpt --checkpoints off": 1,
    "compare training.csv locked/training.csv": 3,
    "compare training.csv other.csv --history locked/h.jsonl": 4,
    "compare training.csv other.csv --history shut.csv": 3,
    "compare --history locked/h.jsonl": 3,
    "compare training.csv other.csv --predictions locked/a.csv shut.csv": 3,
    "init shut.csv": 3,
}


#: Runs the command lines that it is given one after the other, and prints of each what it said and its exit code.
_ONE_AFTER_THE_OTHER = """
import contextlib, io, json, sys
from selectmodel.cli.main import run
done = {}
for line in sys.argv[1:]:
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = run(line.split())
    done[line] = (code, said.getvalue())
print(json.dumps(done))
"""


@pytest.fixture(scope="module")
def tried(shared: Path) -> dict[str, tuple[int, str]]:
    """Command line → exit code and what stands on standard error, all of one process of an ordinary user."""
    done = ordinary("-c", _ONE_AFTER_THE_OTHER, *TRIED, cwd=shared)
    assert done.returncode == 0, done.stderr
    found: dict[str, tuple[int, str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("line", TRIED)
def test_every_command_has_the_exit_code_of_what_happened(line: str, tried: dict[str, tuple[int, str]]) -> None:
    code, said = tried[line]
    assert code == TRIED[line], said
    assert "bug in selectmodel" not in said and "Traceback" not in said
