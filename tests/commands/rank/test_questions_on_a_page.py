"""The answers to what was asked of a sweep stand on its page and in its comment, with every name in them harmless."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli import command

import selectmodel as sm
from selectmodel.commands.rank.questions import on_page
from selectmodel.commands.rank.questions.answered import Answered

SCRIPT = "<script>alert(1)</script>"
ASKED = ["--questions", "--best-per", SCRIPT, "--ensemble", "2", "--pareto", "val_accuracy,val_loss:min"]


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pages")
    for at in range(4):
        run = root / f"run <b>{at}"
        run.mkdir()
        rows = [f"{epoch},{0.5 + 0.1 * epoch + 0.01 * at},{1 - 0.1 * epoch}" for epoch in range(3)]
        (run / "training.csv").write_text("\n".join(["epoch,val_accuracy,val_loss", *rows, ""]))
        (run / "hparams.json").write_text(json.dumps({SCRIPT: f"<i>{at % 2}", "lr": 10.0**-at}))
    return root


@pytest.mark.parametrize("suffix", ["html", "md"])
def test_all_that_was_asked_is_answered(suffix: str, sweep: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = sweep.parent / f"{sweep.name}.{suffix}"
    done = command(capsys, "rank", sweep, "--no-cache", *ASKED, "-o", file, "--force")
    assert done.code == 0, done.err
    page = file.read_text(encoding="utf-8")
    told = sm.rank(sweep, questions=True, best_per=SCRIPT, ensemble=2, pareto="val_accuracy,val_loss:min").questions
    assert [one.question for one in told] == ["importance", "edges", "more runs", "pareto", "best per", "ensemble"]
    for one in told:
        heading = f"<h2>{one.question.capitalize()}</h2>" if suffix == "html" else f"    {one.question}"
        assert heading in page
    if suffix == "html":
        assert page.index("<h2>Ensemble</h2>") < page.index("<h2>Runs</h2>")
        assert SCRIPT not in page and "<b>" not in page and "<i>" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;: the best run of each value" in page


def test_a_page_of_which_nothing_was_asked_has_no_answers(sweep: Path) -> None:
    titles = [section.title for section in sm.rank(sweep).sheet().sections]
    assert "Importance" not in titles and "Edges" not in titles


def test_numbers_of_settings_are_not_rounded_alike() -> None:
    rows = ({"setting": "lr", "best": 0.000125, "powers": True}, {"setting": "width", "best": 512.0, "powers": False})
    (section,) = on_page.sections([Answered("edges", "said", rows)])
    assert [[cell.text for cell in row] for row in section.table.rows] == [
        ["lr", "0.000125", "yes"],
        ["width", "512", "no"],
    ]
    assert section.table.heads == ["setting", "best", "by powers"]


def test_empty_columns_are_left_out() -> None:
    rows = ({"run": "a", "low": None, "expected": 0.5}, {"run": "b", "low": None, "expected": float("nan")})
    (section,) = on_page.sections([Answered("ensemble", "said", rows)])
    assert section.table.heads == ["run", "expected"]
    assert [row[1].text for row in section.table.rows] == ["0.500", "–"]
    assert on_page._grid((), False) is None
