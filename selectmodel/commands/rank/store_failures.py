"""What went wrong with a store, told apart without importing what reaches it: gone, not for us, or of a bad minute."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from typing import NamedTuple

from selectmodel.errors import first_line

#: What another try would not mend: the object is not there or not for us, or the question itself is wrong.
_FINAL = (
    FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError,
    NotImplementedError, TypeError, ValueError, AttributeError, LookupError,
)  # fmt: skip
_FINAL_NUMBERS = frozenset({errno.EINVAL, errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG})
#: Statuses of HTTP below 500 that say no more than: not now.
_NOT_NOW = frozenset({408, 425, 429})
#: Errors of clients that found no credentials, or none that serve; they are no PermissionError.
_NO_CREDENTIALS = frozenset({
    "ClientAuthenticationError", "CredentialUnavailableError", "DefaultCredentialsError", "LocalTokenNotFoundError",
    "NoCredentialsError", "PartialCredentialsError", "TokenRetrievalError", "UnauthorizedSSOTokenError",
})  # fmt: skip
#: gcsfs tells a status of 403 by words alone.
_FORBIDDEN = re.compile(r"Forbidden\b")


class TornError(OSError):
    """An object came with other bytes than it has."""


class CalledOffError(OSError):
    """An object was not waited for any longer."""


class _Host(NamedTuple):
    """What is said of stores of a kind: the package that reaches them, what holds objects, where credentials lie."""

    package: str
    place: str
    credentials: str


_S3 = _Host("s3fs", "bucket", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or ~/.aws")
_GOOGLE = _Host("gcsfs", "bucket", "GOOGLE_APPLICATION_CREDENTIALS (a file) or: gcloud auth application-default login")
_AZURE = _Host(
    "adlfs",
    "container",
    "AZURE_STORAGE_CONNECTION_STRING, or from AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY, "
    "AZURE_STORAGE_SAS_TOKEN or: az login",
)
_HUB = _Host("huggingface_hub", "repository", "HF_TOKEN or: hf auth login")
_KINDS = {
    "s3": _S3, "s3a": _S3, "gs": _GOOGLE, "gcs": _GOOGLE, "az": _AZURE, "abfs": _AZURE, "abfss": _AZURE, "hf": _HUB,
}  # fmt: skip


def package_of(name: str) -> str:
    """The package that reaches stores whose addresses begin so; "" where that is not known here."""
    kind = _KINDS.get(name)
    return kind.package if kind else ""


def credentials_of(url: str) -> str:
    """Where credentials for an address are taken from; "" where that is not known here."""
    kind = _KINDS.get(_scheme(url))
    return kind.credentials if kind else ""


def place_of(url: str, root: str) -> str:
    """What holds the objects of an address, with its name in ``root`` if that has one; "" where unknown."""
    kind = _KINDS.get(_scheme(url))
    if kind is None or not root:
        return kind.place if kind else ""
    if kind is not _HUB:
        return f"{kind.place} {root.partition('/')[0]}"
    parts = root.split("/")
    named = 3 if parts[0] in ("datasets", "spaces", "models", "buckets", "kernels") else 2
    return f"{'bucket' if parts[0] == 'buckets' else kind.place} {'/'.join(parts[:named])}"


def _scheme(url: str) -> str:
    return url.partition("://")[0].lower()


def may_pass(failure: Exception) -> bool:
    """Whether another try might mend it."""
    told = status(failure)
    if 500 <= told < 600 or told in _NOT_NOW:
        return True
    if isinstance(failure, _FINAL) or getattr(failure, "errno", None) in _FINAL_NUMBERS:
        return False
    return not 400 <= told < 500 and not is_denied(failure)


def is_denied(failure: Exception) -> bool:
    """Whether there are no credentials, or what they may do is not this."""
    names = {kind.__name__ for kind in type(failure).__mro__}
    return (
        isinstance(failure, PermissionError)
        or status(failure) in (401, 403)
        or bool(names & _NO_CREDENTIALS or _FORBIDDEN.match(str(failure)))
    )


def is_missing(failure: Exception) -> bool:
    """Whether what was asked for is not there."""
    return isinstance(failure, FileNotFoundError) or status(failure) == 404


def unlisted(url: str, root: str, failure: Exception) -> str:
    """What is said of an address whose objects cannot be listed; ``root`` is what the store calls it."""
    if is_denied(failure) and (taken := credentials_of(url)):
        return f"{url}: may not be read ({why(failure)}); credentials are taken from {taken}"
    if is_missing(failure) and (place := place_of(url, root)):
        if type(failure.__cause__).__name__ == "RevisionNotFoundError":
            return f"{url}: {place.replace('@', ' holds no revision ', 1)}"
        seen = f"none that may be seen with these credentials, which are taken from {credentials_of(url)}"
        return f"{url}: there is no {place}, or {seen}"
    return f"{url}: cannot be listed ({why(failure)})"


def status(failure: BaseException) -> int:
    """The status of HTTP that an error stands for, under any of the names that clients give it; 0 for none."""
    for one in _holders(failure):
        for name in ("status_code", "status", "code"):
            told = getattr(one, name, None)
            if isinstance(told, int | str) and re.fullmatch("[1-5][0-9]{2}", str(told)):
                return int(told)
    return 0


def _holders(failure: BaseException) -> Iterator[object]:
    yield failure
    yield getattr(failure, "response", None)


def why(failure: BaseException) -> str:
    """The reason in one line."""
    if isinstance(failure, Exception) and is_missing(failure):
        return "no such object"
    text, kind = first_line(failure), type(failure).__name__
    if isinstance(failure, TornError) or (type(failure) is TypeError and text.startswith("the store gave")):
        return text
    return text if text == kind else f"{kind}: {text}"
