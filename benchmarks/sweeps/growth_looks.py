"""One look at a sweep in this process, by ``rank`` or by a peer; prints what was found and what it took.

    python benchmarks/sweeps/growth_looks.py rank FOLDER ENGINE WORKERS
    python benchmarks/sweeps/growth_looks.py pandas|tbparse|mlflow FOLDER

Processor seconds are those of the whole process, imports and all; those of workers are read while these still wait for
more work. Peers find the run and the epoch of the highest validation accuracy; MLflow's search knows last values only.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

Found = dict[str, object]
_TICKS = os.sysconf("SC_CLK_TCK")


def of_rank(folder: str, engine: str, workers: str) -> Found:
    import selectmodel as sm

    ranking = sm.rank(folder, engine=engine, workers=int(workers))
    every = [ranking.runs, ranking.places, ranking.configs, ranking.left_out, ranking.basis]
    return {
        "runs": len(ranking.runs),
        "best": ranking.runs[0].name,
        "answer": hashlib.sha256(repr(every).encode()).hexdigest()[:16],
    }


def of_pandas(folder: str) -> Found:
    import pandas as pd

    rows = []
    for path in sorted(Path(folder).rglob("training.csv")):
        table = pd.read_csv(path)
        at = table["val_accuracy"].idxmax()
        rows.append((str(path.parent.relative_to(folder)), table["epoch"][at], table["val_accuracy"][at]))
    best = max(rows, key=lambda row: row[2])
    return {"runs": len(rows), "best": best[0], "epoch": int(best[1]), "value": float(best[2])}


def of_tbparse(folder: str) -> Found:
    from tbparse import SummaryReader

    table = SummaryReader(folder, extra_columns={"dir_name"}).scalars
    scores = table[table["tag"] == "val_accuracy"]
    rows = scores.loc[scores.groupby("dir_name")["value"].idxmax()]
    best = rows.loc[rows["value"].idxmax()]
    return {"runs": len(rows), "best": best["dir_name"], "epoch": int(best["step"]), "value": float(best["value"])}


def of_mlflow(folder: str) -> Found:
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    table = mlflow.search_runs(
        experiment_names=["sweep"], order_by=["metrics.val_accuracy DESC"], max_results=10_000_000
    )
    best = table.iloc[0]
    return {"runs": len(table), "best": best["run_id"], "value": float(best["metrics.val_accuracy"])}


LOOKS: dict[str, Callable[..., Found]] = {
    "rank": of_rank, "pandas": of_pandas, "tbparse": of_tbparse, "mlflow": of_mlflow,
}  # fmt: skip


def peak(process: str) -> float:
    """Highest memory of a process in MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def busy(process: str) -> float:
    """Processor seconds of a process so far."""
    told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / _TICKS


def workers() -> list[str]:
    """The processes that this one has started."""
    return [one for each in Path("/proc/self/task").iterdir() for one in (each / "children").read_text().split()]


def main() -> None:
    which, *given = sys.argv[1:]
    start = time.perf_counter()
    found = LOOKS[which](*given)
    wall = time.perf_counter() - start
    here = workers()
    each = [busy(process) for process in here]
    found |= {
        "wall": wall,
        "cpu": time.process_time(),
        "peak": peak("self"),
        "workers_cpu": sum(each),
        "busiest": max(each, default=0.0),
        "workers_peak": max(map(peak, here), default=0.0),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
