"""Our own plug-ins keep the contract, and it refuses what is misspelt."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from selectmodel import registry
from selectmodel.errors import UsageError
from selectmodel.registry import contract, guard

KINDS = tuple(contract.RECORDS)
MEMBERS = [(kind, name) for kind in registry.NOUNS for name in sorted(registry.own(kind))]


@pytest.mark.parametrize(("kind", "name"), MEMBERS)
def test_a_plug_in_of_ours_would_pass_as_one_of_others(kind: registry.Kind, name: str) -> None:
    found = registry.load(kind, name)
    assert (found.name, found.package) == (name, "")
    guard.guarded(found, "who")  # looks at every signature and every setting


@pytest.mark.parametrize(("kind", "name"), MEMBERS)
def test_what_listings_read_from_the_source_is_what_holds(kind: registry.Kind, name: str) -> None:
    found = registry.load(kind, name)
    for field in contract._constants(type(found)):
        if field in registry._READ_UNIMPORTED[kind]:
            read = registry.constant(kind, name, field)
            assert read is None or read == getattr(found, field.lower())


def test_every_field_says_what_it_means_and_has_a_default() -> None:
    for record in contract.RECORDS.values():
        assert record.__doc__
        for field in (*contract.hooks(record).values(), *contract._constants(record).values()):
            assert len(field.metadata["means"]) > 10
        record(name="empty")


def module(source: str) -> ModuleType:
    made = ModuleType("made")
    exec(compile(source, "made", "exec"), vars(made))
    return made


GOOD = "def pick(question): ...\n"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "has no function pick: the candidate it recommends"),
        (GOOD + "MONITOR_THE_LOSS = True", "did you mean MONITORS_THE_LOSS?"),
        (GOOD + "COLOUR = 1", "COLOUR is no constant of its kind; there are AIM, LUCK,"),
        ("pick = 3", "pick is 3; it must be a function"),
        (GOOD + "LUCK = 0.1", "LUCK is 0.1; it takes"),
        (GOOD + "AIM = 'beauty'", "AIM is 'beauty'; it takes one of accuracy, loss, both, metric"),
        (GOOD + "REPLAYS = 'keras_csv'", "REPLAYS is 'keras_csv'; it takes a tuple of texts"),
    ],
)
def test_what_is_misspelt_missing_or_of_another_type_is_refused(source: str, said: str) -> None:
    with pytest.raises(TypeError) as refusal:
        contract.record_of(contract.Rule, module(source), name="made", package="", version="")
    assert said in str(refusal.value)


def test_a_misspelt_function_is_refused_with_the_nearest() -> None:
    made = module('CODE = "SM299"\ndef find(question, pick): ...\ndef lack(question): ...\n')
    with pytest.raises(TypeError, match=r"did you mean lacks\?"):
        contract.record_of(contract.Check, made, name="made", package="", version="")


def test_names_of_its_own_and_imported_ones_are_let_be(tmp_path: Path) -> None:
    file = tmp_path / "made.py"
    file.write_text("from math import pi as RATIO\n_COLOUR = RATIO\n" + GOOD + "def _pickall(): ...\nCASES = ()\n")
    made = module(file.read_text())
    made.__file__ = str(file)
    assert contract.record_of(contract.Rule, made, name="made", package="", version="").name == "made"


def test_no_plug_in_of_a_name_is_met_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no rule is named 'bets'; did you mean best"):
        registry.load("rules", "bets")
    with pytest.raises(UsageError, match="no subject of advice is named"):
        registry.load("advice", "beauty")
