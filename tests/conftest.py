"""Settings of all tests. Property tests try the same examples each time: a fifth of them, all, or new ones.

HYPOTHESIS_PROFILE=thorough pytest -m "hypothesis and not heavy"      as .ci/run does
HYPOTHESIS_PROFILE=search pytest
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from property_tests import PROFILE, examples

# As the program does: threads of numpy that wait for each other take the time of the tests beside them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

#: How long examples take to be made tells how busy the machine is, and nothing of what is tested.
ANY_SPEED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
for name in ("same", "thorough"):
    settings.register_profile(name, max_examples=examples(), derandomize=True, database=None, **ANY_SPEED)
settings.register_profile("search", max_examples=examples(), **ANY_SPEED)
settings.load_profile(PROFILE)

# Hypothesis also draws constants of whichever of our modules are imported by then: a part of the tests, or as many
# workers as another machine has, would try other examples. There is no setting for it.
providers = sys.modules.get("hypothesis.internal.conjecture.providers")
if hasattr(providers, "_get_local_constants") and hasattr(providers, "_local_constants"):
    NO_CONSTANTS = providers._local_constants
    providers._get_local_constants = lambda: NO_CONSTANTS


def pytest_sessionstart() -> None:
    """What a shell or nohup has made deaf to signals hands that on to its children, which tests send signals to."""
    hearing = {"SIGINT": signal.default_int_handler, "SIGTERM": signal.SIG_DFL, "SIGHUP": signal.SIG_DFL}
    for number, handler in ((getattr(signal, name, None), handler) for name, handler in hearing.items()):
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, handler)


def pytest_collection_finish() -> None:
    """What is there before the first test stays: looking through it for garbage at the end takes a second."""
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test writes into the cache of the person who runs it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
        yield
