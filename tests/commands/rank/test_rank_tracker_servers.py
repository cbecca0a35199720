"""Real servers on loopback: MLflow's own, written to by its own client, and PostgreSQL with a study of Optuna."""

from __future__ import annotations

import math
import os
import pwd
import random
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli import command
from store_machines import free_port, until

import selectmodel as sm

pytestmark = [pytest.mark.heavy, pytest.mark.filterwarnings("ignore")]


def healthy(place: str) -> bool:
    try:
        urllib.request.urlopen(f"http://{place}/health", timeout=60).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Host and port of a server, and the database that it keeps."""
    pytest.importorskip("mlflow.server", reason="mlflow is not installed")
    folder = tmp_path_factory.mktemp("server")
    place = f"127.0.0.1:{free_port()}"
    host, _, port = place.partition(":")
    line = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", port, "--workers", "1"]
    line += ["--backend-store-uri", f"sqlite:///{folder}/kept.db", "--default-artifact-root", str(folder / "files")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(line, cwd=folder, stdout=log, stderr=log, start_new_session=True)
        try:
            until(lambda: server.poll() is not None or healthy(place))
            assert server.poll() is None, (folder / "log").read_text()
            yield place, folder / "kept.db"
        finally:
            os.killpg(server.pid, 9)  # its workers may wait for minutes before they obey another signal
            server.wait()


def test_runs_of_a_server_are_those_of_its_database(
    mlflow_server: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    place, kept = mlflow_server
    client = __import__("mlflow").MlflowClient(f"http://{place}")
    experiment = client.create_experiment("vision/small")
    chance = random.Random(0)
    for at, state in enumerate(["FINISHED", "FINISHED", "FAILED", "RUNNING"]):
        run = client.create_run(experiment, run_name=f"net-{at}").info.run_id
        client.log_param(run, "depth", at % 3)
        for step in range(6):
            right = round(200 * (0.5 + 0.1 * at) * (1 - math.exp(-step - 1)) + chance.uniform(-3, 3)) / 200
            client.log_metric(run, "val_accuracy", right, step=step)
            client.log_metric(run, "val_loss", float("nan") if step == 5 and at == 0 else 1 - right, step=step)
        if state != "RUNNING":
            client.set_terminated(run, state)
    client.create_run(experiment, run_name="empty")
    ranking = sm.rank(f"mlflow://{place}/vision%2Fsmall")
    assert [run.name for run in ranking.runs] == ["net-3", "net-2", "net-1", "net-0"]
    assert [item.name for item in ranking.left_out] == ["empty"]
    (note,) = [note for note in ranking.notes if note.code == "SM285"]
    assert note.message == "not all runs finished: 1 failed (net-2); 2 running (net-3, empty)"
    by_file = sm.rank(kept)
    assert [(run.value, run.expected, run.epoch, run.step, run.hparams) for run in ranking.runs] == [
        (run.value, run.expected, run.epoch, run.step, run.hparams) for run in by_file.runs
    ]
    done = command(capsys, "rank", f"mlflow+http://me:sesame@{place}/vision/small")
    assert done.code == 0 and "net-3" in done.out and "sesame" not in done.out + done.err
    done = command(capsys, "rank", f"mlflow+http://me:sesame@{place}/vision/smal")
    assert done.code == 3 and "did you mean vision/small?" in done.err and "sesame" not in done.err


def test_a_server_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mlflow")
    done = command(capsys, "rank", f"mlflow://me:sesame@127.0.0.1:{free_port()}/vision")
    assert done.code == 3 and "cannot be read" in done.err and "sesame" not in done.err


def _postgres() -> Path | None:
    """The folder of PostgreSQL's programs."""
    found = shutil.which("initdb")
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []
    return Path(found).resolve().parent if found else (places[-1] if places else None)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """User, password, host and port of a PostgreSQL server; it refuses to run as root, so nobody runs it then."""
    programs = _postgres()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        port = free_port()

        def run(*line: str) -> None:
            subprocess.run(line, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who)

        secret = Path(folder) / "secret"
        secret.write_text("sesame")
        if user:
            os.chown(secret, user.pw_uid, user.pw_gid)
        data = f"{folder}/data"
        run(str(programs / "initdb"), "-D", data, "-U", "keeper", "-A", "scram-sha-256", "--pwfile", str(secret))
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        run(str(programs / "pg_ctl"), "-D", data, "-w", "-o", settings, "-l", f"{folder}/log", "start")
        try:
            yield f"keeper:sesame@127.0.0.1:{port}"
        finally:
            run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")


def test_a_study_in_postgresql_is_the_same_in_a_file(
    postgres: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    optuna = pytest.importorskip("optuna")
    pytest.importorskip("psycopg")
    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial: object) -> float:
        rate = trial.suggest_float("lr", 1e-4, 1.0, log=True)  # type: ignore[attr-defined]
        trial.suggest_categorical("net", ["small", "large"])  # type: ignore[attr-defined]
        if trial.number == 3:  # type: ignore[attr-defined]
            raise RuntimeError
        for step in range(4):
            share = round(100 * (0.9 - abs(math.log10(rate) + 2) / 5) * (1 - 0.5 ** (step + 1))) / 100
            trial.report(share, step)  # type: ignore[attr-defined]
        return share

    rankings = []
    for url, address in (
        (f"postgresql+psycopg://{postgres}/postgres", f"optuna+postgresql://{postgres}/postgres"),
        (f"sqlite:///{tmp_path}/study.db", f"optuna:///{tmp_path}/study.db"),
    ):
        storage = optuna.storages.RDBStorage(url)
        study = optuna.create_study(
            storage=storage, study_name="s", direction="maximize", sampler=optuna.samplers.RandomSampler(seed=1)
        )
        study.optimize(objective, n_trials=12, catch=(RuntimeError,))
        study.ask()
        storage.remove_session()
        storage.engine.dispose()
        rankings.append(sm.rank(address))
    there, here = rankings
    assert len(there.runs) == 11
    assert [(run.name, run.value, run.step, run.hparams) for run in there.runs] == [
        (run.name, run.value, run.step, run.hparams) for run in here.runs
    ]
    (note,) = [note for note in there.notes if note.code == "SM285"]
    assert note.message.endswith("1 failed, not ranked (trial 3); 1 running without a value yet (trial 12)")
    assert "sesame" not in repr(there) and "keeper@127.0.0.1" in there.paths[0]
    done = command(capsys, "rank", f"optuna+postgresql://{postgres.replace('sesame', 'guess')}/postgres")
    assert done.code == 3 and "password authentication failed" in done.err and "guess" not in done.err
    done = command(capsys, "rank", f"mlflow+postgresql://{postgres}/postgres")
    assert done.code == 3 and "no database of mlflow" in done.err
