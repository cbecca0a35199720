"""Delivers an answer: rendered completely, written atomically, and only then printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from selectmodel import registry
from selectmodel.cli import again
from selectmodel.cli.streams import failing_as_ours
from selectmodel.display.escaping import LONGEST, inert, visible
from selectmodel.display.style import Style
from selectmodel.errors import OutputError, SelectModelError, UsageError
from selectmodel.files import writing
from selectmodel.settings import did_you_mean

#: A smaller terminal has no room for a curve beside the answer, unless it is asked for.
_CURVE = os.terminal_size((60, 36))

#: What --format is where none is given, as its help and its page say.
DEFAULT = "text"
#: COLUMNS and LINES of more are no size of a screen.
_MOST, _DIGITS = 1000, 7


def check(
    format: str,
    files: Sequence[Path],
    *,
    inputs: Sequence[Path] = (),
    others: Sequence[Path | None] = (),
    force: bool = False,
    kind: str = "",
) -> None:
    """Refuses, before any work is done, an unknown format and a target that must not be written.

    ``inputs`` are read and ``others`` written by the same command: neither may be a target.
    ``kind`` is that of the answer to come: a format may be for some kinds only.
    """
    known = [name for name in registry.names("reports") if _serves(name, kind)]
    if format not in known:
        raise UsageError(f"--format {format}: no such format; {did_you_mean(format, known)}")
    if registry.load("reports", format).binary:
        raise UsageError(f"--format {format}: is not text; write it to a file: -o FILE{_suffixes(format)[0]}")
    for at, file in enumerate(files):
        if _format_of(file) not in known:
            shown = [suffixes[0] for name in known if (suffixes := _suffixes(name))]
            raise UsageError(f"-o {file}: no format has this suffix; allowed are {', '.join(shown)}")
        if _is_read(file, inputs):
            raise UsageError(f"-o {file}: is read by this command itself; it will not be overwritten")
        if any(_same(file, path) for path in (*files[:at], *others) if path is not None):
            raise UsageError(f"-o {file}: is written twice by this command; name another file")
        try:
            link, there = file.is_symlink(), file.exists()
        except OSError as failure:
            raise OutputError(f"-o {file}: cannot be written ({failure.strerror})") from None
        if link:
            raise UsageError(f"-o {file}: is a link, which is not followed for writing")
        if there and not force:
            raise UsageError(f"-o {file}: exists already; to replace it: --force")


def check_print(wanted: str | None, known: Sequence[str], format: str) -> None:
    """Refuses, before any work is done, to print one thing alone that is not ``known``, or in another format."""
    if wanted is not None and format != DEFAULT:
        raise UsageError(f"--print {wanted}: prints that alone; for --format {format} leave it out, or write -o FILE")
    if wanted is not None and wanted not in known:
        raise UsageError(f"--print {wanted}: is not printed; {did_you_mean(wanted, known)}")


def _serves(name: str, kind: str) -> bool:
    """Whether a format is for this kind of answer; it is not imported to know."""
    kinds = registry.constant("reports", name, "KINDS")
    return kinds is None or kind in kinds


def deliver(
    answer: Any,
    format: str,
    files: Sequence[Path],
    *,
    inputs: Sequence[str] = (),
    verbose: bool = False,
    records: Mapping[Path, Any] | None = None,
    begun: Collection[Path] = (),
    appended: Mapping[Path, bytes] | None = None,
    complained: bool = False,
    plot: bool | None = None,
) -> None:
    """Renders every form asked for, writes the files, prints to standard output. Raises OutputError.

    ``inputs`` are the files that were read, known only now where the user named a folder; they are not overwritten.
    ``records`` are further answers, written as JSON, and ``begun`` those of them that must not be there yet;
    ``appended`` is added to files that a CI runner named.
    ``plot``: whether curves are shown; None where a terminal has the room.
    ``complained``: standard error holds already what is wrong, which the screen then does not repeat.
    """
    check(format, [], kind=answer.kind)
    style = terminal_style(verbose, plot)._replace(beside=complained, picture=_seen(Path(), files))
    shown = registry.load("reports", format).render(answer, style)
    write(answer, files, inputs=inputs, records=records, begun=begun)
    for file, content in (appended or {}).items():
        _append(file, content)
    put(shown)


def put(text: str | bytes) -> None:
    """Prints to standard output, and knows that it arrived. Raises OutputError; ReaderGone where nobody reads."""
    if sys.stdout is None:
        raise OutputError("standard output: is closed")
    with failing_as_ours():
        sys.stdout.flush()
        if isinstance(text, bytes):
            sys.stdout.buffer.write(text)
        else:
            sys.stdout.write(text)
        sys.stdout.flush()


def write(
    answer: Any,
    files: Sequence[Path],
    *,
    inputs: Sequence[str] = (),
    records: Mapping[Path, Any] | None = None,
    begun: Collection[Path] = (),
) -> None:
    """Writes the files of :func:`deliver`: all are rendered before the first is written."""
    read = [Path(path) for path in inputs] if files or records else []  # of a sweep there may be a million
    check(DEFAULT, [*files, *(records or {})], inputs=read, force=True, kind=answer.kind)
    pages = [
        (
            file,
            registry.load("reports", _format_of(file)).render(answer, Style(verbose=True, picture=_seen(file, files))),
        )
        for file in files
    ]
    for file, record in (records or {}).items():
        pages.append((file, registry.report_for("records").render(record, Style())))
    for file, page in pages:
        _write(file, page, new=file in begun)


def _seen(page: Path, files: Sequence[Path]) -> str:
    """The picture among the files, as a link from the folder of a page; "" where none is written."""
    pictures = [file for file in files if registry.constant("reports", _format_of(file), "PICTURE")]
    return Path(os.path.relpath(pictures[0], page.parent)).as_posix() if pictures else ""


def complain(failure: SelectModelError | str) -> None:
    """Says what is wrong, a line each; choices stand below their question, further problems are errors of their own."""
    for line in str(failure).split("\n"):
        shown = inert(visible(line, LONGEST), r"\x3a", r"\x5b")
        print(shown if line.startswith("  ") else f"error: {shown}", file=sys.stderr)


def say(line: str) -> None:
    """One line of an answer that has no other form."""
    put(inert(visible(line), r"\x3a", r"\x5b") + "\n")


def write_text(file: Path, text: str) -> None:
    """Writes a file that is no answer, as whole as those that are. Raises OutputError."""
    _write(file, text)


def tell(line: str) -> None:
    """One line for the user beside the answer, on standard error."""
    print(inert(visible(line, LONGEST), r"\x3a", r"\x5b"), file=sys.stderr)


def refuse_plot_without_terminal(plot: bool | None) -> None:
    """Raises UsageError where a curve is asked for and nobody would see it."""
    if plot and not is_terminal():
        raise UsageError("--plot: standard output is no terminal; curves are drawn for people alone")


def is_terminal() -> bool:
    """Whether a person looks at standard output, on a terminal that can move its cursor."""
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def terminal_style(verbose: bool, plot: bool | None = None) -> Style:
    """How an answer may look on standard output; ``plot``: whether curves are shown, None where there is room."""
    terminal = is_terminal()
    size = _size()
    forced = os.environ.get("FORCE_COLOR", "") not in ("", "0")
    colour = (terminal or forced) and not os.environ.get("NO_COLOR")
    room = size.columns >= _CURVE.columns and size.lines >= _CURVE.lines
    curve = terminal and (room if plot is None else plot) and (sys.stdout.encoding or "").lower().startswith("utf")
    return Style(width=size.columns, colour=colour, lines=terminal, verbose=verbose, curve=curve, again=again.another)


def _size() -> os.terminal_size:
    """Columns and lines: what COLUMNS and LINES say, else those of the terminal, else 80 by 24.

    Not shutil's: it asks Python's first standard output, which :func:`streams.opened` has replaced.
    """
    try:
        found = os.get_terminal_size(sys.stdout.fileno() if sys.stdout is not None else -1)
    except (OSError, ValueError):
        found = os.terminal_size((0, 0))
    said = [os.environ.get(name, "") for name in ("COLUMNS", "LINES")]
    sizes = [
        min(int(text), _MOST) if text.isascii() and text.isdecimal() and len(text) < _DIGITS else 0 for text in said
    ]
    return os.terminal_size(size or there or usual for size, there, usual in zip(sizes, found, (80, 24), strict=True))


def _format_of(file: Path) -> str:
    """The format whose files have this suffix, "" if there is none."""
    suffix = file.suffix.lower()
    return next((name for name in registry.names("reports") if suffix in _suffixes(name)), "")


def _suffixes(name: str) -> tuple[str, ...]:
    found: tuple[str, ...] | None = registry.constant("reports", name, "SUFFIXES")
    return (f".{name}",) if found is None else found


def _is_read(file: Path, inputs: Sequence[Path]) -> bool:
    """Whether a file is one of ``inputs``."""
    try:
        there = file.stat()
    except (OSError, ValueError):  # what is not there is not read
        return False
    return any(_is(there, path) for path in inputs)


def _is(there: os.stat_result, path: Path) -> bool:
    try:
        return os.path.samestat(there, path.stat())
    except (OSError, ValueError):
        return False


def _same(one: Path, other: Path) -> bool:
    """Whether two paths are of one file, which need not be there yet."""
    try:
        return _is(one.stat(), other)
    except (OSError, ValueError):
        return os.path.abspath(one) == os.path.abspath(other)  # noqa: PTH100  a deleted current folder raises there


def _append(file: Path, content: bytes) -> None:
    try:
        writing.append(file, content)
    except (OSError, ValueError) as failure:
        raise OutputError(f"{file}: cannot be written ({failure})") from None


def _write(file: Path, page: str | bytes, *, new: bool = False) -> None:
    try:
        (writing.begin if new else writing.replace)(file, page if isinstance(page, bytes) else page.encode())
    except FileExistsError:
        raise OutputError(f"{file}: was written by another program meanwhile; run this again") from None
    except OSError as failure:
        raise OutputError(f"-o {file}: cannot be written ({failure.strerror})") from None
