"""What reaches the store at an address: the package for it, with the credentials that its own tools take."""

from __future__ import annotations

import logging
from typing import Any

from selectmodel.commands.rank.store import Store, tried
from selectmodel.commands.rank.store_failures import credentials_of, package_of, place_of, unlisted, why
from selectmodel.errors import LogError, UsageError, first_line


def opened(url: str) -> Store:
    """The store at an address. Raises UsageError where what reaches it is not installed or gets no credentials."""
    url = url if url.endswith("://") else url.rstrip("/")
    try:
        import fsspec
    except ImportError:
        raise UsageError(f"{url}: needs fsspec; to install it: pip install 'selectmodel[remote]'") from None
    name = url.partition("://")[0].lower()
    try:
        fsspec.get_filesystem_class(name)
    except ImportError as failure:
        raise UsageError(f"{url}: {_not_installed(name, failure)}") from None
    except ValueError as failure:
        raise UsageError(f"{url}: no store is reached this way ({failure})") from None
    try:
        _quiet()
        system, root = fsspec.core.url_to_fs(url, **_options(url))
    except Exception as failure:
        taken = credentials_of(url)
        more = f"; credentials are taken from {taken}" if taken else ""
        raise UsageError(f"{url}: cannot be reached ({why(failure)}){more}") from None
    if not root.strip("/") and (kind := place_of(url, "")):
        raise UsageError(f"{url}: names no {kind}; write {name}://{kind.upper()}/FOLDER")
    return Store(url, system, _as_listed(system, root.rstrip("/"), url))


def _not_installed(name: str, failure: ImportError) -> str:
    package = package_of(name)
    if not package:
        return first_line(failure)
    reason = "" if failure.__cause__ is None else f" ({first_line(failure.__cause__)})"
    return f"needs {package}{reason}; to install it: pip install {package}"


def _quiet() -> None:
    """What the clients of stores log of each failure is told here in a sentence; whoever wants their logs gets them."""
    for name in ("azure", "gcsfs"):
        log = logging.getLogger(name)
        if not log.handlers:
            log.addHandler(logging.NullHandler())


def _as_listed(system: Any, root: str, url: str) -> str:
    """The root as its objects' names begin: the Hub's client leaves out ``models/``."""
    if not hasattr(system, "resolve_path"):
        return root
    system.invalidate_cache()  # it remembers for as long as the process lives that it was not let in
    try:
        return str(tried(lambda: system.resolve_path(root)).unresolve())
    except Exception as failure:
        raise LogError(unlisted(url, root, failure)) from None


def _options(url: str) -> dict[str, Any]:
    """What is asked of the client of a store: botocore pauses for seconds, up to four times, before it tells a failure.

    It would do so for each object by itself; here one pause serves all that failed.
    """
    from fsspec.config import conf

    name = url.partition("://")[0].lower()
    if name not in ("s3", "s3a") or "config_kwargs" in conf.get(name, {}):
        return {}
    return {"config_kwargs": {"retries": {"mode": "standard", "total_max_attempts": 1}}}
