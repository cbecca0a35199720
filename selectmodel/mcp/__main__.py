"""``python -m selectmodel.mcp FOLDER SCRATCH COMMAND…``: a call of a tool, which reads below FOLDER alone.

It is a process of its own, so that a call can be cancelled, and a log that brings it down ends that call alone.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from selectmodel.files import confined


def main() -> None:
    """Narrows what may be read, then starts the program as ``python -m selectmodel`` does."""
    folder, scratch, *command = sys.argv[1:]
    confined.to(Path(folder), Path(scratch))
    sys.argv[1:] = command
    runpy.run_module("selectmodel", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
