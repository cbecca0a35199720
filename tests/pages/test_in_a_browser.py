"""Each page in a real browser: nothing complains, nothing leaves, charts answer the pointer, tables sort.

Needs Chromium with its driver, and axe-core in ``.axe/``; .ci/run gets both. ``SELECTMODEL_PICTURES=folder`` keeps the
screenshots.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from places import ROOT, SAMPLES

import selectmodel as sm
from selectmodel.cli.main import run

pytest.importorskip("selenium")
pytest.importorskip("altair")
import browser as browsers

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(browsers.BROWSER is None or browsers.DRIVER is None, reason="no Chromium with its driver here"),
]
AXE = ROOT / ".axe" / "node_modules" / "axe-core" / "axe.min.js"
LOG = SAMPLES / "keras" / "overfitting.csv"
CYCLES = [SAMPLES / "cycles" / f"cycle{number}.csv" for number in (1, 2, 3)]
HOSTILE = "epoch,loss,\"val_</script><script>document.title='owned'</script>_loss\"\n0,1,1\n1,0.5,0.8\n2,0.2,0.9\n"
ASKED: dict[str, tuple[object, ...]] = {
    "pick": ("pick", LOG, "--checkpoints", SAMPLES / "keras" / "overfitting_checkpoints"),
    "between": ("pick", SAMPLES / "keras" / "two_epochs.csv", "--between", "38,90", "--val-size", "1000"),
    "nan": ("pick", SAMPLES / "keras" / "nan.csv"),
    "hostile": ("pick", "hostile.csv"),
    "gate": ("gate", LOG, "--min", "val_accuracy=0.95"),
    "compare": ("compare", *CYCLES),
    "rank": ("rank", SAMPLES / "sweep"),
    "advise": ("advise", LOG),
}
WIDTHS = (400, 1280)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of each kind."""
    place = tmp_path_factory.mktemp("pages")
    (place / "hostile.csv").write_text(HOSTILE)
    for name, asked in ASKED.items():
        arguments = [str(place / one if one == "hostile.csv" else one) for one in asked]
        assert run([*arguments, "-o", str(place / f"{name}.html")]) in (0, 1)
    return place


@pytest.fixture(scope="module")
def window() -> Iterator[browsers.Browser]:
    with browsers.browser() as opened:
        yield opened


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ASKED)
def test_a_page_is_whole_and_quiet(name: str, width: int, folder: Path, window: browsers.Browser) -> None:
    page = folder / f"{name}.html"
    window.requests()  # those of the page before
    window.open(page, width)
    assert window.complaints() == []
    assert window.requests() == [page.as_uri()]
    assert window.layout() == []
    window.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert window.layout() == []
    assert "owned" not in window.run("return document.title") or name == "hostile"
    assert window.run("return document.title") != "owned"
    kept = os.environ.get("SELECTMODEL_PICTURES")
    if kept:
        window.picture(Path(kept) / f"{name}-{width}.png")


@pytest.mark.parametrize("name", ASKED)
def test_a_page_can_be_read_by_everybody(name: str, folder: Path, window: browsers.Browser) -> None:
    """axe-core finds nothing serious."""
    if not AXE.exists():  # it comes from a network, which .ci/run may not reach either
        pytest.skip("no axe-core here: npm install --prefix .axe axe-core")
    window.open(folder / f"{name}.html")
    window.run(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = window.driver.execute_async_script(
        "const done = arguments[0]; axe.run().then((found) => done(found), (failure) => done({error: String(failure)}))"
    )
    assert "error" not in found
    serious = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in serious] == []


def test_the_pointer_tells_the_values_of_an_epoch(folder: Path, window: browsers.Browser) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    window.open(folder / "pick.html")
    chart = window.driver.find_element("css selector", "figure svg")
    ActionChains(window.driver).move_to_element_with_offset(chart, -40, 30).perform()
    window.wait("return document.querySelector('#vg-tooltip-element.visible')")
    told = window.run("return document.querySelector('#vg-tooltip-element').textContent")
    at, *values = re.findall(r"epoch(\d+)val_accuracy([\d.]+)accuracy \(training\)([\d.]+)val_loss([\d.]+)loss", told)[
        0
    ]
    series = sm.read(LOG).series
    for name, value in zip(("val_accuracy", "accuracy", "val_loss"), values, strict=True):
        assert float(value) == pytest.approx(series[name].values[int(at)], rel=1e-4)
    assert window.complaints() == []


def test_a_loss_is_shown_on_a_logarithmic_scale(folder: Path, window: browsers.Browser) -> None:
    window.open(folder / "pick.html")
    box = window.driver.find_element("css selector", "figure input")
    axis = "figure:has(input) .role-axis-label text"
    labels = f"return [...document.querySelectorAll('{axis}')].map((one) => one.textContent)"
    before = window.run(labels)
    box.click()
    window.wait("return document.querySelector('figure:has(input)').dataset.drawn === 'log'")
    assert window.run(labels) != before
    assert window.complaints() == []
    box.click()
    window.wait("return document.querySelector('figure:has(input)').dataset.drawn === 'linear'")
    assert window.run(labels) == before


def test_a_table_sorts_by_a_click(folder: Path, window: browsers.Browser) -> None:
    window.open(folder / "rank.html")
    table = "[...document.querySelectorAll('table')].find((one) => one.tHead.textContent.includes('epoch'))"
    heads = window.run(f"return [...{table}.tHead.rows[0].cells].map((one) => one.textContent)")
    place = heads.index("val_accuracy")
    column = f"return [...{table}.tBodies[0].rows].map((row) => row.cells[{place}].dataset.value)"
    for turned in (False, True):
        window.run(f"{table}.tHead.rows[0].cells[{place}].querySelector('button').click()")
        values = [float(value) for value in window.run(column)]
        assert values == sorted(values, reverse=turned)
        said = window.run(f"return {table}.tHead.rows[0].cells[{place}].ariaSort")
        assert said == ("descending" if turned else "ascending")


def test_a_page_prints_without_its_switches(folder: Path, window: browsers.Browser) -> None:
    window.open(folder / "pick.html")
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert window.run("return getComputedStyle(document.querySelector('.switch')).display") == "none"
    assert window.run("return document.querySelector('figure svg').getBoundingClientRect().height") > 100
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_charts_are_dark_in_the_dark(folder: Path, window: browsers.Browser) -> None:
    window.open(folder / "rank.html")
    chart = "const chart = document.querySelector('figure svg'); "
    style = chart + "return getComputedStyle(chart).filter"
    assert window.run(style) == "none"
    window.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"media": "", "features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    )
    assert "invert" in window.run(style)
    under = (
        "return [...chart.querySelectorAll('rect, .background')].filter((one) => one.getAttribute('fill') === 'white')"
    )
    assert window.run(chart + under) == []
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
