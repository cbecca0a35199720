"""Runs in a store, read by the workers of clusters that share no folder with the driver, on a bad day of the store.

``SELECTMODEL_STORE_RUNS`` says how many runs; ``benchmarks/sweeps/stores.py`` looks at 20,000.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import store_machines
from store_machines import held_against_local, machines

pytestmark = [pytest.mark.heavy, pytest.mark.filterwarnings("ignore")]
RUNS = int(os.environ.get("SELECTMODEL_STORE_RUNS", "1200"))


def test_a_dask_cluster(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    pytest.importorskip("s3fs")
    with machines(tmp_path, RUNS) as own:
        got = store_machines.on_dask(own)
        assert not store_machines.left_behind(own)
    held_against_local(got, tmp_path / "local", RUNS)


def test_a_ray_cluster(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    pytest.importorskip("s3fs")
    with machines(tmp_path, RUNS) as own:
        got = store_machines.on_ray(own)
    held_against_local(got, tmp_path / "local", RUNS)


def test_processes_of_this_machine(tmp_path: Path) -> None:
    pytest.importorskip("joblib")
    pytest.importorskip("s3fs")
    with machines(tmp_path, RUNS) as own:
        got = own.ranked("process")
    held_against_local(got, tmp_path / "local", RUNS)
