"""A notebook is executed and made a page: each answer stands there once, in a real browser too."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from places import SAMPLES

nbformat = pytest.importorskip("nbformat")
nbconvert = pytest.importorskip("nbconvert")
pytest.importorskip("ipykernel")
pytest.importorskip("altair")
browsers = pytest.importorskip("browser")

pytestmark = [
    pytest.mark.heavy,
    # what Jupyter's own packages warn of
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]
CELLS = (
    f"import selectmodel as sm\nLOG = {str(SAMPLES / 'keras' / 'overfitting.csv')!r}\nsm.recommend(LOG)",
    "sm.gate(LOG, conditions=[{'metric': 'val_accuracy', 'min': 0.95}])",
    f"sm.compare(*[{str(SAMPLES / 'cycles')!r} + f'/cycle{{n}}.csv' for n in (1, 2, 3)])",
    f"sm.rank({str(SAMPLES / 'sweep')!r})",
    "sm.advise(LOG)",
    "sm.read(LOG)",
)
VERDICTS = (
    "Ship epoch 12",
    "The gate says no",
    "Cannot tell whether cycle3.csv is better than cycle2.csv",
    "Ship epoch 28 of",
    "would have stopped",
    "60 points of",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from nbconvert.preprocessors import ExecutePreprocessor

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    ExecutePreprocessor(timeout=300).preprocess(notebook, {"metadata": {"path": str(SAMPLES)}})
    assert [len(cell["outputs"]) for cell in notebook.cells] == [1] * len(CELLS)
    file = tmp_path_factory.mktemp("notebook") / "notebook.html"
    file.write_text(nbconvert.HTMLExporter().from_notebook_node(notebook)[0], encoding="utf-8")
    return file


def test_each_answer_stands_there_once(page: Path) -> None:
    shown = re.sub("<script.*?</script>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for verdict in VERDICTS:
        assert len(re.findall(f"<strong>[^<]*{verdict}", shown)) == 1
    assert shown.count('src="data:image/svg+xml;base64') == len(VERDICTS)
    assert "Report(run=" not in shown and "Series(" not in shown


@pytest.mark.skipif(browsers.BROWSER is None or browsers.DRIVER is None, reason="no Chromium with its driver here")
def test_the_pictures_are_seen(page: Path) -> None:
    with browsers.browser() as window:
        window.open(page, 1000)
        wide = window.run("return [...document.querySelectorAll('img')].map((one) => one.naturalWidth)")
        assert len(wide) == len(VERDICTS) and min(wide) > 300
        kept = os.environ.get("SELECTMODEL_PICTURES")
        if kept:
            window.picture(Path(kept) / "notebook.png")
