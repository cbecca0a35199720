"""Many runs in their places: the same picks as ``pick``, ties, repeats, what is left out, and what is written."""

from __future__ import annotations

import csv
import gc
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from answers import check_answer
from cli import command
from places import SAMPLES, SHARED

import selectmodel as sm
from selectmodel import registry
from selectmodel.commands.rank import engines, judge_runs, order, rank, repeats
from selectmodel.commands.rank.ranking import RankedRun
from selectmodel.errors import LogError, SelectModelError
from selectmodel.files import discovery
from selectmodel.files.found_run import Found
from selectmodel.files.opening import ReadOptions
from selectmodel.policy.policy import Policy, with_keys
from selectmodel.readers.table import epoch_rows
from selectmodel.records import Pick, Question, Run, Series
from selectmodel.rules import aim_loss
from selectmodel.selection import recommend
from selectmodel.selection.checkpoints import with_checkpoints
from selectmodel.stats import score

CORPUS = SHARED / "corpus" / "corpus_dev.parquet"


def log(path: Path, losses: list[float], header: str = "epoch,loss,val_loss") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{at},{loss * 0.9:.4f},{loss}" for at, loss in enumerate(losses)]
    path.write_text("\n".join([header, *rows, ""]))
    return path


def many(folder: Path, count: int, beside: int = 250) -> Path:
    """A sweep of so many runs, ``beside`` of them in each folder."""
    for at in range(count):
        low = 0.2 + (at * 7919 % count) / count
        log(folder / f"g{at // beside}" / f"run{at}" / "training.csv", [1.5, low, low + 0.05, low + 0.2])
    return folder


def sweep_of(folder: Path) -> Path:
    """Three configurations of two seeds each, and a run that holds nothing."""
    for config, low in (("a", 0.3), ("b", 0.5), ("c", 0.9)):
        for seed in (1, 2):
            run = folder / config / f"seed-{seed}"
            log(run / "training.csv", [1.0, low + 0.01 * seed, 0.95])
            (run / "hparams.yaml").write_text(f"lr: {low}\nseed: {seed}\nname: run{config}{seed}\n")
    log(folder / "d" / "seed-1" / "training.csv", [float("nan")] * 3)
    return folder


def run_of(name: str, expected: float, se: float = 0.0, **more: object) -> RankedRun:
    low, high = (expected - 1.6448536 * se, expected + 1.6448536 * se) if se else (None, None)
    given = {
        "source": name,
        "format": "",
        "rule": "best",
        "metric": "m",
        "goal": "max",
        "epoch": 1.0,
        "step": None,
        "value": expected,
    }
    return RankedRun(name=name, **(given | more), expected=expected, low=low, high=high)  # type: ignore[arg-type]


@pytest.mark.parametrize("keys", [{}, {"aim": "accuracy"}, {"rule": "gap"}, {"min_epoch": 2}])
def test_the_pick_is_that_of_pick(keys: dict[str, object]) -> None:
    policy = with_keys(Policy(checkpoints="off"), keys)
    found = discovery.find(SAMPLES)
    compared = 0
    for item, (got, _) in zip(found, judge_runs.outcomes(found, judge_runs.Task(policy), frozenset()), strict=True):
        try:
            wanted = recommend.recommend(with_checkpoints(item.read(), policy), policy)
        except sm.SelectModelError as failure:
            assert getattr(got, "reason", "").startswith(str(failure).partition("\n")[0].rstrip(":;"))
            continue
        assert isinstance(got, RankedRun)
        pick, expected = wanted.recommended, wanted.expected
        assert (got.epoch, got.step, got.metric) == (pick.epoch, pick.step, wanted.monitor.name)
        assert got.value == pick.values[got.metric]
        assert (got.expected, got.low) == ((expected.value, expected.low) if expected else (got.value, None))
        compared += 1
    assert compared >= 10


