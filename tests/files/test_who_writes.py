"""Whether a process writes a log is asked cheaply, and what cannot be asked is not said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from selectmodel.files import fingerprints, growth

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux grants leases and shows processes")


def log_in(folder: Path) -> Path:
    log = folder / "log.csv"
    log.write_text("epoch,val_loss\n0,0.9\n")
    return log


@LINUX
def test_of_a_log_that_nobody_writes_no_process_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, looked = log_in(tmp_path), list[Any]()
    if not growth._has_no_writer(str(log)):
        pytest.skip("the disk of this folder grants no lease")
    monkeypatch.setattr(growth, "_files_open_to_write", lambda paths: looked.append(paths) or iter(()))
    stamps = fingerprints.stamps([log])
    assert not growth.being_written([str(log)], stamps, stamps)
    assert looked == []


@LINUX
def test_a_writer_is_found_and_a_reader_is_none(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    with log.open("a"):
        assert not growth._has_no_writer(str(log))
    code = "import sys; file = open(sys.argv[1], 'a'); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(log)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "open\n"
        assert not growth._has_no_writer(str(log))
        stamps = fingerprints.stamps([log])
        assert growth.being_written([str(log)], stamps, stamps)
        holder.communicate()
    with log.open("a") as file:  # the lease was given back: who wants to write need not wait
        file.write("1,0.8\n")


def test_where_nothing_can_be_asked_only_a_change_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS and Windows."""
    log = log_in(tmp_path)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setattr(growth, "_listed", lambda folder: [])
    before = fingerprints.stamps([log])
    assert not growth.being_written([str(log)], before, before)
    with log.open("a") as file:
        file.write("1,0.8\n")
        file.flush()
        assert growth.being_written([str(log)], before, fingerprints.stamps([log]))


@pytest.mark.parametrize("missing", ["gone.csv", "null\0.csv"])
def test_a_file_that_is_gone_is_not_vouched_for(missing: str, tmp_path: Path) -> None:
    assert not growth._has_no_writer(os.path.join(tmp_path, missing))  # noqa: PTH118 - a Path refuses the other
