"""What is generated lies in the repository as it is generated; to make it anew: python -m tests.regenerate."""

from __future__ import annotations

import pytest

from tests.regenerate import GENERATED
from tests.support.answer_schema import ANSWERS
from tests.support.places import ROOT


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_file_is_as_it_is_generated(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATED[name]()


def test_the_schema_describes_what_each_answer_says_it_contains() -> None:
    for answer, content in ANSWERS.items():
        said = answer.content.__annotations__["return"]
        assert said == content.__name__ or (said == "Mapping[str, object]" and answer is content)
