"""What a CI job hands to pip so that it gets the selectmodel that is installed here.

Sources: PEP 610, which says what an installer leaves of the address that a package came from.
"""

from __future__ import annotations

import json
from importlib import metadata
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from selectmodel.version import __version__


def requirement() -> str:
    """The address of the repository or the wheel that this copy was installed from, a release where it came from an
    index, and where it came from a folder of this machine the name of the wheel that is built of it.
    """
    try:
        told = metadata.distribution("selectmodel").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return _wheel()
    if told is None:
        return f"selectmodel=={__version__}"
    try:
        return _address(json.loads(told)) or _wheel()
    except (ValueError, AttributeError):  # no JSON, or none of this shape
        return _wheel()


def _wheel() -> str:
    """The wheel of this version, beside the other files of a repository."""
    return f"./selectmodel-{__version__}-py3-none-any.whl"


def _address(origin: Any) -> str:
    """What others can fetch as well; "" for what is on this machine alone."""
    parts = urlsplit(str(origin.get("url", "")))
    if parts.scheme not in ("http", "https", "ssh", "git") or not parts.hostname:
        return ""
    host = parts.netloc.rpartition("@")[2]
    user = f"{parts.username}@" if parts.scheme == "ssh" and parts.username else ""  # never a password
    url = urlunsplit((parts.scheme, user + host, parts.path, "", ""))
    vcs = origin.get("vcs_info")
    if not vcs:
        return url
    commit = f"@{vcs['commit_id']}" if vcs.get("commit_id") else ""
    folder = f"#subdirectory={origin['subdirectory']}" if origin.get("subdirectory") else ""
    return f"{vcs.get('vcs', 'git')}+{url}{commit}{folder}"
