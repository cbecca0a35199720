"""The site as its readers meet it: it builds without a warning, fits a phone and a desk, and its search finds.

Needs the extra "docs", and Chromium with its driver for all but the spelling. ``SELECTMODEL_PICTURES=folder`` keeps
screenshots.
"""

from __future__ import annotations

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from places import ROOT

pytest.importorskip("sphinx")
pytest.importorskip("furo")
pytest.importorskip("selenium")
import browser as browsers

pytestmark = pytest.mark.heavy
NO_BROWSER = pytest.mark.skipif(
    browsers.BROWSER is None or browsers.DRIVER is None, reason="no Chromium and driver here"
)
#: Words that are spelt so on purpose: names of metrics, and of what others wrote.
RIGHT = "mape,rouge,fpr"
#: What is looked for → a page that must be among the first that are found.
LOOKED_FOR = {
    "flooding": "how-to/flooding",
    "patience": "how-to/which-patience",
    "aim_accuracy": "reference/rules/aim_accuracy",
    "SM105": "reference/notes/index",
    "first_run": "reference/policy/index",
    "wandb": "reference/formats/wandb",
    "checkpoint-offset": "reference/commands/pick",
    "tracker": "reference/python/classes",
    "limits": "explanation/limits",
}
_WIDER = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
_CUT = """return [...document.querySelectorAll('article pre, article .table-wrapper')].filter((one) =>
  one.scrollWidth > one.clientWidth + 1 && !['auto', 'scroll'].includes(getComputedStyle(one).overflowX))
  .map((one) => one.textContent.slice(0, 60))"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as .ci/run builds it."""
    place = tmp_path_factory.mktemp("site")
    builds = (sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going")
    done = subprocess.run([*builds, ROOT / "docs", place], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return place


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served; a search reads the pages that it found."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Silent, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def window() -> Iterator[browsers.Browser]:
    with browsers.browser() as one:
        yield one


def opened(window: browsers.Browser, address: str, width: int) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    window.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    window.driver.get(address)


@NO_BROWSER
@pytest.mark.parametrize("width", [400, 1280])
def test_every_page_fits_and_loads_nothing_from_elsewhere(
    width: int, site: Path, address: str, window: browsers.Browser
) -> None:
    pages = sorted(page.relative_to(site).as_posix() for page in site.rglob("*.html"))
    assert len(pages) > 100
    pictures = os.environ.get("SELECTMODEL_PICTURES")
    faults = []
    for page in pages:
        opened(window, f"{address}/{page}", width)
        if (wider := window.run(_WIDER)) > 0:
            faults.append(f"{page} is {wider} px wider than a window of {width}")
        faults += [f"{page}: cut: {text}" for text in window.run(_CUT)]
        if pictures:
            window.picture(Path(pictures) / f"{page.replace('/', '-')}-{width}.png")
    assert not faults, "\n".join(faults)
    assert not window.complaints()
    assert all(asked.startswith((address, "data:")) for asked in window.requests())


@NO_BROWSER
@pytest.mark.parametrize(("words", "page"), LOOKED_FOR.items())
def test_the_search_box_finds(words: str, page: str, address: str, window: browsers.Browser) -> None:
    opened(window, f"{address}/index.html", 1280)
    box = window.driver.find_element("css selector", ".sidebar-search")
    box.send_keys(words)
    box.submit()
    window.wait(
        "return document.querySelectorAll('ul.search li').length > 0 && !document.querySelector('.search-progress')"
    )
    window.wait("return /(Search finished|found)/.test(document.querySelector('.search-summary')?.textContent || '')")
    found = window.run(
        "return [...document.querySelectorAll('ul.search li a')].slice(0, 8).map((link) => link.pathname)"
    )
    assert f"/{page}.html" in found


def test_spelling() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    import make_reference

    make_reference.write(ROOT / "docs" / "reference")
    read = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs")]
    checks = (sys.executable, "-m", "codespell_lib", "--skip", "*.png,*.svg", "--ignore-words-list", RIGHT)
    done = subprocess.run([*checks, *read], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
