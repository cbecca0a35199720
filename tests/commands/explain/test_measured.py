"""The figures in the package: every rule has them, they are those of the rule as it is, and pages show them."""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Callable

import pytest
from cli import command
from places import ROOT

from selectmodel import registry
from selectmodel.commands.explain import measured

DECISIONS = ROOT / "benchmarks" / "decisions"
AGAIN = "measure it again: python benchmarks/decisions/run.py --corpus FOLDER --record NAME"
OWN = [name for name in registry.names("rules") if name in registry.own("rules")]


MEASURED = [rule for rule in OWN if rule in measured.fingerprints()]


def test_what_was_measured_are_rules() -> None:
    """A rule without figures is shown as not measured: the corpus is not everybody's."""
    assert sorted(measured.fingerprints()) == MEASURED, AGAIN


@pytest.fixture(scope="module")
def fingerprint() -> Callable[[str], str]:
    """Of a rule, as benchmarks/decisions takes it; the logs are asked about once for all rules."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(DECISIONS))
        taken: Callable[[str], str] = importlib.import_module("fingerprint").fingerprint
    del sys.modules["fingerprint"]
    return taken


@pytest.mark.skipif(not DECISIONS.exists(), reason="benchmarks/decisions is absent")
@pytest.mark.parametrize("rule", MEASURED)
def test_figures_are_those_of_the_rule_as_it_is(rule: str, fingerprint: Callable[[str], str]) -> None:
    assert fingerprint(rule) == measured.fingerprints()[rule], f"{rule} picks otherwise than when measured; {AGAIN}"


def test_only_a_rule_without_an_answer_has_no_figures() -> None:
    assert [rule for rule in MEASURED if measured.of(rule) is None] == ["threshold"]
    assert measured.of("a rule of somebody else") is None


@pytest.mark.parametrize("rule", [rule for rule in OWN if measured.of(rule)])
def test_figures_hang_together(rule: str) -> None:
    known = measured.of(rule)
    assert known is not None
    assert known.corpus.datasets >= 10
    lowest = measured.of("best")
    assert lowest is not None
    base = lowest.points["val_loss"]
    for figures in known.figures:
        assert figures.points is not None
        assert figures.points_gained is not None
        assert figures.points[1] <= figures.points[0] <= figures.points[2]
        assert figures.points_gained[0] == pytest.approx(base - figures.points[0], abs=0.01)
        assert len(figures.points_by_size) == len(figures.gained_by_size) == len(known.corpus.sizes)


def test_what_the_default_is_claimed_to_reach() -> None:
    ours, habits = measured.of("aim_accuracy"), [measured.of(rule) for rule in OWN if not rule.startswith("aim_")]
    assert ours is not None
    (lost,) = ours.points.values()
    others = [points for known in habits if known for points in known.points.values()]
    best = measured.of("best")
    assert best is not None
    assert lost <= 0.58 * best.points["val_loss"]
    assert lost <= 0.88 * min(others)


def test_pages_show_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    page = command(capsys, "explain", "best").out
    assert "Measured" in page
    known = measured.of("best")
    assert known is not None
    for points in known.points.values():
        assert f"{points:.2f} [" in page
    assert "Measured" not in command(capsys, "explain", "threshold").out
    assert json.loads(command(capsys, "explain", "best", "--format", "json").out)["measured"]["figures"]


def test_the_list_has_a_column_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    listed = command(capsys, "rules").out
    known = measured.of("best")
    assert known is not None
    shown = f"{known.points['val_accuracy']:.1f} / {known.points['val_loss']:.1f}"
    assert re.search(rf"^best +{re.escape(shown)} ", listed, flags=re.MULTILINE)


@pytest.mark.parametrize(("rule", "settings"), [("gap", "weight 0.25"), ("patience", "patience 20")])
def test_what_other_settings_lost_is_measured_and_not_written_by_hand(
    rule: str, settings: str, capsys: pytest.CaptureFixture[str]
) -> None:
    known = measured.of(rule)
    assert known is not None
    shown = command(capsys, "explain", rule).out
    others = {one.metric: one for one in known.others if one.settings == settings}
    for one in others.values():
        assert one.points is not None and one.points[1] <= one.points[0] <= one.points[2]
        assert re.search(rf"{settings} +{one.metric} +{one.points[0]:.2f} \[", shown)
    assert set(others) == {"val_loss", "val_accuracy"}
    by_hand = set(re.findall(r"\b\d\.\d\d\b", registry.page("rules", rule)))
    assert by_hand <= {"0.01", "0.25"}  # the default, and a weight


@pytest.mark.parametrize("rule", [rule for rule in OWN if measured.of(rule)])
def test_no_page_of_a_rule_has_points_lost_that_were_typed(rule: str) -> None:
    """What a rule lost is in the tables, which benchmarks/decisions writes; prose would go stale."""
    assert not re.findall(r"\d\.\d+ points|lost \d|\d,\d{3} (?:other )?(?:training |classification )?runs",
                          registry.page("rules", rule))  # fmt: skip


def test_pages_show_what_was_lost_on_runs_that_no_rule_was_tuned_on(capsys: pytest.CaptureFixture[str]) -> None:
    known = measured.of("keras")
    assert known is not None and {one.corpus for one in known.unseen} == {"public", "fine-tuning"}
    shown = command(capsys, "explain", "keras").out
    for corpus in known.unseen:
        assert (ROOT / corpus.page).exists() or not DECISIONS.exists()
        assert corpus.page in " ".join(shown.split())
        for entry in corpus.lost:
            assert entry.points is not None
            assert f"{entry.points[0]:.2f}, {entry.percent[0]:.1f} %" in shown
