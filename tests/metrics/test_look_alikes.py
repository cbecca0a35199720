"""A name that only looks like another one is never proposed as if it were that one."""

from __future__ import annotations

import unicodedata

import pytest

from selectmodel.commands.gate.comparable import closest
from selectmodel.errors import UsageError
from selectmodel.metrics import meaning
from selectmodel.metrics.monitor import choose, flag
from selectmodel.settings import did_you_mean, escaped, looks_alike

DECOMPOSED = unicodedata.normalize("NFD", "val_éacc")
TWINS = [
    (unicodedata.normalize("NFC", DECOMPOSED), DECOMPOSED, r"$'val_e\u0301acc'"),
    ("val_acc", "val_\u0430cc", r"$'val_\u0430cc'"),
    ("val_acc", "val_\u200bacc", r"$'val_\u200bacc'"),
    ("val acc", "val\u00a0acc", r"$'val\u00a0acc'"),
    ("val_acc", "val_acc\x1b", r"$'val_acc\x1b'"),
]


@pytest.mark.parametrize(("wanted", "held", "written"), TWINS)
def test_a_twin_is_written_with_its_escapes(wanted: str, held: str, written: str) -> None:
    assert looks_alike(wanted, held) and looks_alike(held, wanted)
    understood = meaning.understand([held, "val_loss"], {})
    with pytest.raises(UsageError, match="only looks the same") as refused:
        choose(understood, metric=wanted)
    assert f"--metric {written}" in str(refused.value)
    assert closest(wanted, [held]) == written
    assert written in did_you_mean(wanted, [held, "other"])


@pytest.mark.parametrize("name", ["val_loss", "val loss", "it's", "-x", "Größe"])
def test_what_can_be_seen_is_proposed_as_it_is(name: str) -> None:
    assert not looks_alike(name, name) and "$'" not in flag(name)


def test_the_escapes_are_those_of_bash() -> None:
    assert escaped("a'b\\c\né😀") == r"$'a\'b\\c\x0a\u00e9\U0001f600'"


def test_a_name_without_a_colon_is_not_cut() -> None:
    with pytest.raises(UsageError) as refused:
        choose(meaning.understand(["", "val_loss"], {}), metric="eval_loss")
    assert "is no direction" not in str(refused.value)
