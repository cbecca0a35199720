"""The program that other tests run because it is there at once does what ``python -m selectmodel`` does."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from places import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")
LOG = "epoch,loss,val_loss\n0,1.0,1.1\n1,0.6,0.8\n2,0.4,0.7\n3,0.2,0.75\n"


def ran(program: str, line: str, place: Path) -> tuple[int, bytes, bytes]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "COLUMNS": "70"}
    shell = ["bash", "-c", f'selectmodel() {{ {program} "$@"; }}; {line}']
    done = subprocess.run(shell, cwd=place, env=env, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "line",
    [
        "selectmodel pick 'a größe.csv' --no-such-flag; echo $?; selectmodel pick 'a größe.csv'",
        "cd folder; rmdir ../folder; COLUMNS=40 PYTHONIOENCODING=ascii selectmodel pick - < ../*.csv",
        "selectmodel pick *.csv >&-; echo $?; selectmodel pick none.csv 2>&-; echo $?; selectmodel pick - <&-",
        "selectmodel pick *.csv | true; selectmodel pick *.csv > /dev/full",
    ],
)
def test_it_says_and_ends_the_same(line: str, tmp_path: Path) -> None:
    answers = []
    for at, program in enumerate((f"{shlex.quote(sys.executable)} -m selectmodel", warm.program())):
        place = tmp_path / str(at)
        (place / ".git").mkdir(parents=True)
        (place / "folder").mkdir()
        (place / "a größe.csv").write_text(LOG)
        answers.append(ran(program, line, place))
    assert answers[0] == answers[1]
    assert b"Ship epoch 2" in answers[0][1] or b"error: " in answers[0][2]
