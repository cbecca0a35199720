"""A look that is killed, and looks of several programs at once: what was judged is not judged again.

Every look is a process of its own. It writes down the name of each run that it judges, and kills itself after some, so
that nothing here depends on how fast the machine is.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import warm
from test_rank import many

RUNS = 400

#: The look itself: FILE (which is told) CACHE FOLDER ENGINE, and how many runs it judges or keeps before it is killed.
LOOK = """
import json, os, signal, sys
import selectmodel as sm
from selectmodel.commands.rank import cache_file, engines, judge_runs
from selectmodel.commands.rank.cache import Cache

cache_file._BUSY_SECONDS = 600.0  # a look does without a cache that others hold for longer, and the disk may be slow

told = open(sys.argv[1], "w")
cache, folder, engine, judged_most, kept_most = *sys.argv[2:5], *map(int, sys.argv[5:])
outcome, insert, worked = judge_runs._outcome, Cache._insert, engines.worked
judged, kept, asked = [], [], []

def killed():
    os.kill(os.getpid(), signal.SIGKILL)

def also_told(item, *given):
    judged.append(item.name)
    print(item.name, file=told, flush=True)
    if judged_most and len(judged) > judged_most:
        killed()
    return outcome(item, *given)

def half_done(self, table, rows):
    kept.extend(rows)
    if kept_most and len(kept) > kept_most:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, 0)", rows)
        killed()
    insert(self, table, rows)

def counted(found, *given):
    asked.extend(item.name for item in found)
    return worked(found, *given)

judge_runs._outcome, Cache._insert, engines.worked = also_told, half_done, counted
print("ready", flush=True)
sys.stdin.readline()
ranking = sm.rank(folder, cache=cache, engine=engine, workers=2)
runs = [(run.name, run.value, run.epoch, place) for run, place in zip(ranking.runs, ranking.places, strict=True)]
print(json.dumps({"runs": runs, "basis": ranking.basis, "asked": asked}), file=told, flush=True)
"""


@dataclass
class Started:
    """A look that waits for a word to begin; which runs it judged itself, and how many were ``asked`` for."""

    process: subprocess.Popen[str]
    told: Path
    judged: list[str] = field(default_factory=list)
    answer: object = None
    asked: int = 0

    def begins(self) -> None:
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write("go\n")
            self.process.stdin.close()

    def ended(self) -> int:
        """Its exit code. Workers of a look that was killed would wait for more work for minutes."""
        code = self.process.wait(timeout=300)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        lines = self.told.read_text().splitlines()
        self.judged = [line for line in lines if not line.startswith("{")]
        for line in lines[len(self.judged) :]:
            answer = json.loads(line)
            self.asked, self.answer = len(answer.pop("asked")), answer
        return code


def waiting(cache: Path, folder: Path, engine: str = "batch", *, judged: int = 0, kept: int = 0) -> Started:
    """A look that has imported everything, and has not begun."""
    told = cache.with_name(f"told-{len(list(cache.parent.glob('told-*')))}")
    told.touch()
    # workers are processes that a Python of its own would have begun
    python = warm.python() if engine == "batch" and hasattr(os, "fork") else sys.executable
    given = [python, "-c", LOOK, *map(str, (told, cache, folder, engine, judged, kept))]
    pipe = subprocess.PIPE
    process = subprocess.Popen(given, stdin=pipe, stdout=pipe, text=True, start_new_session=True)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.stdout.close()
    return Started(process, told)


def looked(cache: Path, folder: Path, engine: str = "batch", *, judged: int = 0, kept: int = 0) -> tuple[int, Started]:
    """The exit code of a look, and the look."""
    look = waiting(cache, folder, engine, judged=judged, kept=kept)
    look.begins()
    return look.ended(), look


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return many(tmp_path_factory.mktemp("sweep"), RUNS, 100)


@pytest.fixture(scope="module")
def wanted(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> object:
    code, plain = looked(tmp_path_factory.mktemp("cache") / "c", runs)
    assert code == 0 and len(plain.judged) == RUNS
    return plain.answer


def known(cache: Path) -> int:
    """How many runs a cache knows; it is whole."""
    with closing(sqlite3.connect(cache)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (count,) = connection.execute("SELECT count(*) FROM runs").fetchone()
        return int(count)


def test_a_killed_look_goes_on_where_it_was(runs: Path, wanted: object, tmp_path: Path) -> None:
    cache = tmp_path / "c"
    code, first = looked(cache, runs, judged=300)
    assert code == -signal.SIGKILL and len(first.judged) == 301
    kept = known(cache)
    assert 300 - 128 <= kept <= 300
    code, second = looked(cache, runs)
    assert code == 0 and second.answer == wanted
    assert len(second.judged) == second.asked == RUNS - kept
    assert not set(second.judged) & set(first.judged[:kept])
    code, third = looked(cache, runs)
    assert code == 0 and third.judged == [] and third.answer == wanted


def test_killed_again_and_again(runs: Path, wanted: object, tmp_path: Path) -> None:
    """Every look comes further, and no run is judged a third time."""
    cache, judged = tmp_path / "c", Counter[str]()
    for _ in range(10):
        code, look = looked(cache, runs, judged=150)
        judged.update(look.judged)
        if code == 0:
            break
    assert code == 0 and look.answer == wanted
    assert len(judged) == RUNS and max(judged.values()) <= 2


def test_killed_in_the_middle_of_writing(runs: Path, wanted: object, tmp_path: Path) -> None:
    """What was half written is not there, what was written before is."""
    cache = tmp_path / "c"
    code, _ = looked(cache, runs, kept=200)
    kept = known(cache)
    assert code == -signal.SIGKILL and 200 - 128 <= kept <= 200
    code, second = looked(cache, runs)
    assert code == 0 and second.answer == wanted
    assert len(second.judged) == RUNS - kept and known(cache) == RUNS


def test_programs_at_once_on_one_cache(runs: Path, wanted: object, tmp_path: Path) -> None:
    """All of them say the same, and afterwards nothing is left to be judged."""
    cache = tmp_path / "c"
    looks = [waiting(cache, runs) for _ in range(3)]
    for look in looks:
        look.begins()
    assert [look.ended() for look in looks] == [0, 0, 0]
    assert [look.answer for look in looks] == [wanted] * 3
    assert known(cache) == RUNS
    code, after = looked(cache, runs)
    assert code == 0 and after.judged == [] and after.answer == wanted


@pytest.mark.heavy
@pytest.mark.parametrize("engine", ["process", "dask"])
def test_workers_of_a_killed_look(engine: str, tmp_path: Path) -> None:
    """The driver is killed while its workers judge: what they had handed back by then is not handed out again."""
    pytest.importorskip({"dask": "distributed", "process": "joblib"}[engine])
    folder, cache = many(tmp_path / "runs", 1500, 100), tmp_path / "c"
    code, plain = looked(tmp_path / "other", folder)
    assert code == 0
    code, _ = looked(cache, folder, engine, kept=700)
    kept = known(cache)
    assert code == -signal.SIGKILL and 700 - 128 <= kept <= 700
    code, second = looked(cache, folder, engine)
    assert code == 0 and second.asked == 1500 - kept and second.answer == plain.answer
