"""``python -m selectmodel``."""

from __future__ import annotations

from selectmodel.cli.main import main

main()
