"""The runs of an MLflow server, asked by MLflow's own client, copied into a database of MLflow's layout.

The client brings how one signs in (``MLFLOW_TRACKING_USERNAME``, ``MLFLOW_TRACKING_TOKEN``, …), certificates, and what
is tried again. Every value of every metric is fetched, those that MLflow measured of the machine aside.
"""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from selectmodel import progress
from selectmodel.errors import LogError, UsageError, first_line
from selectmodel.settings import did_you_mean

#: Requests at a time; waiting for a server is not work.
_THREADS = 16
_PAGE = 1_000
_OWN = "system/"
_LARGEST = 1.7976931348623157e308
#: The client's own habit is to try for minutes, where a server that is not there is told after seconds.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "60"}
_LAYOUT = """
CREATE TABLE experiments (experiment_id, name);
CREATE TABLE runs (run_uuid, name, experiment_id, status, start_time, lifecycle_stage);
CREATE TABLE metrics (run_uuid, key, value, timestamp, step, is_nan);
CREATE TABLE params (run_uuid, key, value);
"""

Metrics = list[tuple[str, str, float, int, int, int]]


def copied(url: str, shown: str, place: Path) -> list[tuple[str, str]]:
    """Makes the file at ``place``; gives the runs whose metrics could not be fetched, by name, and why.

    ``shown`` is the address without its password. Raises UsageError where MLflow's client is not installed, LogError
    where the server does not answer, or has no such experiment or no run.
    """
    with _patient():
        try:
            from mlflow import MlflowClient
            from mlflow.exceptions import MlflowException
        except ImportError:
            raise UsageError(
                f"{shown}: needs MLflow's client; to install it: pip install 'selectmodel[trackers]'"
            ) from None
        whole = urlsplit(url)
        client = MlflowClient(tracking_uri=urlunsplit((whole.scheme, whole.netloc, "", "", "")))
        try:
            experiments = _experiments(client, unquote(whole.path.strip("/")), shown)
            runs = list(_runs(client, list(experiments)))
        except MlflowException as failure:
            raise LogError(f"{shown}: cannot be read ({first_line(failure)})") from None
        if not runs:
            raise LogError(f"{shown}: holds no runs")
        with closing(sqlite3.connect(place)) as file:
            missing = _written(file, client, experiments, runs)
            file.commit()
    return missing


@contextmanager
def _patient() -> Iterator[None]:
    """What the client reads from the environment, where the user has said nothing else."""
    ours = {name: value for name, value in _PATIENCE.items() if name not in os.environ}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)


def _experiments(client: Any, wanted: str, shown: str) -> Mapping[str, str]:
    """Name of each experiment by its id; "" where it is the only one asked for, so that runs go by their own names."""
    if wanted:
        found = client.get_experiment_by_name(wanted)
        if found is not None:
            return {found.experiment_id: ""}
    every = _paged(lambda token: client.search_experiments(max_results=_PAGE, page_token=token))
    names = {one.experiment_id: one.name for one in every}
    if not wanted:
        return names
    raise LogError(f"{shown}: no experiment {wanted!r}; {did_you_mean(wanted, names.values())}")


def _runs(client: Any, experiments: Sequence[str]) -> Iterator[Any]:
    yield from _paged(
        lambda token: client.search_runs(
            list(experiments), max_results=_PAGE, page_token=token, order_by=["attributes.start_time ASC"]
        )
    )


def _paged(ask: Any) -> Iterator[Any]:
    token = None
    while True:
        page = ask(token)
        yield from page
        token = page.token
        if not token:
            return


def _written(
    file: sqlite3.Connection, client: Any, experiments: Mapping[str, str], runs: Sequence[Any]
) -> list[tuple[str, str]]:
    file.executescript(_LAYOUT)
    file.executemany("INSERT INTO experiments VALUES (?, ?)", experiments.items())
    missing = []
    with ThreadPoolExecutor(_THREADS) as pool:
        try:
            fetched = pool.map(lambda run: _metrics(client, run), runs)
            for done, (run, metrics) in enumerate(zip(runs, fetched, strict=True), start=1):
                progress.tell("runs fetched", done, len(runs))
                if isinstance(metrics, str):
                    missing.append((run.info.run_name or run.info.run_id, metrics))
                    continue
                info = run.info
                row = (info.run_id, info.run_name, info.experiment_id, info.status, info.start_time, "active")
                file.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)", row)
                file.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", metrics)
                params = [(info.run_id, name, value) for name, value in run.data.params.items()]
                file.executemany("INSERT INTO params VALUES (?, ?, ?)", params)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return missing


def _metrics(client: Any, run: Any) -> Metrics | str:
    """Every value that a run logged, or why they could not be fetched."""
    rows: Metrics = []
    try:
        for name in run.data.metrics:
            if not name.startswith(_OWN):
                rows += [_row(run.info.run_id, one) for one in client.get_metric_history(run.info.run_id, name)]
    except Exception as failure:  # the client raises what its own libraries do
        return f"its metrics cannot be fetched ({first_line(failure)})"
    return rows


def _row(run: str, one: Any) -> tuple[str, str, float, int, int, int]:
    """As MLflow writes it: 0 with a mark for NaN, the largest number for infinity."""
    nan = math.isnan(one.value)
    value = 0.0 if nan else max(-_LARGEST, min(_LARGEST, one.value))
    return run, one.key, value, one.timestamp, one.step, int(nan)
