"""The same ranking from every engine and from a store, with the failures that stores have. Needs the extra "heavy"."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import small_s3
from test_rank import many

import selectmodel as sm
from selectmodel.commands.rank import engines
from selectmodel.commands.rank.ranking import Ranking

RUNS = 2000


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return many(tmp_path_factory.mktemp("sweep"), 1200)


@pytest.fixture(scope="module")
def wanted(runs: Path) -> Ranking:
    return sm.rank(runs)


def test_an_engine_that_is_not_known(runs: Path) -> None:
    with pytest.raises(sm.UsageError, match="did you mean dask"):
        sm.rank(runs, engine="dusk")


def test_an_engine_that_is_not_installed(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.import_module", lambda name: (_ for _ in ()).throw(ImportError(name)))
    with pytest.raises(sm.UsageError, match=r"selectmodel\[engines\]"):
        list(engines.worked([None] * 300, list, "process", 2))  # type: ignore[list-item,arg-type]


def test_a_store_that_nothing_reaches() -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(sm.UsageError, match="no store is reached this way"):
        sm.rank("nowhere://x/y")


def test_a_store_in_memory(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    store = fsspec.filesystem("memory")
    folder = many(tmp_path / "runs", 12)
    for path in folder.rglob("*.csv"):
        store.pipe_file(f"/sweep/{path.relative_to(folder)}", path.read_bytes())
    store.pipe_file("/sweep/g0/run3/weights.1.keras", b"x" * 100)
    there, here = sm.rank("memory://sweep", checkpoint_offset=0), sm.rank(folder)
    assert [(run.name, run.expected) for run in there.runs] == [(run.name, run.expected) for run in here.runs]
    assert there.best.source == f"memory://sweep/{there.best.name}"
    saved = next(run for run in there.runs if "/run3/" in run.name)
    assert saved.checkpoint == "memory://sweep/g0/run3/weights.1.keras"
    store.rm("/sweep", recursive=True)


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("engine", ["process", "dask", "ray"])
def test_an_engine_gives_the_same(engine: str, runs: Path, wanted: Ranking, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("joblib")
    pytest.importorskip({"dask": "distributed"}.get(engine, engine if engine == "ray" else "joblib"))
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    assert sm.rank(runs, engine=engine, workers=2) == wanted


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")
def test_processes_that_joblib_keeps_are_left_to_its_callers(
    runs: Path, wanted: Ranking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look at a store has processes of its own; joblib failed at those of another kind, in whoever called it next."""
    joblib, s3fs = pytest.importorskip("joblib"), pytest.importorskip("s3fs")
    server = small_s3.served(small_s3.Bucket(small_s3.runs(12)))
    reached_at(server.server_port, monkeypatch)
    assert len(sm.rank("s3://sweeps/runs", engine="process", workers=2).runs) == 12
    assert joblib.Parallel(n_jobs=2)(joblib.delayed(abs)(at) for at in (-1, -2)) == [1, 2]
    assert sm.rank(runs, engine="process", workers=2) == wanted
    assert len(sm.rank("s3://sweeps/runs", engine="process", workers=2).runs) == 12
    server.shutdown()
    server.server_close()
    s3fs.S3FileSystem.clear_instance_cache()


def bad_day(key: str, times: int) -> str:
    """What goes wrong with a log: one is gone, some need more tries than the store's client makes."""
    run = small_s3.number(key)
    if run % 500 == 7:
        return "missing"
    if run % 100 == 3 and times <= 7:
        return "503"
    return "slow" if run % 1000 == 11 and times == 1 else ""


def reached_at(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Any]]:
    """Address of an empty bucket on this machine, and what holds it."""
    moto = pytest.importorskip("moto.server")
    s3fs = pytest.importorskip("s3fs")
    serving = pytest.importorskip("werkzeug.serving")
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends

    store = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    store.create_bucket("sweeps", "us-east-1")
    application = moto.DomainDispatcherApplication(moto.create_backend_app)
    server = serving.make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    reached_at(server.port, monkeypatch)
    yield "s3://sweeps/runs", store
    server.shutdown()
    thread.join()
    s3_backends.reset()
    s3fs.S3FileSystem.clear_instance_cache()  # one that remembers this server's address and what it held


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")
def test_a_store_on_a_bad_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    s3fs = pytest.importorskip("s3fs")
    folder, url = many(tmp_path / "runs", RUNS), "s3://sweeps/runs"
    objects = {f"runs/{path.relative_to(folder)}": path.read_bytes() for path in folder.rglob("*.csv")}
    server = small_s3.served(small_s3.Bucket(objects, bad_day))
    reached_at(server.server_port, monkeypatch)
    there, here = sm.rank(url), sm.rank(folder)
    server.shutdown()
    server.server_close()
    s3fs.S3FileSystem.clear_instance_cache()
    gone = {f"g{at // 250}/run{at}/training.csv" for at in range(RUNS) if at % 500 == 7}
    assert {run.name for run in there.left_out} == gone
    assert all("no such object" in run.reason for run in there.left_out)
    kept = [run for run in here.runs if run.name not in gone]
    assert len(there.runs) == RUNS - len(gone)
    for got, expected in zip(there.runs, kept, strict=True):
        assert got.source == f"{url}/{got.name}"
        assert replace(got, source="", files=()) == replace(expected, source="", files=())
