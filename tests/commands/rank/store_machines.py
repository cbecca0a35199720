"""Processes that share nothing but a network, as machines do: a store on a bad day, a cluster, a driver."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import small_s3

import selectmodel as sm

WAIT = 300.0
DRIVER = """
import json, os, resource, sys, tempfile, time
import selectmodel as sm
if sys.argv[1] == "dask": import distributed
if sys.argv[1] == "ray": import ray
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
made = []
if sys.argv[1] != "batch":
    kept = tempfile.TemporaryDirectory
    tempfile.TemporaryDirectory = lambda *a, **k: (made.append(k.get("prefix")), kept(*a, **k))[1]
begin = time.perf_counter()
ranking = sm.rank("s3://sweeps/runs", engine=sys.argv[1], workers=2)
seconds = time.perf_counter() - begin
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"runs": [[run.name, run.value, run.epoch, run.source] for run in ranking.runs],
    "left_out": [[one.name, one.reason] for one in ranking.left_out], "grown": (after - before) / 1024,
    "seconds": seconds, "peak": after / 1024, "mirrors": sum(prefix == "selectmodel-" for prefix in made)}))
"""


class Machines:
    """Processes that each have a work directory, a home and a temporary folder of their own."""

    def __init__(self, folder: Path, runs: int, stack: ExitStack) -> None:
        self.folder, self.runs, self._stack = folder, runs, stack
        self.store: dict[str, str] = {}

    def environment(self, name: str, **more: str) -> dict[str, str]:
        place = self.folder / name
        (place / "tmp").mkdir(parents=True, exist_ok=True)
        source = str(Path(sm.__file__).parents[1])
        own = {"HOME": str(place), "TMPDIR": str(place / "tmp"), "PYTHONPATH": source, "XDG_CACHE_HOME": str(place)}
        plain = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "DASK_", "RAY_"))}
        ray = {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
        return {**plain, **own, **self.store, **ray, **more}

    def start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=self._home(name),
                env=self.environment(name),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._stack.callback(_ended, process)

    def said(self, name: str, text: str) -> bool:
        return text in (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def _home(self, name: str) -> Path:
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        return self.folder / name

    def ranked(self, engine: str, **more: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-c", DRIVER, engine], cwd=self._home("driver"), env=self.environment("driver", **more),
            capture_output=True, text=True, timeout=7200, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])


def _ended(process: subprocess.Popen[bytes]) -> None:
    import signal

    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


#: What keeps other processes of tests from a port that one of them has chosen, as long as that runs.
_CLAIMS: list[socket.socket] = []


def free_port() -> int:
    """A port that stays free until the server that is told it begins: none of those that the system hands out."""
    ports = range(20_000, 32_000)
    for port in random.SystemRandom().sample(ports, len(ports)):
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            if sys.platform == "linux":
                claim = socket.socket(socket.AF_UNIX)
                _CLAIMS.append(claim)
                claim.bind(f"\0selectmodel-port-{port}")
            return port
    raise AssertionError("no port is free")


def until(true: Any) -> None:
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end, "did not start"
        time.sleep(0.2)


def answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def machines(folder: Path, runs: int) -> Iterator[Machines]:
    """Machines of which one serves a store with so many runs, on a bad day."""
    with ExitStack() as stack:
        own = Machines(folder, runs, stack)
        told = folder / "port"
        own.start("store", sys.executable, str(Path(small_s3.__file__)), str(runs), str(told))
        until(lambda: told.exists() and told.read_text())
        own.store = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{told.read_text()}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        yield own


def held_against_local(got: Any, folder: Path, runs: int) -> None:
    """Every run is where a folder of the same logs puts it, and each that is missing is listed."""
    for key, content in small_s3.runs(runs).items():
        at = small_s3.number(key)
        if small_s3.bad_day(key, 1) == "missing":
            continue
        place = folder / key
        place.parent.mkdir(parents=True)
        place.write_bytes(content + b"9,0.5,0.9\n" if at % 500 == 17 else content)
    local = sm.rank(folder / "runs")
    wanted = [[run.name, run.value, run.epoch, f"s3://sweeps/runs/{run.name}"] for run in local.runs]
    assert got["runs"] == wanted
    gone = {f"g{at // 300}/run{at}/training.csv" for at in range(runs) if at % 500 == 7}
    assert {name for name, _ in got["left_out"]} == gone
    assert {reason for _, reason in got["left_out"]} == {"cannot be read (no such object)"}
    assert got["mirrors"] == 0, "nothing of the store came to the driver"
    assert got["grown"] < 120 + 6e-3 * runs, "MB: what the clients import and hold, then rows and names, but no logs"


def on_dask(own: Machines) -> Any:
    """What a driver tells of the runs, judged by two workers of a Dask cluster."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    own.start("scheduler", sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", str(port),
              "--dashboard-address", ":0")  # fmt: skip
    until(lambda: answers(port))
    for name in ("one", "two"):
        own.start(name, sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1",
                  "--no-dashboard", "--local-directory", str(own.folder / name))  # fmt: skip
    return own.ranked("dask", DASK_SCHEDULER_ADDRESS=address)


def left_behind(own: Machines) -> list[str]:
    """Folders of copies that are still there on a machine, which those of a worker that was killed would be."""
    return [f"{path.parts[-3]}/{path.name}" for path in own.folder.glob("*/tmp/selectmodel-*")]


def on_ray(own: Machines) -> Any:
    """As :func:`on_dask`, on a Ray cluster."""
    with tempfile.TemporaryDirectory(prefix="r", ignore_cleanup_errors=True) as short:
        port = free_port()
        # Ray makes sockets in its folder, whose paths must be short.
        ray = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus", "1",
               "--object-store-memory", "100000000"]  # fmt: skip
        own.start("one", *ray, "--head", "--port", str(port), "--temp-dir", short,
                  "--include-dashboard", "false")  # fmt: skip
        until(lambda: own.said("one", "Ray runtime started"))
        own.start("two", *ray, "--address", f"127.0.0.1:{port}")
        until(lambda: own.said("two", "Ray runtime started"))
        return own.ranked("ray", RAY_ADDRESS=f"127.0.0.1:{port}")