@pytest.mark.skipif(not CORPUS.exists(), reason="../shared is absent")
def test_the_pick_is_that_of_pick_on_real_runs() -> None:
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    table = pd.read_parquet(CORPUS, columns=["run", "epoch", "train_loss", "train_acc", "val_loss", "val_acc"])
    for at, (name, rows) in enumerate(table[table["run"].isin(table["run"].unique()[::60])].groupby("run")):
        aim = ("accuracy", "loss", "both")[at % 3] if rows["val_acc"].any() else None
        policy = Policy(rule=f"aim_{aim}" if aim else None)
        run = sm.Run.from_frame(rows.drop(columns="run").dropna(axis=1, how="all"), name=str(name))
        assert recommend.decide(run, policy).pick == recommend.recommend(run, policy).recommended


def test_best_first_and_the_bad_one_told(tmp_path: Path) -> None:
    ranking = sm.rank(sweep_of(tmp_path))
    assert [run.name for run in ranking.runs] == [f"{c}/seed-{s}/training.csv" for c in "abc" for s in (1, 2)]
    assert ranking.best.epoch == 1 and ranking.best.value == 0.31
    (left,) = ranking.left_out
    assert left.name == "d/seed-1/training.csv" and "finite" in left.reason


def test_repeats_are_found_by_settings_files(tmp_path: Path) -> None:
    ranking = sm.rank(sweep_of(tmp_path))
    assert [len(config.runs) for config in ranking.configs] == [2, 2, 2]
    assert [config.hparams for config in ranking.configs] == [{"lr": 0.3}, {"lr": 0.5}, {"lr": 0.9}]
    assert ranking.config_places == (1, 2, 3)
    assert ranking.configs[0].expected == pytest.approx(0.315)
    assert ranking.columns == ("lr", "seed")


