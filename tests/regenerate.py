"""Makes anew what is generated and lies in the repository: ``python -m tests.regenerate``."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.support import answer_schema
from tests.support.places import ROOT


def answers() -> str:
    """selectmodel/answers.schema.json"""
    return json.dumps(answer_schema.schema(), indent=1, ensure_ascii=False) + "\n"


#: File → what makes its text.
GENERATED: dict[str, Callable[[], str]] = {"selectmodel/answers.schema.json": answers}

if __name__ == "__main__":
    for name, made in GENERATED.items():
        (ROOT / name).write_text(made(), encoding="utf-8")
        print(f"wrote {name}")
