"""The page that says what is public names what there is, and the forms for issues ask what can be answered."""

from __future__ import annotations

import re

import pytest
import yaml
from places import ROOT

from selectmodel.answer import SCHEMA
from selectmodel.errors import ExitCode

PAGE = (ROOT / "docs/stability.md").read_text(encoding="utf-8")


def test_the_exit_codes_are_those_of_the_program() -> None:
    section = PAGE.partition("## Exit codes\n")[2].partition("\n## ")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)] == sorted(ExitCode)


def test_what_it_names_is_there() -> None:
    for name in re.findall(r"`([\w/.-]+\.(?:yml|yaml|json|pyi?))`", PAGE):
        assert (ROOT / name).exists() or (ROOT / "selectmodel" / name).exists(), name
    assert SCHEMA == 1, "where it is raised, the changelog says what to write instead"


FORMS = [form for form in sorted((ROOT / ".github/ISSUE_TEMPLATE").iterdir()) if form.stem != "config"]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_for_issues_has_the_shape_that_github_reads(form: object) -> None:
    parsed = yaml.safe_load(form.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    assert set(parsed) == {"name", "description", "labels", "body"}
    fields = parsed["body"]
    assert len({field["id"] for field in fields}) == len(fields)
    for field in fields:
        assert field["type"] in ("textarea", "input") and field["attributes"]["label"]
        assert field["type"] == "textarea" or "render" not in field["attributes"]
    assert any(field.get("validations", {}).get("required") for field in fields)
