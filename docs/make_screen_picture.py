"""Makes docs/screen.png, the picture of the screen in the README: ``python docs/make_screen_picture.py``.

Runs the README's first example in a terminal of its own, and shows what came out of it in Chromium, which the extra
"heavy" and the system's packages bring.
"""

from __future__ import annotations

import base64
import fcntl
import io
import os
import pty
import re
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "support")]
COLUMNS, LINES = 100, 60
#: Of another font, whose letters are wider than a column.
_DOTS = re.compile("[\u2800-\u28ff]")
COMMAND = (
    "pick", "sample_logs/keras/overfitting.csv", "--checkpoints", "sample_logs/keras/overfitting_checkpoints",
)  # fmt: skip
_PAGE = """<!DOCTYPE html>
<meta charset="utf-8">
<style>
{stylesheet}
body {{ margin: 0; background: {background}; }}
pre {{ margin: 0; padding: 16px; width: max-content; color: {foreground}; }}
pre {{ font: 14px/1.2 "DejaVu Sans Mono", monospace; }}
i {{ display: inline-block; width: 1ch; height: 1.2em; overflow: hidden; vertical-align: bottom; font-style: normal; }}
i b {{ font-size: 0.82em; font-weight: normal; }}
</style>
<pre>{code}</pre>
"""


def on_a_terminal() -> str:
    """What the command writes to a terminal, colours and curve included."""
    ours, theirs = pty.openpty()
    size = b"".join(number.to_bytes(2, sys.byteorder) for number in (LINES, COLUMNS, 0, 0))
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
    kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES", "NO_COLOR")}
    own = {**kept, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "selectmodel", *COMMAND]
    bars = subprocess.DEVNULL  # a slow machine would leave those of what it waits for in the picture
    program = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=bars, cwd=ROOT, env=own)
    os.close(theirs)
    written = b""
    try:
        while piece := os.read(ours, 65536):
            written += piece
    except OSError:  # the terminal was closed at its other end
        pass
    os.close(ours)
    program.wait()
    return written.decode().replace("\r\n", "\n")


def main() -> None:
    """Writes the picture."""
    from browser import browser

    console = Console(file=io.StringIO(), width=COLUMNS, record=True, force_terminal=True, highlight=False)
    console.print(f"[bold green]$[/] selectmodel {' '.join(COMMAND)}", soft_wrap=True)
    console.print(Text.from_ansi(on_a_terminal()), soft_wrap=True)
    with tempfile.TemporaryDirectory() as folder, browser() as window:
        page = Path(folder) / "screen.html"
        shown = console.export_html(theme=MONOKAI, code_format=_PAGE)
        page.write_text(_DOTS.sub(r"<i><b>\g<0></b></i>", shown), encoding="utf-8")
        window.open(page, 1000, 400)
        box = "const box = document.querySelector('pre').getBoundingClientRect(); return [box.width, box.height]"
        width, height = window.run(box)
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1.5}
        asked = {"format": "png", "captureBeyondViewport": True, "clip": clip}
        shot = window.driver.execute_cdp_cmd("Page.captureScreenshot", asked)
        (ROOT / "docs" / "screen.png").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
