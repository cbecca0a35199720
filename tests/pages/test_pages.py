"""Pages that are sent around: they hold what the answer says, load nothing, and run nothing but their own scripts."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from cli import command
from places import SAMPLES

import selectmodel as sm
from selectmodel import registry
from selectmodel.charts import lines, vega
from selectmodel.display.style import Style
from selectmodel.pages import writing

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

LOG = SAMPLES / "keras" / "overfitting.csv"
CYCLES = [SAMPLES / "cycles" / f"cycle{number}.csv" for number in (1, 2, 3)]
#: The command line of each kind of page.
ASKED = {
    "pick": ("pick", LOG, "--checkpoints", SAMPLES / "keras" / "overfitting_checkpoints"),
    "gate": ("gate", LOG, "--min", "val_accuracy=0.95"),
    "compare": ("compare", *CYCLES),
    "rank": ("rank", SAMPLES / "sweep"),
    "advise": ("advise", LOG),
}


class Outline(HTMLParser):
    """The texts of a page by the element they stand in, and its attributes that could load something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = {}
        self.links: list[str] = []
        self.policy = ""
        self._inside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""
        self.links += [value or "" for key, value in attrs if key in ("src", "href", "action", "srcset")]
        if tag not in ("meta", "input"):
            kind = given.get("type") or ""
            self._inside.append(kind if tag == "script" and kind else tag)

    def handle_endtag(self, tag: str) -> None:
        self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._inside and data.strip():
            self.texts.setdefault(self._inside[-1], []).append(data.strip())

    @property
    def specs(self) -> list[dict[str, object]]:
        return [json.loads(text) for text in self.texts.get("application/json", [])]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    from selectmodel.cli.main import run

    folder, found = tmp_path_factory.mktemp("pages"), {}
    for name, asked in ASKED.items():
        assert run([*map(str, asked), "-o", str(folder / f"{name}.html")]) in (0, 1)
        found[name] = (folder / f"{name}.html").read_text(encoding="utf-8")
    return found


@pytest.mark.parametrize("name", ASKED)
def test_a_page_loads_nothing_and_says_so(name: str, pages: dict[str, str]) -> None:
    page = Outline(pages[name])
    assert page.links == []
    assert page.policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in page.policy and "http" not in page.policy
    assert len(re.findall("'sha256-", page.policy)) == 4  # three scripts and the style
    for spec in page.specs:
        assert not re.search(r"\"(url|href)\"", json.dumps(spec))


@pytest.mark.parametrize("name", ASKED)
def test_a_page_says_what_and_whence(name: str, pages: dict[str, str]) -> None:
    page = Outline(pages[name])
    assert len(page.texts["h1"]) == 1
    assert any(sm.__version__ in text and re.search(r"\d{4}-\d\d-\d\d", text) for text in page.texts["p"])
    assert len(page.texts["td"]) > 1
    assert "Where this comes from" in page.texts["h2"]
    assert page.specs and all(spec["description"] for spec in page.specs)


def test_the_page_of_a_pick_holds_the_answer(pages: dict[str, str]) -> None:
    page = Outline(pages["pick"])
    assert "Ship epoch 12" in page.texts["p"]
    assert any("weights.13-0.4887" in text for text in page.texts["dd"])
    assert any("(90 %: 0.874–0.919)" in text for text in page.texts["dd"])
    assert {"val_accuracy", "val_loss", "rule"} <= set(page.texts["th"])
    assert "SM201" in page.texts["td"]
    assert any("EarlyStopping" in text for text in page.texts["code"])
    assert any(re.fullmatch("[0-9a-f]{64}", text) for text in page.texts["td"])


def test_the_page_of_a_ranking_names_every_run(pages: dict[str, str]) -> None:
    cells = Outline(pages["rank"]).texts["td"]
    assert {"drop0-lr0.003/seed-3", "drop0.5-lr0.0003/seed-1"} <= set(cells)
    assert {"dropout", "learning_rate", "run"} <= set(Outline(pages["rank"]).texts["th"])


def points(spec: object) -> list[dict[str, object]]:
    """Every row of data in a chart."""
    if isinstance(spec, dict):
        here = spec["values"] if isinstance(spec.get("values"), list) else []
        return [*here, *(row for value in spec.values() for row in points(value))]
    return [row for value in spec for row in points(value)] if isinstance(spec, list) else []


