"""The snippets of pages that need a framework, run in it: what they leave is a log that pick answers for.

    python -m pytest tests/docs/test_frameworks.py -m heavy

A framework that is missing skips its snippets with a message; .ci/run sets SELECTMODEL_FRAMEWORKS=all, which makes a
missing one a failure.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from frameworks_at_hand import AT_HAND
from page_blocks import blocks, folder
from places import ROOT

import selectmodel as sm

os.environ["CUDA_VISIBLE_DEVICES"] = ""
pytestmark = [pytest.mark.heavy, pytest.mark.filterwarnings("ignore")]
#: What the page of trainers says that each leaves.
LEFT = {
    "keras": "training.csv",
    "lightning": "logs",
    "transformers": "output",
    "torch": "events",
    "xgboost": "evals_result.json",
    "lightgbm": "evals_result.json",
    "ultralytics": "runs/train",
}
TRAINERS = ROOT / "docs" / "how-to" / "leave-a-log.md"
PAGES = [page for page in sorted((ROOT / "docs").rglob("*.md")) if ROOT / "docs" / "reference" not in page.parents]
#: (page, framework) of every snippet.
SNIPPETS = [
    (page, name)
    for page in PAGES
    for name in dict.fromkeys(block.framework for block in blocks(page.read_text(encoding="utf-8")))
    if name
]


def test_every_trainer_of_the_page_leaves_something() -> None:
    assert {name for page, name in SNIPPETS if page == TRAINERS} == LEFT.keys()


@pytest.mark.parametrize(
    ("page", "name"), SNIPPETS, ids=[f"{page.relative_to(ROOT / 'docs').as_posix()}-{name}" for page, name in SNIPPETS]
)
def test_snippets_run(page: Path, name: str, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    with folder(tmp_path / "reader", text) as place:
        place.names.update(AT_HAND[name]())
        for block in blocks(text):
            if block.framework == name:
                place.run(block)
        if page == TRAINERS:
            assert sm.recommend(place.place / LEFT[name]).recommended.values
