"""Makes catboost/, xgboost/ and lightgbm/: three boosters on the same digits, each overfitting after some trees.

Two classes of scikit-learn's handwritten digits (8 against the rest), a fifth of the training labels wrong. CatBoost
leaves ``catboost_info/`` by itself; XGBoost's and LightGBM's evaluations are written as JSON, and what XGBoost prints
is kept as well. CatBoost's event files are left out: they hold the same numbers, rounded.

Written with Python 3.11, scikit-learn 1.9.1, xgboost 3.2.0, lightgbm 4.7.0 and catboost 1.2.10::

    python -m venv venv
    venv/bin/pip install scikit-learn==1.9.1 xgboost==3.2.0 lightgbm==4.7.0 catboost==1.2.10
    venv/bin/python sample_logs/make_boosters.py
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROUNDS, TRAIN, VAL = 60, 400, 500


def digits() -> tuple[Any, Any, Any, Any]:
    """Images and labels to train on, then those to validate on."""
    from sklearn.datasets import load_digits

    rng = np.random.default_rng(0)
    images, labels = load_digits(return_X_y=True)
    order = rng.permutation(len(labels))
    images, labels = images[order], (labels[order] == 8).astype(int)
    wrong = rng.random(TRAIN) < 0.2
    labels[:TRAIN][wrong] = 1 - labels[:TRAIN][wrong]
    return images[:TRAIN], labels[:TRAIN], images[TRAIN : TRAIN + VAL], labels[TRAIN : TRAIN + VAL]


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def catboost() -> str:
    import catboost as library

    x, y, x_val, y_val = digits()
    with tempfile.TemporaryDirectory() as scratch:
        model = library.CatBoostClassifier(
            iterations=ROUNDS, learning_rate=0.2, depth=4, eval_metric="AUC", custom_metric=["Logloss"], random_seed=1,
            train_dir=scratch, verbose=False,
        )  # fmt: skip
        model.fit(x, y, eval_set=(x_val, y_val), use_best_model=False)
        target = HERE / "catboost" / "catboost_info"
        target.mkdir(parents=True)
        for name in ("catboost_training.json", "learn_error.tsv", "test_error.tsv", "time_left.tsv"):
            shutil.copyfile(Path(scratch, name), target / name)
    return str(library.__version__)


def xgboost() -> str:
    import xgboost as library

    x, y, x_val, y_val = digits()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        train, val = library.DMatrix(x, y), library.DMatrix(x_val, y_val)
        told: dict[str, Any] = {}
        settings = {"max_depth": 3, "eta": 0.3, "objective": "binary:logistic", "seed": 1, "nthread": 1}
        settings["eval_metric"] = ["logloss", "auc"]
        library.train(
            settings, train, ROUNDS, evals=[(train, "train"), (val, "eval")], evals_result=told, verbose_eval=True
        )
    put(HERE / "xgboost" / "evals_result.json", json.dumps(told))
    put(HERE / "xgboost" / "console" / "train.log", printed.getvalue())
    return str(library.__version__)


def lightgbm() -> str:
    import lightgbm as library

    x, y, x_val, y_val = digits()
    told: dict[str, Any] = {}
    train = library.Dataset(x, y)
    library.train({"objective": "binary", "metric": ["binary_logloss", "auc"], "learning_rate": 0.2, "num_leaves": 8,
                   "seed": 1, "verbose": -1, "num_threads": 1}, train, ROUNDS, [train, library.Dataset(x_val, y_val)],
                  ["training", "valid_0"], callbacks=[library.record_evaluation(told)])  # fmt: skip
    put(HERE / "lightgbm" / "evals_result.json", json.dumps(told))
    return str(library.__version__)


def main() -> None:
    for make in (catboost, xgboost, lightgbm):
        shutil.rmtree(HERE / make.__name__, ignore_errors=True)
        print(make.__name__, make())


if __name__ == "__main__":
    main()
