"""Some objects of a store as a folder on the machine that judges them, for as long as that takes.

Logs and settings are fetched; of all others, as checkpoints, only the names come along. An object that stays away
leaves the others untouched and is told.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from selectmodel.commands.rank.fetch import Wanted, fetched
from selectmodel.commands.rank.kept_logs import KeptLogs
from selectmodel.commands.rank.store import Store, StoredObject
from selectmodel.errors import LogError
from selectmodel.files.candidates import may_matter
from selectmodel.files.opening import MAX_TEXT_BYTES


@dataclass(frozen=True, slots=True)
class Mirror:
    """A folder (or a file) here that stands for ``url``; ``missing`` is what could not be read, by name, and why.

    ``late`` are names of what may be read when it is asked for again.
    """

    url: str
    folder: Path
    missing: tuple[tuple[str, str], ...]
    late: tuple[str, ...] = ()

    def told(self, text: str) -> str:
        """The text with the store's own names in place of those here."""
        return text.replace(str(self.folder), self.url)

    def here(self, address: str) -> str:
        """What stands here for an address in the store."""
        return address.replace(self.url, str(self.folder), 1) if address.startswith(self.url) else address


@contextmanager
def folder_for(url: str, what: str) -> Iterator[Path]:
    """An empty folder to copy ``what`` an address has to, which goes when the block is left. Raises LogError."""
    from tempfile import TemporaryDirectory  # here, and not for what is on this machine

    try:
        temporary = TemporaryDirectory(prefix="selectmodel-")
    except OSError as failure:
        raise LogError(f"{url}: no folder can be made here to copy its {what} to ({failure.strerror})") from None
    with temporary as folder:
        yield Path(folder)


@contextmanager
def mirrored(
    store: Store,
    entries: Sequence[StoredObject],
    max_bytes: int | None = None,
    *,
    may_leave: Callable[[Container[str]], bool] | None = None,
    kept: KeptLogs | None = None,
) -> Iterator[Mirror]:
    """The objects as a folder, which goes when the block is left. Raises LogError where none can be made here.

    ``may_leave`` as for :func:`.fetch.fetched`. ``kept`` is where logs are read from as far as they are there.
    """
    with folder_for(store.url, "logs") as folder:
        here = folder / (store.root.rpartition("/")[2] or "runs")
        here.mkdir()
        wanted, missing = _stood_for(entries, here)
        read = store.read if kept is None else partial(kept.read, store)
        came = fetched(read, wanted, max_bytes or MAX_TEXT_BYTES, may_leave)
        if kept is not None:
            kept.tidy()
        yield Mirror(store.url, here, tuple(sorted((*missing, *came.missing))), came.late)


def _stood_for(entries: Sequence[StoredObject], here: Path) -> tuple[list[Wanted], list[tuple[str, str]]]:
    """The objects to fetch, each with its place here, and those of which no file can be made here, and why.

    Of all others a file of that name is made.
    """
    wanted: list[Wanted] = []
    missing: list[tuple[str, str]] = []
    for entry in entries:
        matters = may_matter(entry.name.rpartition("/")[2])
        reason = _stub(here / entry.name, 0 if matters else entry.size)
        if reason:
            missing.append((entry.name, reason))
        elif matters:
            wanted.append((entry, here / entry.name))
    return wanted, missing


def _stub(place: Path, size: int) -> str:
    """A file that stands for one of this name (nobody opens a checkpoint); "" or why there can be none."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"" if size == 0 else b"\0")
    except (OSError, ValueError) as failure:
        return f"cannot be stored here ({getattr(failure, 'strerror', None) or failure})"
    return ""
