"""Runs that a tracker keeps: ``mlflow://HOST:PORT/EXPERIMENT``, ``optuna+postgresql://USER@HOST/DATABASE``.

What a tracker knows of its runs is copied for a while into an SQLite file of the tracker's own layout, which the reader
of that layout reads as any other. A tracker is only asked, never written to, and no password is ever shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from selectmodel.commands.rank.remote import Mirror, folder_for
from selectmodel.errors import SelectModelError, UsageError
from selectmodel.settings import did_you_mean

#: What stands in a text in place of a password.
HIDDEN = "***"
#: Trackers, and how each is reached; the first is meant where none is said.
_REACHED = {
    "mlflow": ("http", "https", "sqlite", "postgresql", "mysql"),
    "optuna": ("sqlite", "postgresql", "mysql"),
}
_SCHEME = re.compile(rf"({'|'.join(_REACHED)})(?:\+([A-Za-z0-9+]+))?://", re.IGNORECASE)
#: Parts of a query whose values are no one's business.
_SECRET = re.compile("pass|secret|token|key|pwd", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a ``tracker`` is reached: ``url`` is the address as its own libraries take it, with any password in it."""

    tracker: str
    way: str
    url: str

    @property
    def shown(self) -> str:
        """The address for people: without a password, and without what stands behind a question mark."""
        found = urlsplit(self.url)
        user, _, host = found.netloc.rpartition("@")
        name = user.partition(":")[0]
        scheme = f"{self.tracker}+{found.scheme}"
        return urlunsplit((scheme, f"{name}@{host}" if name else host, found.path, "", ""))

    def hiding(self, text: str) -> str:
        """The text without the password, if it holds it, as typed or decoded."""
        found = urlsplit(self.url)
        user = found.netloc.rpartition("@")[0]
        pairs = [pair.partition("=")[::2] for pair in found.query.split("&")]
        secrets = [user.partition(":")[2], *(value for name, value in pairs if _SECRET.search(name))]
        for secret in sorted({form for one in secrets for form in (one, unquote(one)) if form}, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text


def is_tracker(path: str) -> bool:
    """Whether a path is the address of a tracker."""
    return _SCHEME.match(path) is not None


def as_path(path: str) -> str:
    """The file that ``optuna:///study.db`` means, as SQLAlchemy counts slashes; any other path as it is.

    Raises UsageError for an address of a tracker that is not reached so.
    """
    if not is_tracker(path):
        return path
    address = parsed(path)
    if address.way != "sqlite":
        return path
    rest = address.url.partition("://")[2]
    if not rest.startswith("/") or rest == "/":
        here = f"{address.tracker}+sqlite" if address.tracker == "mlflow" else address.tracker
        raise UsageError(f"{address.shown}: names no file; write {here}:///FILE.db, or {here}:////FOLDER/FILE.db")
    return unquote(rest[1:])


def parsed(path: str) -> Address:
    """The parts of a tracker's address. Raises UsageError for a way that it is not reached by."""
    found = _SCHEME.match(path)
    if found is None:
        raise UsageError("no address of a tracker")
    tracker = found[1].lower()
    ways = _REACHED[tracker]
    way = (found[2] or ways[0]).lower()
    if way.partition("+")[0] not in ways:
        raise UsageError(f"{tracker}+{way}://: {tracker} is not reached by {way}; {did_you_mean(way, ways)}")
    try:
        address = Address(tracker, way.partition("+")[0], f"{way}://{path[found.end() :]}")
        urlsplit(address.url).port  # noqa: B018 - raises ValueError for a port that is no number
    except ValueError:
        raise UsageError(f"{tracker}+{way}://…: the port is no number from 0 to 65535") from None
    if address.way != "sqlite" and not urlsplit(address.url).hostname:
        raise UsageError(f"{address.shown}: names no host")
    return address


@contextmanager
def mirrored(path: str) -> Iterator[Mirror]:
    """The runs that a tracker knows, as a database, which goes when the block is left.

    Raises UsageError where what reaches the tracker is not installed, LogError where it cannot be asked.
    """
    address = parsed(path)
    with folder_for(address.shown, "runs") as folder:
        place = folder / f"{address.tracker}.db"
        try:
            missing = _copied(address, place)
        except SelectModelError as failure:
            raise type(failure)(address.hiding(str(failure))) from None
        told = tuple((f"{address.shown}/{name}", address.hiding(why)) for name, why in missing)
        yield Mirror(address.shown, place, told)


def _copied(address: Address, place: Path) -> list[tuple[str, str]]:
    if address.way in ("http", "https"):
        from selectmodel.commands.rank import mlflow_server

        return mlflow_server.copied(address.url, address.shown, place)
    from selectmodel.commands.rank import tracker_database

    tracker_database.copied(address.url, address.shown, address.tracker, place)
    return []
