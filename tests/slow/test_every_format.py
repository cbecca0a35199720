"""Every public log and every sample of every format: read and right, or refused with the reason."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from pathlib import Path

import public_logs
import pytest
from places import SHARED

from selectmodel.cli.main import run

if not SHARED.is_dir():
    pytest.skip("../shared is absent", allow_module_level=True)
LOGS, SAMPLES = SHARED / "real_logs", SHARED / "samples"

#: Part of a path → part of the sentence that refuses it: what holds no log, or nothing of one yet.
REFUSED = {
    "/params/": ("what an MLflow run says of itself",),
    "/tags/": ("what an MLflow run says of itself",),
    "mlruns/0/meta.yaml": ("YAML",),
    "config.yaml": ("YAML",),
    "hparams.yaml": ("YAML",),
    "wandb-summary.json": ("last values",),
    "wandb-events.jsonl": ("of the machine",),
    "run-2zuxwf70.wandb": ("no history",),
    "20210111_221224.log.json": ("no epochs logged yet",),
    "20210111_221846.log.json": ("no epochs logged yet",),
    "job-post-nlp/output/metrics.json": ("looks like JSON",),
    "best_k_models.json": ("JSON",),
}


def test_public_logs_are_right_or_refused_with_the_reason() -> None:
    judged = list(public_logs.judged(LOGS))
    assert [(found.local, found.why) for found in judged if found.verdict == "wrong"] == []
    for found in judged:
        allowed = [words for part, some in REFUSED.items() if part in f"/{found.local}" for words in some]
        assert found.verdict != "refused" or any(words in found.why for words in [*allowed, "is empty"]), found
    counts = Counter(found.verdict for found in judged)
    assert counts["right"] > 70 and counts["wrong"] == 0
    table = public_logs.table(judged)
    assert "| mmdet_json | 16 |" in table and "| wandb | 16 |" in table


#: Tables and event files have tests of their own.
OTHERS = {LOGS / name for name in ("keras_csv", "lightning_csv", "tensorboard")}
TOPS = [path for path in [*SAMPLES.iterdir(), *LOGS.iterdir()] if path not in OTHERS]
PLACES = sorted(path for path in [*TOPS, *(inner for top in TOPS for inner in top.glob("*"))] if path.is_dir())


@pytest.mark.parametrize("place", PLACES, ids=lambda path: path.relative_to(SHARED).as_posix())
def test_a_folder_is_answered_asked_or_refused(place: Path) -> None:
    """Never a fault of the program, and of a refusal the first line is the whole of it."""
    for command in ("pick", "inspect"):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run([command, str(place)])
        assert code in (0, 2, 3), err.getvalue()
        assert (code == 0) == bool(out.getvalue())
        if code:
            assert err.getvalue().startswith("error: ") and "Traceback" not in err.getvalue()
