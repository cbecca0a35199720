"""A real browser without a network: opens a page, and tells what a person with open developer tools would see."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
#: Seconds that a page may take on a machine that is busy with other tests.
PATIENCE = 300
#: Elements that a reader sees and that overlap, or whose text is cut off; SVG and what scrolls by itself is left out.
_LAYOUT = """
const shown = (e) => e.getClientRects().length && e.checkVisibility({visibilityProperty: true});
const found = [];
const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
if (wide > 0) found.push(`the page is ${wide} px wider than the window`);
const blocks = [...document.querySelectorAll('h1,h2,p,dl>div,figure,table,pre,figcaption,label')].filter(shown);
for (const one of blocks) {
  const box = one.getBoundingClientRect();
  if (!one.closest('.wide,pre') && (box.left < -1 || box.right > innerWidth + 1))
    found.push(`outside: ${one.outerHTML.slice(0, 80)}`);
  for (const other of blocks) {
    if (one === other || one.contains(other) || other.contains(one)) continue;
    const b = other.getBoundingClientRect();
    const x = Math.min(box.right, b.right) - Math.max(box.left, b.left);
    const y = Math.min(box.bottom, b.bottom) - Math.max(box.top, b.top);
    if (x > 2 && y > 2) found.push(`overlap: ${one.outerHTML.slice(0, 50)} and ${other.outerHTML.slice(0, 50)}`);
  }
}
for (const cell of document.querySelectorAll('td,th,dd,dt,h1')) {
  if (shown(cell) && cell.clientWidth && cell.scrollWidth > cell.clientWidth + 1)
    found.push(`cut: ${cell.textContent.slice(0, 60)}`);
}
for (const figure of document.querySelectorAll('figure')) {
  const svg = figure.querySelector('svg');
  const box = svg && svg.getBoundingClientRect();
  if (!svg) { found.push('a chart is not drawn'); continue; }
  const inside = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()]);
  for (const [text, b] of inside) {
    if (b.width && (b.left < box.left - 2 || b.right > box.right + 2)) found.push(`cut in a chart: ${text}`);
  }
}
return found;
"""


class Browser:
    """One window; every request and every message of the console since the page was opened is kept."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, page: Path, width: int = 1280, height: int = 900) -> None:
        """Opens a file and waits until every chart is drawn."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get(page.as_uri())
        drawn = "return [...document.querySelectorAll('figure[data-spec]')].every((figure) => figure.dataset.drawn)"
        WebDriverWait(self.driver, PATIENCE).until(lambda driver: driver.execute_script(drawn))

    def run(self, script: str, *arguments: object) -> Any:
        """What a script of the developer tools answers."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, script: str) -> None:
        """Until a script answers with what is true."""
        WebDriverWait(self.driver, PATIENCE).until(lambda driver: driver.execute_script(script))

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, those about the policy included."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Addresses that were asked for."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"]
        return [address for address in sent if not address.startswith("data:")]

    def layout(self) -> list[str]:
        """What overlaps, is cut, or stands outside the window."""
        found: list[str] = self.run(_LAYOUT)
        return found

    def picture(self, file: Path) -> None:
        """The whole page as a PNG file."""
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
        file.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a window and without a network."""
    options = Options()
    options.binary_location = BROWSER or ""
    for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
                 "--disable-background-networking", "--no-first-run"):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_script_timeout(PATIENCE)
    try:
        yield Browser(driver)
    finally:
        driver.quit()
