"""Makes docs/report.png, the picture of a report in the README: ``python docs/make_report_picture.py``.

Needs the extra "heavy" and Chromium with its driver. The day on the page is fixed, so that the picture changes only
where the page does.
"""

from __future__ import annotations

import base64
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
WIDTH, HEIGHT = 1000, 1120


def main() -> None:
    """Writes the page of the README's first example, opens it, and keeps what is seen of it first."""
    from browser import browser

    from selectmodel.cli.main import run

    os.chdir(ROOT)
    os.environ["SOURCE_DATE_EPOCH"] = "1767225600"
    log = "sample_logs/keras/overfitting.csv"
    with tempfile.TemporaryDirectory() as folder, browser() as window:
        page = Path(folder) / "report.html"
        run(["pick", log, "--checkpoints", "sample_logs/keras/overfitting_checkpoints", "-o", str(page)])
        window.open(page, WIDTH, HEIGHT)
        shot = window.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        (ROOT / "docs" / "report.png").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
