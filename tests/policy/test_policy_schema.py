"""The schema of a policy that ships for editors is made from the declarations that check one.

After a change of a setting: ``python -m tests.regenerate``.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

import selectmodel
from selectmodel import registry
from selectmodel.errors import PolicyError
from selectmodel.policy import conditions, policy, schema

FILE = Path(selectmodel.__file__).parent / "policy.schema.json"


def page() -> str:
    return json.dumps(schema.schema(), indent=1) + "\n"


def test_the_file_is_what_the_declarations_say() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "python -m tests.regenerate"
    jsonschema.Draft202012Validator.check_schema(schema.schema())


def test_every_key_stands_in_it() -> None:
    properties = schema.schema()["properties"]
    assert {*policy.KEYS, *registry.names("rules"), "metrics", "checks", "advice", "gate", "require"} <= set(properties)
    assert set(properties["gate"]["items"]["properties"]) == set(conditions.TABLE_KEYS)
    assert set(properties["require"]["properties"]) == set(conditions.REQUIREMENTS)


GOOD = (
    'rule = "gap"\nmetric = "val_loss"\n[gap]\nweight = 0.2\n[metrics]\nx = "max"\n',
    '[[gate]]\nmetric = "a"\nmin = 0.9\nmax_worse = "1%"\nmin_gain = 0.01\non = "worst"\ngoal = "max"\n',
    '[checks]\noverfitting = "fail"\n[checks.diverged]\nlevel = "off"\n',
    '[require]\nbaseline = "a.json"\nfirst_run = "record"\nmin_epochs = 3\nallow_degraded = true\n',
)
BAD = (
    "rul = 1\n",
    'rule = "bets"\n',
    "[gap]\nwieght = 1\n",
    '[[gate]]\nmetric = "a"\n',
    "[[gate]]\nmin = 0.9\n",
    '[[gate]]\nmetric = "a"\nmin = "90%"\n',
    '[[gate]]\nmetric = "a"\nmax_worse = -1\n',
    '[[gate]]\nmetric = "a"\nmax_worse = "1"\n',
    '[[gate]]\nmetric = "a"\nmin = 1\non = "best"\n',
    '[require]\nfirst_run = "maybe"\n',
    "[require]\nmin_epochs = 0\n",
    '[metrics]\nx = "up"\n',
    '[checks]\noverfitting = "error"\n',
    "require = 3\n",
)


@pytest.mark.parametrize(("text", "fits"), [*((text, True) for text in GOOD), *((text, False) for text in BAD)])
def test_schema_and_program_agree(text: str, fits: bool, tmp_path: Path) -> None:
    file = tmp_path / "selectmodel.toml"
    file.write_text(text)
    if fits:
        policy.load(file)
        jsonschema.Draft202012Validator(schema.schema()).validate(tomllib.loads(text))
        return
    with pytest.raises(PolicyError):
        policy.load(file)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema.schema()).validate(tomllib.loads(text))


def write() -> None:
    """Writes the schema anew."""
    FILE.write_text(page(), encoding="utf-8")
