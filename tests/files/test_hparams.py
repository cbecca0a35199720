"""Settings beside a log: two configurations must never look like one, and no file of them may do harm."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

import selectmodel as sm
from selectmodel.files import hparams, plain_yaml

PAIRS = {
    "a mapping in braces": ("optimizer: {name: adam, lr: 0.1}\n", "optimizer: {name: sgd, lr: 0.1}\n"),
    "a text over two lines": ("note: wide\n  net\n", "note: wide\n  nest\n"),
    "a block of text": ("layers: |\n  64\n  32\n", "layers: |\n  64\n  16\n"),
    "a list of mappings": ("layers:\n- units: 64\n  act: relu\n", "layers:\n- units: 32\n  act: relu\n"),
    "a list in a list": ("kernels: [[3, 3], [5, 5]]\n", "kernels: [[3, 3], [7, 7]]\n"),
    "escapes": ('act: "\\x72elu"\n', 'act: "\\x67elu"\n'),
    "an alias": ("a: &a {w: 1}\nb: {w: 2}\nused: *a\n", "a: {w: 1}\nb: &b {w: 2}\nused: *b\n"),
    "a merged mapping": ("base: &b {w: 1}\nx: {<<: *b}\n", "base: &b {w: 1}\nx: {<<: *b, w: 2}\n"),
    "a tag": ("opt: !!python/name:torch.optim.Adam ''\n", "opt: !!python/name:torch.optim.SGD ''\n"),
    "a tagged mapping": ("net: !!python/object:a.B {w: 1}\n", "net: !!python/object:a.C {w: 1}\n"),
    "a tagged list": ("net: !!python/object/apply:a.B [1]\n", "net: !!python/object/apply:a.C [1]\n"),
    "a tuple": ("betas: !!python/tuple [0.9, 0.99]\n", "betas: !!python/tuple [0.9, 0.999]\n"),
    "a long text": ("prompt: " + "a" * 300 + "b\n", "prompt: " + "a" * 300 + "c\n"),
    "deep": ("a: " + "{a: " * 30 + "1" + "}" * 30, "a: " + "{a: " * 30 + "2" + "}" * 30),
    "many": ("\n".join(f"k{at}: 1" for at in range(900)), "\n".join(f"k{at}: {at // 890}" for at in range(900))),
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_two_configurations_are_told_apart(pair: tuple[str, str]) -> None:
    one, other = map(hparams.parse, pair)
    assert one and other and one != other


def test_rank_takes_no_two_optimizers_for_repeats(tmp_path: Path) -> None:
    for at, layers in enumerate(("{name: adam, width: 64}", "{name: adam, width: 32}", "{name: sgd, width: 64}")):
        for seed in (1, 2):
            run = tmp_path / f"{at}-{seed}"
            run.mkdir()
            (run / "training.csv").write_text(f"epoch,val_loss\n0,1\n1,0.{at}{seed}\n2,0.9\n")
            (run / "hparams.yaml").write_text(f"model: {layers}\nseed: {seed}\n")
    ranking = sm.rank(tmp_path)
    assert [len(config.runs) for config in ranking.configs] == [2, 2, 2]


def test_a_namespace_as_argparse_is_dumped() -> None:
    text = yaml.dump(Namespace(lr=1e-5, betas=(0.9, 0.99), where=Path("out")))
    found = hparams.parse(text)
    assert found["lr"] == 1e-5 and found["betas"] == "0.9, 0.99" and found["!"] == "python/object:argparse.Namespace"
    assert str(found["where"]).startswith("python/object/apply:pathlib") and str(found["where"]).endswith("out")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-3", 0.001), ("0.001", 0.001), ("yes", True), ("~", None), ("'1'", "1"), ("!!str 1", "1"), ("", None),
     ("2024-05-01", "2024-05-01"), ("12:30", "12:30"), ("010", 10), ("1_000", "1_000"), (".inf", ".inf"),
     ("{}", None), ("[]", ""), ("!!float 1", 1),
     ("-.5", -0.5), ("nan", "nan"), ("1.", 1.0), ("0x10", "0x10"),
     ("\u0663", "\u0663"), ("[64, 32]", "64, 32"), ("!x", "!x")],
)  # fmt: skip
def test_scalars(text: str, value: hparams.Value) -> None:
    assert hparams.parse(f"a: {text}\n") == {"a": value}


def test_json_is_read_as_its_yaml() -> None:
    content = {"a": {"b": 1.5}, "layers": [{"units": 64}, {"units": [1, None]}], "empty": {}, "none": None}
    found = hparams.parse(json.dumps(content), json_text=True)
    assert found == hparams.parse(yaml.safe_dump(content))
    assert found == {"a.b": 1.5, "layers.0.units": 64, "layers.1.units": "1, None", "empty": None, "none": None}


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))


@pytest.mark.parametrize(
    "text",
    [BOMB, "a: &a [*a]", "a: *b", "[" * 100_000, "{a: " * 60_000, "- " * 100_000, "? [a]\n: 1\n", "a: b: c", "a: 'x",
     "<<<<<<< Updated upstream\nlr: 1\n=======\nlr: 2\n>>>>>>> Stashed", "\x00", "a: \x01", "just text", "- a", "",
     "x: &x " + "y" * 9999 + "\nz: [" + "*x, " * 9999 + "]"],
)  # fmt: skip
def test_what_is_no_settings_tells_none(text: str) -> None:
    assert hparams.parse(text) == {}


def test_no_tag_is_ever_followed(tmp_path: Path) -> None:
    told = f"a: !!python/object/apply:pathlib.Path.touch [{tmp_path / 'made'}]\nb: !!python/name:os.system ''\n"
    assert hparams.parse(told)["b"] == "python/name:os.system"
    assert not list(tmp_path.iterdir())


NOT_DIGITS = st.text(st.characters(exclude_characters="0123456789", exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(-1e300, 1e300) | NOT_DIGITS
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(NOT_DIGITS, inner), max_leaves=20)


@given(TREES)
@example({"<<": {"a": "<<"}, "!": "*a"})
def test_what_yaml_writes_is_read_as_it_reads_it(content: Any) -> None:
    text = yaml.safe_dump(content, allow_unicode=False)
    (found,) = plain_yaml.documents(text)
    assert found == yaml.safe_load(text)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%, \n\t?<1~\\", max_size=60))
def test_any_text_gives_settings_or_none(text: str) -> None:
    for name, value in hparams.parse(text).items():
        assert isinstance(name, str) and len(str(value)) <= hparams.LONGEST


@pytest.mark.parametrize("name", ["name", "trainer.seed", "logger.name", "logger.0.version", "run-name", "a.save_dir"])
def test_of_the_run(name: str) -> None:
    assert hparams.of_the_run(name)


@pytest.mark.parametrize("name", ["model.name", "optimizer.name", "data.path", "layers.0.id", "lr", "augment.time"])
def test_of_the_configuration(name: str) -> None:
    assert not hparams.of_the_run(name)
