"""How many examples a property test tries.

A fifth of them in the suite that is run while writing; all of them where .ci/run says HYPOTHESIS_PROFILE=thorough.
"""

from __future__ import annotations

import os

#: Profile of tests/conftest.py → its share of the examples that a test asks for.
SHARES = {"same": 1 / 5, "thorough": 1.0, "search": 20.0}
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "same")


def examples(thorough: int = 100) -> int:
    """How many to try where ``thorough`` are all; hypothesis itself asks for 100."""
    return round(thorough * SHARES[PROFILE])
