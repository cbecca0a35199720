"""``python -m selectmodel``, and the ``selectmodel`` command: quiet from its first moment on, whatever stops it."""

from __future__ import annotations

# What signal is made of, and there already: signal imports enum and six more, and Ctrl-C may come meanwhile.
import _signal  # type: ignore[import-not-found]
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    """Entry point of the ``selectmodel`` command."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # the last is unknown on Windows
        number = getattr(_signal, name, None)
        if number is not None and _signal.getsignal(number) != _signal.SIG_IGN:  # as nohup asks for
            _signal.signal(number, _leave)
    import warnings

    # What packages say of themselves and of their arithmetic is for who works on this program, here and in workers.
    warnings.simplefilter("ignore")
    os.environ["PYTHONWARNINGS"] = "ignore"
    from selectmodel.cli.main import main as commands

    commands()


def _leave(number: int, _: FrameType | None) -> None:
    os._exit(128 + number)


if __name__ == "__main__":
    main()
