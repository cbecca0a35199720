"""Where the tests find the repository, its sample logs, and real data that may lie beside it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_logs"
#: Real logs and oracles; tests that use them skip where they are absent.
SHARED = ROOT.parent / "shared"
