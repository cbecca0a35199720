"""Policies: where they come from, what wins, and that all problems are reported at once with their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from selectmodel.errors import PolicyError
from selectmodel.policy import policy, policy_file


def write(folder: Path, text: str, name: str = policy_file.FILE_NAME) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def problems(**arguments: object) -> list[str]:
    with pytest.raises(PolicyError) as failure:
        policy.load(**arguments)  # type: ignore[arg-type]
    return list(failure.value.problems)


def test_defaults_without_a_file(tmp_path: Path) -> None:
    assert policy.load(start=tmp_path) == policy.Policy()


def test_file_then_set_then_flag_wins(tmp_path: Path) -> None:
    file = write(tmp_path, 'rule = "gap"\nmin_epoch = 3\n[gap]\nweight = 0.1\n[metrics]\nscore = "max"\n')
    loaded = policy.load(file, sets=["gap.weight=0.2", "min_epoch=4"], flags={"min_epoch": 5.0, "rule": None})
    assert (loaded.rule, loaded.min_epoch, dict(loaded.settings_of("gap"))) == ("gap", 5.0, {"weight": 0.2})
    assert loaded.goals == {"score": "max"}
    assert loaded.origin == str(file)


def test_found_upward_but_not_above_the_repository(tmp_path: Path) -> None:
    write(tmp_path, 'rule = "last"')
    inside = tmp_path / "repo" / "deep"
    inside.mkdir(parents=True)
    assert policy.load(start=inside).rule == "last"
    (tmp_path / "repo" / ".git").mkdir()
    assert policy.load(start=inside).recommender is None
    write(tmp_path / "repo", '[tool.selectmodel]\nrule = "gap"\n', "pyproject.toml")
    assert policy.load(start=inside).rule == "gap"


def test_a_pyproject_without_our_table_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, 'rule = "last"')
    inside = tmp_path / "package"
    inside.mkdir()
    write(inside, "[project]\nname = 'x'\n", "pyproject.toml")
    assert policy.load(start=inside).rule == "last"


def test_an_empty_file_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    assert policy.load(write(tmp_path, "")).recommender is None
    assert policy.load(write(tmp_path, '\ufeffrule = "last"')).rule == "last"


def test_all_problems_at_once_with_line_and_nearest_name(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        'rule = "bets"\nmin_epochs = 3\nonly_saved = "yes"\n\n[gap]\nwieght = 1\n\n[patience]\npatience = -1\n'
        '[metrics]\nval_x = "up"\n[gapp]\nweight = 1\n',
    )
    found = problems(path=file)
    expected = [
        ":2: min_epochs", "did you mean min_epoch?",
        ":3: only_saved", "true or false",
        ":6: gap.wieght", "did you mean weight?",
        ":9: patience.patience", "at least",
        ":11: metrics.val_x", '"min" or "max"',
        ":12: gapp", "did you mean gap?",
        "'bets'", "did you mean best?",
    ]  # fmt: skip
    for words in expected:
        assert any(words in problem for problem in found), (words, found)
    assert len(found) == 7


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rule = \n", ":1:"),
        ('rule = "best"\nrule = "gap"\n', ":2:"),
        ("min_epoch = nan\n", "min_epoch"),
        ("min_epoch = inf\n", "min_epoch"),
        ("[gap]\nweight = nan\n", "gap.weight"),
        ("gap = 3\n", "gap"),
        ("metrics = 3\n", "metrics"),
        ("val_size = 0\n", "at least 1"),
        ("val_size = true\n", "val_size"),
    ],
)
def test_a_wrong_file_names_the_place(tmp_path: Path, text: str, says: str) -> None:
    (found,) = problems(path=write(tmp_path, text))
    assert says in found
    assert policy_file.FILE_NAME in found


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    file = tmp_path / policy_file.FILE_NAME
    file.write_bytes(b"rule = '\xff'")
    assert "UTF-8" in problems(path=file)[0]
    assert "cannot be read" in problems(path=tmp_path / "none.toml")[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("gap.weight", "RULE.SETTING=VALUE"),
        ("=3", "RULE.SETTING=VALUE"),
        ("gap.wait=3", "did you mean weight?"),
        ("gop.weight=3", "did you mean gap?"),
        ("gap.weight=heavy", "a number"),
    ],
)
def test_wrong_sets(text: str, says: str) -> None:
    (found,) = problems(sets=[text])
    assert "--set" in found
    assert says in found


def test_problems_of_flags_name_the_flag() -> None:
    assert problems(flags={"val_size": 0, "checkpoint_offset": 5}) == [
        '--val-size: 0 is not allowed; it takes a whole number of at least 1, or "none"',
        '--checkpoint-offset: 5 is not allowed; it takes a whole number from -1 to 1, or "none"',
    ]