def test_the_curves_are_those_of_the_log(pages: dict[str, str]) -> None:
    rows = points(Outline(pages["pick"]).specs)
    series = sm.read(LOG).series["val_accuracy"]
    drawn = [row["y"] for row in rows if row.get("line") == "val_accuracy"]
    assert drawn == pytest.approx(list(series.values))
    marks = {row["line"]: (row["x"], row["low"], row["high"]) for row in rows if "low" in row}
    report = sm.recommend(sm.read(LOG))
    assert report.expected is not None
    assert marks["the pick (epoch 12), 90 % range"] == (12, report.expected.low, report.expected.high)
    assert marks["keras's own choice (epoch 13)"][0] == 13
    bands = [(row["from"], row["to"]) for row in rows if "from" in row]
    assert bands[:2] == [(3.5, 5.5), (10.5, 13.5)]


def test_a_chart_is_what_vega_lite_allows() -> None:
    """Drawing leaves the check against the schema out, which takes seconds."""
    for answer in (
        sm.recommend(sm.read(LOG)), sm.compare(*CYCLES), sm.rank(SAMPLES / "sweep"), sm.advise(sm.read(LOG)),
    ):  # fmt: skip
        assert list(answer.panels())
        answer.plot().to_dict(validate=True)


def test_a_log_without_a_training_twin_or_finite_values_is_drawn(tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    log.write_text("epoch,val_loss\n0,1\n1,nan\n2,-0.5\n3,inf\n4,0.2\n")
    (panel,) = sm.recommend(sm.read(log)).panels()
    rows = [row["y"] for row in points(panel.spec()) if row.get("line") == "val_loss" and "training" in row]
    assert rows == [1, None, -0.5, None, 0.2]
    assert not panel.log  # a negative loss has no logarithm


def test_of_a_long_curve_what_stands_out_is_kept() -> None:
    import numpy as np

    values = np.zeros(100_000)
    values[[777, 50_123]] = 5, -5
    where = lines.kept([values], always=[99_998])
    assert {0, 777, 50_123, 99_998, 99_999} <= set(where)
    assert len(where) <= lines.MOST + 3
    assert lines.kept([values[:100]]) == list(range(100))


def test_without_the_extra_the_page_has_its_tables_and_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(vega, "installed", lambda: False)
    file = tmp_path / "a.html"
    assert command(capsys, *ASKED["pick"], "-o", file).code == 0
    page = Outline(file.read_text(encoding="utf-8"))
    assert any("pip install 'selectmodel[charts]'" in text for text in page.texts["p"])
    assert page.specs == [] and "figure" not in page.texts
    assert "rule" in page.texts["th"]
    assert len(file.read_bytes()) < 30_000


def test_a_picture_without_the_extra_is_refused_with_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "altair", None)
    done = command(capsys, *ASKED["pick"], "-o", tmp_path / "a.svg")
    assert done.code == 2
    assert "pip install 'selectmodel[charts]'" in done.err
    assert list(tmp_path.iterdir()) == []


def test_names_are_texts_wherever_they_stand(tmp_path: Path) -> None:
    name = "val_</script><script>alert(1)</script>.a[0]_loss"
    log = tmp_path / "a.csv"
    log.write_text(f'epoch,"{name}"\n0,1\n1,0.5\n2,0.7\n')
    report = sm.recommend(sm.read(log), metric=name)
    page = registry.load("reports", "html").render(report, Style())
    outline = Outline(page)
    assert page.count("<script>") == 3
    assert any(name in text for text in outline.texts["dd"])
    assert any(row.get("line") == name for row in points(outline.specs))


def test_the_day_is_that_of_a_reproducible_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    sheet = sm.recommend(sm.read(LOG)).sheet()
    assert sheet is not None
    assert "Made on 2023-11-14" in writing.write(sheet)


@pytest.mark.parametrize("given", ["soon", "9" * 17, "9" * 30, "²"])
def test_a_moment_that_is_none_is_not_taken(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
    sheet = sm.recommend(sm.read(LOG)).sheet()
    assert sheet is not None
    assert re.search(r"Made on 20\d\d-\d\d-\d\d ", writing.write(sheet))


@pytest.mark.parametrize(("suffix", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_a_picture_is_written(suffix: str, begins: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / f"curve.{suffix}"
    done = command(capsys, *ASKED["pick"], "-o", file)
    assert done.code == 0, done.err
    assert file.read_bytes().startswith(begins)
    if suffix == "svg":
        text = file.read_text(encoding="utf-8")
        assert "val_accuracy" in text and "href" not in text and "<script" not in text
