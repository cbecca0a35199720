"""The file of a policy: where it is looked for, what it holds, and on which line a key stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from selectmodel.errors import LogError, PolicyError
from selectmodel.files import confined, opening
from selectmodel.policy import conditions

FILE_NAME = "selectmodel.toml"
MAX_BYTES = 1024 * 1024


def find(start: Path) -> Path | None:
    """The policy file for a folder: searched upward, never above the root of its repository or above what may be read.

    Raises PolicyError for a file that is there and cannot be read: what it asks for must not be passed over.
    """
    for folder in (start, *start.parents):
        try:
            own, project, root = (_there(folder / name) for name in (FILE_NAME, "pyproject.toml", ".git"))
        except OSError:
            return None  # a folder that may not be looked into ends the search
        if own is not None and own.is_file():
            return own
        if project is not None and project.is_file() and b"[tool.selectmodel" in _content(project):
            return project
        if root is not None or confined.is_edge(folder):
            return None
    return None


def _there(path: Path) -> Path | None:
    return path if path.exists() else None


def _content(path: Path) -> bytes:
    """The bytes of a policy file; a pipe or a device in its place is refused, as in place of a log."""
    try:
        return opening.read_at_most(path, MAX_BYTES, "policy")
    except LogError as failure:
        raise PolicyError([f"the policy cannot be read: {failure}"]) from None


class Origin(NamedTuple):
    """Where values came from, so that a problem can name file, line and key."""

    file: Path | None
    label: str = ""
    text: str = ""

    def at(self, table: str, key: str) -> str:
        if self.file is None:
            if self.label == "--":
                return "--" + key.replace("_", "-")
            return self.label
        return f"{self.file}{self._line(table, key)}: {table + '.' if table else ''}{key}"

    def gates(self) -> list[conditions.Place]:
        """Where the keys of each ``[[gate]]`` table stand."""
        return [partial(self._in_gate, lines) for lines in conditions.table_lines(self.text)]

    def _in_gate(self, lines: Mapping[str, int], key: str) -> str:
        return f"{self.file}:{lines.get(key, lines[''])}: gate.{key}"

    def _line(self, table: str, key: str) -> str:
        current = ""
        for number, line in enumerate(self.text.splitlines(), start=1):
            header = re.match(r"\s*\[([^\[\]]+)\]", line)
            if header:
                current = header[1].strip().removeprefix("tool.selectmodel").removeprefix(".")
                if not table and current == key:
                    return f":{number}"
            elif current == table and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""", line):
                return f":{number}"
        return ""


def values(path: Path) -> tuple[Mapping[str, Any], str]:
    """The keys of a policy file, and its text."""
    import tomllib  # most runs have no policy file

    try:
        text = _content(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PolicyError([f"{path}: is not UTF-8 text"]) from None
    try:
        content: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as failure:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(failure))
        where = f"{path}:{place[1]}:{place[2]}" if place else f"{path}:{len(text.splitlines())}"
        raise PolicyError([f"{where}: {str(failure).partition(' (at ')[0]}"]) from None
    except (ValueError, RecursionError) as failure:
        reason = "is nested too deeply" if isinstance(failure, RecursionError) else "holds a number of too many digits"
        raise PolicyError([f"{path}: {reason}"]) from None
    if path.name == "pyproject.toml":
        for table in ("tool", "selectmodel"):
            content = content.get(table, {})
            if not isinstance(content, Mapping):
                raise PolicyError([f"{path}: {table} must be a table"])
    return content, text