def test_repeats_are_found_by_name(tmp_path: Path) -> None:
    ranking = sm.rank(sweep_of(tmp_path), group_by="{config}/seed-{seed}")
    assert [config.name for config in ranking.configs] == ["config a", "config b", "config c"]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("x", "needs a placeholder"),
        ("{seed}", "besides {seed}"),
        ("{a}{b}", "a text between"),
        ("{a}/{a}", "a name of its own"),
        ("{a", "write such as"),
        ("{a!r}", "no format"),
        ("{}/x", "a name of its own"),
    ],
)
def test_a_pattern_that_is_none(pattern: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(sm.UsageError, match=said):
        sm.rank(sweep_of(tmp_path), group_by=pattern)


def test_ties_share_a_place() -> None:
    runs = [run_of("a", 0.90, 0.01), run_of("b", 0.89, 0.01), run_of("c", 0.87, 0.01), run_of("d", 0.869, 0.01)]
    assert order.places(runs) == (1, 1, 3, 3)
    assert order.places([run_of("a", 0.9), run_of("b", 0.9), run_of("c", 0.89)]) == (1, 1, 3)
    assert order.places([]) == ()


def test_a_configuration_run_once_is_as_uncertain_as_the_others() -> None:
    repeated = [run_of(f"a{at}", 0.9 + 0.01 * at, hparams={"lr": 1}) for at in range(4)]
    runs = [*repeated, run_of("b", 0.9, hparams={"lr": 2})]
    (several, once), places = repeats.configs(runs, runs)
    assert places == (1, 1)
    assert several.expected == pytest.approx(0.915)
    sd = float(np.std([0.9, 0.91, 0.92, 0.93], ddof=1))
    assert once.high is not None and once.high - once.expected == pytest.approx(2.3534 * sd, rel=1e-3)
    assert several.high is not None and several.high - several.expected == pytest.approx(2.3534 * sd / 2, rel=1e-3)
    different = [run_of("a", 1, hparams={"lr": 1}), run_of("b", 1, hparams={"lr": 2})]
    assert repeats.configs(different, different) == ([], ())


def test_other_metrics_and_units_stand_apart(tmp_path: Path) -> None:
    for at in range(3):
        log(tmp_path / f"a{at}.csv", [0.9, 0.8, 0.85])
    log(tmp_path / "b.csv", [0.5, 0.6], "epoch,accuracy,val_accuracy")
    ranking = sm.rank(tmp_path)
    (apart,) = ranking.apart
    assert len(ranking.runs) == 3
    assert (apart.runs, apart.flag) == (("b.csv",), "--metric val_accuracy:max")
    log(tmp_path / "c.csv", [50, 60], "epoch,accuracy,val_accuracy")
    by_accuracy = sm.rank(tmp_path, metric="val_accuracy")
    assert "percent" in by_accuracy.apart[0].why or "share" in by_accuracy.apart[0].why
    assert len(by_accuracy.left_out) == 3


def test_checkpoints_are_named_for_the_first_runs(tmp_path: Path) -> None:
    sweep_of(tmp_path)
    for folder in tmp_path.glob("*/seed-*"):
        for epoch in (1, 2):
            (folder / f"weights.{epoch}.keras").write_bytes(b"x")
    ranking = sm.rank(tmp_path, top=2, checkpoint_offset=0)
    assert [run.checkpoint is not None for run in ranking.runs] == [True, True, True, False, False, False]
    assert ranking.best.checkpoint == str(tmp_path / "a" / "seed-1" / "weights.1.keras")


def test_files_of_a_shared_folder_are_nobodys(tmp_path: Path) -> None:
    for name in "ab":
        log(tmp_path / f"{name}.csv", [0.9, 0.8, 0.85])
    (tmp_path / "weights.01.keras").write_bytes(b"x")
    ranking = sm.rank(tmp_path)
    assert ranking.best.checkpoint is None and "share the folder" in ranking.best.trouble


def test_only_saved_epochs_count(tmp_path: Path) -> None:
    sweep_of(tmp_path)
    for folder in tmp_path.glob("[ab]/seed-*"):
        (folder / "weights.2.keras").write_bytes(b"x")
    ranking = sm.rank(tmp_path, only_saved=True, checkpoint_offset=0)
    assert {run.epoch for run in ranking.runs} == {2.0}
    assert len(ranking.left_out) == 3


def test_none_judged_is_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log(tmp_path / "a.csv", [float("nan")] * 3)
    done = command(capsys, "rank", tmp_path)
    assert done.code == 3 and "none of 1 runs" in done.err


def test_several_folders_keep_their_names(tmp_path: Path) -> None:
    log(tmp_path / "x" / "run" / "training.csv", [1.0, 0.5])
    log(tmp_path / "y" / "run" / "training.csv", [1.0, 0.4])
    ranking = sm.rank(tmp_path / "x", tmp_path / "y", tmp_path / "x")
    assert [run.name for run in ranking.runs] == [str(tmp_path / f / "run" / "training.csv") for f in "yx"]


def test_json_is_as_its_schema_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep_of(tmp_path)
    log(tmp_path / "e" / "other.csv", [0.5, 0.6], "epoch,accuracy,val_accuracy")
    for more in ([], ["--picks"], ["--group-by", "{config}/seed-{seed}"]):
        done = command(capsys, "rank", tmp_path, "--format", "json", *more)
        answer = json.loads(done.out, parse_constant=pytest.fail)
        check_answer(answer)
        assert len(answer["runs"]) == 6 and len(answer["left_out"]) == 1 and len(answer["apart"]) == 1
        assert bool(answer["picks"]) == (more == ["--picks"])


def test_its_notes_are_as_the_schema_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep_of(tmp_path)
    (tmp_path / "up").symlink_to(tmp_path, target_is_directory=True)
    answer = json.loads(command(capsys, "rank", tmp_path, "--format", "json").out)
    assert [(note["code"], note["degrades"]) for note in answer["notes"]] == [("SM169", False)]
    check_answer(answer)


def test_tables_hold_every_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep_of(tmp_path)
    rows = list(csv.DictReader(io.StringIO(command(capsys, "rank", tmp_path, "--format", "csv").out)))
    assert len(rows) == 7 and rows[0]["hparams.lr"] == "0.3" and rows[-1]["problem"]
    lines = command(capsys, "rank", tmp_path, "--format", "jsonl").out.splitlines()
    assert [json.loads(line)["run"] for line in lines] == [row["run"] for row in rows]
    frame = sm.rank(tmp_path).frame()
    assert list(frame["run"]) == [row["run"] for row in rows]
    parquet = pytest.importorskip("pyarrow.parquet")
    target = tmp_path / "ranking.parquet"
    assert command(capsys, "rank", tmp_path, "-o", target).code == 0
    assert parquet.read_table(target).column("value").to_pylist()[:2] == [0.31, 0.32]
    assert command(capsys, "rank", tmp_path, "--format", "parquet").code == 2


def test_picks_of_every_rule(tmp_path: Path) -> None:
    frame = sm.rank(sweep_of(tmp_path), picks=True).frame()
    one = frame[frame["run"] == "a/seed-1/training.csv"].set_index("rule")
    assert one.loc["best", "epoch"] == 1 and one.loc["last", "epoch"] == 2
    assert frame["run"].nunique() == 6


def test_the_screen_leads_with_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep_of(tmp_path)
    lines = command(capsys, "rank", tmp_path).out.splitlines()
    assert lines[0] == "Ship epoch 1 of a/seed-1/training.csv"
    assert any("1 run could not be judged" in line for line in lines)
    assert max(len(line) for line in lines if not line.startswith("more: ")) <= 80


def test_the_best_of_many_is_lucky_the_more_the_fewer_examples() -> None:
    few = [run_of(f"few{at}", 0.8 + 0.03 * (at % 5 - 2), 0.05, val_size=100) for at in range(20)]
    many = [run_of(f"many{at}", 0.8 + 0.03 * (at % 5 - 2), 0.005, val_size=10_000) for at in range(20)]
    drawn = {run.name: run for run in order.drawn_in([*few, *many])}
    assert 0.8 < drawn["few4"].expected < 0.84 < drawn["many4"].expected < 0.86
    assert all(run.se < before.se for run, before in zip(drawn.values(), [*few, *many], strict=True))
    first, second = order.drawn_in(few[:2])
    # counts of a hundred draw a share a little towards a half as well
    assert few[0].expected - 0.001 < first.expected < second.expected < few[1].expected
    assert second.expected - first.expected < 0.9 * (few[1].expected - few[0].expected)


def test_nobody_wins_by_not_being_corrected() -> None:
    corrected = [run_of(f"a{at}", 0.88, 0.01, value=0.9, val_size=500) for at in range(3)]
    short = run_of("short", 0.895, value=0.895)
    evened = order.evened([*corrected, short])
    assert evened[-1].expected == pytest.approx(0.875) and evened[-1].se == pytest.approx(0.01)
    mostly_unknown = order.evened([corrected[0], short, short])
    assert [run.expected for run in mostly_unknown] == [0.9, 0.895, 0.895]
    assert all(run.low is None for run in mostly_unknown)


def test_ctrl_c_is_exit_130(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(recommend, "decide", stopped)
    done = command(capsys, "rank", sweep_of(tmp_path))
    assert (done.code, done.out) == (130, "")


def test_many_logs_are_read_together_however_many_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(20):
        log(tmp_path / f"run{at}" / "training.csv", [1.0, 0.5 + at / 100, 0.9])
    wanted = sm.rank(tmp_path)
    monkeypatch.setattr(discovery, "MAX_KEPT_BYTES", 0)
    read, alone = epoch_rows.read, []
    monkeypatch.setattr(epoch_rows, "read", lambda *given: (alone.append(given), read(*given))[1])
    assert sm.rank(tmp_path) == wanted
    assert len(alone) == 1, "only the chosen one is read alone, to be checked"


SWEEP = SAMPLES / "sweep"


def test_the_sweep_beside_the_samples() -> None:
    ranking = sm.rank(SWEEP)
    assert len(ranking.runs) == 17 and len(ranking.configs) == 6
    assert ranking.columns[:2] == ("dropout", "learning_rate")
    assert [len(config.runs) for config in ranking.configs].count(3) == 5
    (left,) = ranking.left_out
    assert left.name == "drop0.5-lr0.01/seed-3/training.csv" and "is empty" in left.reason
    assert ranking.best.name == "drop0.5-lr0.003/seed-1/training.csv"
    (known,) = [run for run in ranking.runs if run.name == "drop0.5-lr0.01/seed-2/training.csv"]
    tested = 0.903  # on 1,000 other images, as make_sweep.py prints
    assert known.epoch == 15 and known.low is not None and known.high is not None
    assert known.low < tested < known.value and abs(known.expected - tested) < 0.01


def test_an_empty_log_is_no_run_where_one_is_asked_for(tmp_path: Path) -> None:
    log(tmp_path / "a" / "training.csv", [1.0, 0.5])
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "training.csv").touch()
    (tmp_path / "b" / "other.csv").touch()
    assert len(discovery.find(tmp_path)) == 1
    assert [run.name for run in sm.rank(tmp_path).left_out] == ["b/training.csv"]


def test_the_chosen_run_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ranking = sm.rank(SAMPLES / "keras")
    assert ranking.best.name == "leaked.csv"
    assert ranking.findings == sm.recommend(sm.read(SAMPLES / "keras" / "leaked.csv")).findings
    answer = ranking.to_dict()
    check_answer(answer)
    assert "too_good" in [finding["name"] for finding in answer["findings"]]
    first = command(capsys, "rank", SAMPLES / "keras", "--no-cache").out.splitlines()[0]
    assert first.startswith("The first run looks too good to be true")
    keys = {"too_good": {"level": "off"}}
    assert "too_good" not in [one.check for one in sm.rank(SAMPLES / "keras", checks=keys).findings]
    assert command(capsys, "rank", SWEEP, "--no-cache").out.startswith("Ship epoch 28 of drop0.5")


def test_nothing_is_found_in_a_log_that_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = log(tmp_path / "training.csv", [1.0, 0.2, 0.5, 0.6])
    (tmp_path / "weights.1.keras").write_bytes(b"")
    placed = rank._with_files

    def changed(*given: object) -> object:
        ranking = placed(*given)  # type: ignore[arg-type]
        log(path, [1.0, 0.9, 0.1, 0.6])
        return ranking

    monkeypatch.setattr(rank, "_with_files", changed)
    assert sm.rank(tmp_path).findings == ()


def many_kinds_of_runs() -> list[Run]:
    """Runs of some shapes, in percent, with gaps, without a train score, diverged, long, and one of nothing."""
    draw = np.random.default_rng(5)
    runs = []
    for number in range(60):
        n = (12, 40, 40, 170)[number % 4]
        right = np.round((0.9 - 0.4 * np.exp(-np.arange(n) / 9) + draw.normal(0, 0.02, n)) * 300) / 300
        columns = {
            "loss": np.exp(-np.arange(n) / 20) + 0.1,
            "accuracy": np.minimum(1, right + 0.05),
            "val_loss": 1 - right + draw.random(n) / 10,
            "val_accuracy": right,
        }
        if number % 7 == 1:
            columns = {name: 100 * values for name, values in columns.items()}
        if number % 7 == 2:
            del columns["accuracy"]
        if number % 7 == 3:
            columns["val_accuracy"] = np.where(draw.random(n) < 0.2, np.nan, right)
        if number % 7 == 4:
            columns["val_loss"] = np.where(np.arange(n) > n - 4, np.nan, columns["val_loss"])
        if number % 7 == 5:
            columns["accuracy"] = np.where(draw.random(n) < 0.2, np.nan, columns["accuracy"])
        if number == 20:
            columns = {name: np.full(n, np.nan) for name in columns}
        epochs = np.arange(n)
        series = {name: Series.of(name, epochs, epochs, values) for name, values in columns.items()}
        runs.append(Run(name=f"{number}", source=f"{number}", format="frame", series=series))
    return runs


def told(run: Run, policy: Policy) -> object:
    try:
        decision = recommend.decide(run, policy)
    except SelectModelError as failure:
        return str(failure)
    evidence = tuple(value.hex() for value in decision.pick.evidence.values())
    return decision.pick.rule, decision.index, evidence, decision.pick.alike, decision.expected


@pytest.mark.parametrize("policy", [Policy(), Policy(aim="both"), Policy(val_size=80), Policy(metric="val_loss")])
def test_a_run_is_judged_among_others_as_it_is_alone_to_the_last_bit(policy: Policy) -> None:
    runs = many_kinds_of_runs()
    score._weights.cache_clear()
    onwards = [told(run, policy) for run in runs]
    assert [told(run, policy) for run in reversed(runs)] == onwards[::-1]
    for run, before in zip(runs, onwards, strict=True):
        score._weights.cache_clear()
        assert told(run, policy) == before


def test_a_rule_that_refuses_one_run_judges_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for length in (3, 4, 5):
        log(tmp_path / f"{length}" / "training.csv", [1.0, 0.5, 0.6, 0.7, 0.8][:length])
    real, rule = registry.load, registry.load("rules", "aim_loss")

    def refusing(question: Question) -> Pick:
        if question.n == 4:
            raise LogError("too long")
        return aim_loss.pick(question)

    changed = replace(rule, pick=refusing)
    monkeypatch.setattr(registry, "load", lambda kind, name: changed if name == rule.name else real(kind, name))
    ranking = sm.rank(tmp_path)
    assert [one.name for one in ranking.left_out] == ["4/training.csv"] and len(ranking.runs) == 2


def test_a_run_that_is_judged_is_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(12):
        log(tmp_path / f"{at}" / "training.csv", [1.0, 0.5, 0.6])
    monkeypatch.setattr(discovery, "BATCH", 2)
    task = judge_runs.Task(Policy(checkpoints="off"))
    outcomes = judge_runs.Look(tmp_path, "", ReadOptions(), task, engines.How()).outcomes()

    def held() -> int:
        found = [one for one in gc.get_objects() if isinstance(one, Found)]
        return len({one.name for one in found if tmp_path in one.source.path.parents})

    kept = {at: held() for at, _ in enumerate(outcomes) if at in (0, 11)}
    assert kept[0] == 12 and kept[11] <= 3


WANDB = """wandb_version: 1
_wandb:
    value:
        start_time: {seed}
        e:
            x{seed}:
                args:
                    - --seed={seed}
                startedAt: 2025-11-21T10:00:0{seed}Z
lr:
    desc: null
    value: {lr}
seed:
    value: {seed}
"""


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("hparams.yaml", "lr: {lr}\nseed: {seed}\n"),
        ("args.yaml", "lr: {lr}\nseed: {seed}\nname: run{lr}-{seed}\n"),
        ("config.json", '{{"lr": {lr}, "seed": {seed}}}'),
        ("params.json", '{{"lr": {lr}, "seed": {seed}}}'),
        ("args.json", '{{"lr": {lr}, "epochs": 20, "val_split": 0.1, "seed": {seed}}}'),
        ("config.json", '{{"lr": {lr}, "loss_weights": [1.0, 0.4], "seed": {seed}}}'),
        ("training.json", '{{"lr": {lr}, "steps": 4000, "seed": {seed}}}\n'),
        ("config.yaml", WANDB),
    ],
)
def test_settings_files_of_frameworks_tell_repeats(file: str, text: str, tmp_path: Path) -> None:
    for lr in (0.1, 0.2):
        for seed in (1, 2):
            run = tmp_path / f"{lr}" / f"{seed}"
            log(run / "training.csv", [1.0, lr + 0.01 * seed, 0.95])
            (run / file).write_text(text.format(lr=lr, seed=seed))
    ranking = sm.rank(tmp_path)
    assert not ranking.left_out
    assert [(dict(config.hparams), len(config.runs)) for config in ranking.configs] == [
        ({"lr": 0.1}, 2),
        ({"lr": 0.2}, 2),
    ]
    assert ranking.columns == ("lr", "seed")
