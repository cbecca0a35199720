"""What event files say that a training was configured with: as each writer writes it, damaged, and hostile."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import slow_events as slow
from hypothesis import given, settings
from hypothesis import strategies as st
from property_tests import examples

import selectmodel as sm
from selectmodel.files import hparams as hyperparameters
from selectmodel.readers.tfevents import hparams

TAG = b"_hparams_/session_start_info"
#: The records that torch 2.13, Lightning 2.6 and Keras 3.15 wrote, as they are in their files.
WRITTEN = {
    "torch": (
        "iQAAAAAAAAA0UapcCcBis0ddwNpBKn4KfAoUX2hwYXJhbXNfL2V4cGVyaW1lbnRKZApiCgdocGFyYW1zElcSVSIGCgJsciADIgkK"
        "BWJzaXplIAMiBwoDb3B0IAEiBwoDYW1wIAMiCAoEbm90ZSABKhMKERIPaHBhcmFtL2FjY3VyYWN5Kg8KDRILaHBhcmFtL2xvc3Np"
        "/bBblAAAAAAAAABdJfEACWxjs0ddwNpBKogBCoUBChxfaHBhcmFtc18vc2Vzc2lvbl9zdGFydF9pbmZvSmUKYwoHaHBhcmFtcxJY"
        "GlYKEAoDYW1wEgkRAAAAAAAA8D8KDwoCbHISCRGamZmZmZm5PwoNCgNvcHQSBhoEYWRhbQoOCgRub3RlEgYaBMO8IHgKEgoFYnNp"
        "emUSCREAAAAAAABQQOTxigY="
    ),
    "lightning": (
        "XAAAAAAAAADJzfmPCXilT0xdwNpBKlEKTwoUX2hwYXJhbXNfL2V4cGVyaW1lbnRKNwo1CgdocGFyYW1zEioSKCIGCgJsciADIg8K"
        "C21vZGVsL2RlcHRoIAMqDQoLEglocF9tZXRyaWMHMjdgZwAAAAAAAAC6rc3UCcKlT0xdwNpBKlwKWgocX2hwYXJhbXNfL3Nlc3Np"
        "b25fc3RhcnRfaW5mb0o6CjgKB2hwYXJhbXMSLRorCg8KAmxyEgkRmpmZmZmZuT8KGAoLbW9kZWwvZGVwdGgSCREAAAAAAAAIQHOy"
        "2GA="
    ),
    "keras": (
        "2AAAAAAAAAChs+dnCQtBp09dwNpBKswBCskBChxfaHBhcmFtc18vc2Vzc2lvbl9zdGFydF9pbmZvQgYIARICEgBKoAEKnQEKB2hw"
        "YXJhbXMSkQEajgEKCAoCYm4SAiAACg8KAmxyEgkRmpmZmZmZuT8KEgoFdW5pdHMSCREAAAAAAAAgQAoSCglvcHRpbWl6ZXISBRoD"
        "c2dkIkAzMGQyMzkyOTNmZmVjYmRjYmQyMDZhMjA5YzdjN2EyOWRiODllYWNlMDBmZTc0YTAxM2E4OGVmNmQwZWUxMzdiKTsPpk9d"
        "wNpBmyi3og=="
    ),
}
TOLD = {
    "torch": {"lr": 0.1, "bsize": 64, "opt": "adam", "amp": 1, "note": "ü x"},
    "lightning": {"lr": 0.1, "model.depth": 3},
    "keras": {"bn": False, "lr": 0.1, "units": 8, "optimizer": "sgd"},
}


def number(value: float) -> bytes:
    return slow.double_field(2, value)


def text(value: bytes) -> bytes:
    return slow.bytes_field(3, value)


def event(given: dict[bytes, bytes], tag: bytes = TAG) -> bytes:
    """An event as the plugin reads it: names and the bytes of their protobuf values."""
    entries = b"".join(
        slow.bytes_field(1, slow.bytes_field(1, name) + slow.bytes_field(2, value)) for name, value in given.items()
    )
    plugin = slow.bytes_field(1, b"hparams") + slow.bytes_field(2, slow.bytes_field(3, entries))
    value = slow.bytes_field(1, tag) + slow.bytes_field(9, slow.bytes_field(1, plugin))
    return slow.double_field(1, 1.0) + slow.bytes_field(5, slow.bytes_field(1, value))


def told(tmp_path: Path, *contents: bytes) -> dict[str, hyperparameters.Value]:
    paths = []
    for at, content in enumerate(contents):
        paths.append(tmp_path / f"events.out.tfevents.{at}.host")
        paths[-1].write_bytes(content)
    found = hparams.logged(paths, {})
    assert hparams.logged(paths, {path: path.read_bytes() for path in paths}) == found
    return found


def file_of(*events: bytes) -> bytes:
    return slow.version() + b"".join(map(slow.record, events))


@pytest.mark.parametrize("writer", WRITTEN)
def test_as_it_was_written(writer: str, tmp_path: Path) -> None:
    found = told(tmp_path, slow.version() + base64.b64decode(WRITTEN[writer]))
    assert found == TOLD[writer]
    assert {name: type(value) for name, value in found.items()} == {
        name: type(value) for name, value in TOLD[writer].items()
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (number(0.5), 0.5),
        (number(3.0), 3),
        (number(float("nan")), "nan"),
        (number(1e300), hyperparameters.Value),
        (text("β".encode()), "β"),
        (text(b"\xff"), "\ufffd"),
        (slow.number_field(4, 1), True),
        (slow.number_field(4, 0), False),
        (slow.number_field(1, 0), None),
        (slow.bytes_field(5, b""), None),
        (slow.bytes_field(6, b"x"), None),
        (b"", None),
        (number(1.0) + text(b"later wins"), "later wins"),
    ],
)
def test_each_kind_of_value(value: bytes, expected: object, tmp_path: Path) -> None:
    found = told(tmp_path, file_of(event({b"a/b": value})))
    assert list(found) == ["a.b"]
    if expected is not hyperparameters.Value:
        assert found["a.b"] == expected and type(found["a.b"]) is type(expected)


def test_later_files_win_and_others_add(tmp_path: Path) -> None:
    first, second = file_of(event({b"a": number(1), b"b": number(2)})), file_of(event({b"b": number(3)}))
    assert told(tmp_path, first, slow.version(), b"", second) == {"a": 1, "b": 3}


def test_what_is_damaged_is_passed_over(tmp_path: Path) -> None:
    good, bad = slow.record(event({b"a": number(1)})), bytearray(slow.record(event({b"a": number(2)})))
    bad[30] ^= 1
    assert told(tmp_path, slow.version() + good + bytes(bad)) == {"a": 1}
    assert told(tmp_path, slow.version() + bytes(bad) + good) == {"a": 1}
    assert told(tmp_path, slow.version() + good[:-1]) == {}
    assert told(tmp_path, b"\xff" * 12 + good) == {}


def test_an_unreadable_file_and_other_plugins_tell_nothing(tmp_path: Path) -> None:
    assert hparams.logged([tmp_path, tmp_path / "none"], {}) == {}
    assert told(tmp_path, file_of(event({b"a": number(1)}, tag=b"_hparams_/experiment"))) == {}


def test_no_more_than_is_useful_is_kept(tmp_path: Path) -> None:
    many = {f"{at}".encode(): number(at) for at in range(3000)}
    found = told(tmp_path, file_of(event(many)))
    assert len(found) == hyperparameters.MAX_KEYS + 1
    assert found != told(tmp_path, file_of(event({**many, b"2999": number(0)})))  # all are compared
    (long,) = told(tmp_path, file_of(event({b"x" * 1000: number(1), b"": number(1), b"a": text(b"y" * 1000)}))).items()
    assert long[0] == "a" and str(long[1]).startswith("yyy") and len(str(long[1])) < hyperparameters.LONGEST
    assert told(tmp_path, file_of(b"\x0a" * (2 << 20), event({b"a": number(1)}))) == {}


@settings(max_examples=examples(300), deadline=None)
@given(data=st.data())
def test_any_bytes_are_survived(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Sound frames around nonsense: what a hostile writer would hand in."""
    inner = bytearray(event({b"lr": number(0.5), b"opt": text(b"adam"), b"amp": slow.number_field(4, 1)}))
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(inner) - 1))
        inner[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    content = slow.version() + slow.record(bytes(inner) + TAG) + slow.record(data.draw(st.binary(max_size=60)) + TAG)
    for name, value in told(tmp_path_factory.mktemp("any"), content).items():
        assert 0 < len(name) <= 200
        assert value is None or isinstance(value, (str, int, float, bool))


def test_they_become_columns_and_tell_repeats(tmp_path: Path) -> None:
    for at, (rate, seed) in enumerate([(0.1, 1), (0.1, 2), (0.2, 1), (0.2, 2)]):
        curve = b"".join(slow.scalar("val_loss", step, rate + 1 / (step + 1)) for step in range(8))
        run = tmp_path / f"run{at}" / "events.out.tfevents.1700000000.host.1.0"
        run.parent.mkdir()
        run.write_bytes(slow.version() + curve)
        final = run.parent / "1700000001.25" / "events.out.tfevents.1700000001.host.1.1"
        final.parent.mkdir()
        final.write_bytes(file_of(event({b"lr": number(rate), b"seed": number(seed)})) + slow.scalar("hp", 0, 1.0))
    ranking = sm.rank(tmp_path)
    assert [(config.hparams, len(config.runs)) for config in ranking.configs] == [({"lr": 0.1}, 2), ({"lr": 0.2}, 2)]
    assert ranking.columns == ("lr", "seed")
    assert sm.rank(tmp_path, cache=tmp_path / "c") == sm.rank(tmp_path, cache=tmp_path / "c") == ranking
    (tmp_path / "run0" / "hparams.yaml").write_text("lr: 7\n")
    assert {"lr": 7} in [run.hparams for run in sm.rank(tmp_path).runs]
