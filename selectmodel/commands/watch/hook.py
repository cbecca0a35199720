"""The command of ``--on-change``: run when another checkpoint is recommended, never twice at a time."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from typing import IO

from selectmodel.commands.watch.watched import Watched
from selectmodel.errors import UsageError

#: Bytes at the end of what it printed, of which the last line is told where it fails.
_TOLD = 4096


class Hook:
    """Runs one command, without a shell, after the other; of several changes while it runs the last one counts."""

    def __init__(self, command: str) -> None:
        try:
            self.words = shlex.split(command)
        except ValueError as failure:
            raise UsageError(f"--on-change {command}: cannot be split into words ({failure})") from None
        if not self.words:
            raise UsageError("--on-change: is empty; give a command, such as --on-change 'python evaluate.py'")
        self._running: subprocess.Popen[bytes] | None = None
        self._printed: IO[bytes] | None = None
        self._next: Mapping[str, str] | None = None

    def changed(self, state: Watched) -> None:
        """Takes note of what is recommended now; the command is run at the next :meth:`step`."""
        if state.moves and state.report is not None:
            move = state.moves[-1]
            place = move.epoch if move.epoch is not None else move.step
            self._next = {
                "SELECTMODEL_EPOCH": "" if place is None else f"{place:.12g}",
                "SELECTMODEL_CHECKPOINT": move.checkpoint or "",
                "SELECTMODEL_METRIC": state.report.monitor.name,
                "SELECTMODEL_VALUE": repr(move.value),
            }

    def step(self, *, wait: bool = False) -> str:
        """Goes on: what went wrong with the command that ended, in a sentence, "" if nothing did.

        ``wait``: until the command that runs, and one that is still to be run, have ended.
        """
        told = self._ended(wait=wait)
        if self._running is None and self._next is not None:
            told = "; ".join(filter(None, (told, self._begin())))
            if wait:
                told = "; ".join(filter(None, (told, self._ended(wait=True))))
        return told

    def _begin(self) -> str:
        assert self._next is not None
        given, self._next = self._next, None
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the command has ended
        try:
            self._running = subprocess.Popen(
                self.words,
                stdin=subprocess.DEVNULL,
                stdout=self._printed,
                stderr=subprocess.STDOUT,
                env={**os.environ, **given},
            )
        except (OSError, ValueError) as failure:
            self._printed.close()
            return f"--on-change: {self.words[0]} cannot be run ({getattr(failure, 'strerror', None) or failure})"
        return ""

    def _ended(self, *, wait: bool) -> str:
        if self._running is None:
            return ""
        code = self._running.wait() if wait else self._running.poll()
        if code is None:
            return ""
        self._running = None
        assert self._printed is not None
        with self._printed as printed:
            if code == 0:
                return ""
            printed.seek(max(0, printed.seek(0, os.SEEK_END) - _TOLD))
            lines = printed.read().decode("utf-8", "replace").strip().splitlines()
        last = f": {lines[-1].strip()}" if lines else ""
        return f"--on-change: {self.words[0]} ended with exit code {code}{last}"
