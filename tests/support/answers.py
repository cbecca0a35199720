"""Holds answers against the schema that is shipped with the program; the schema itself is checked once a process."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match


@cache
def _schema() -> Draft202012Validator:
    schema = json.loads((files("selectmodel") / "answers.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def check_answer(answer: Any) -> None:
    """Raises ValidationError where an answer is not as the schema says."""
    fault = best_match(_schema().iter_errors(answer))
    if fault is not None:
        raise fault
