"""The core names no rule, check, reader, output format or subject of advice: each says itself what it is for.

Looked at are the texts in the source of every module that is no plug-in. A plug-in may bear the name of something else
(a rule "last" and a checkpoint that is called last.pt); such texts are listed here, with what they are.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from selectmodel import registry

PACKAGE = registry.PACKAGE
SHELVES = tuple(registry.NOUNS)

#: What a text is, where it is no plug-in → the texts, and the modules or folders in which they may stand.
OTHER_THINGS: dict[str, tuple[set[str], set[str]]] = {
    "words in the names of checkpoint files, and the roles that they tell": (
        {"best", "last", "data"},
        {"files/checkpoints", "records/run.py", "selection/role_files.py", "selection/run_checks.py"},
    ),
    "which best models of a framework's callback are kept": ({"best", "last"}, {"frameworks"}),
    "frameworks for which code is written and callbacks are repeated, as readers declare them": (
        {"keras", "lightning", "huggingface"},
        {"frameworks/snippets.py", "advice/hindsight/early_stopping.py"},
    ),
    "a forge, whose CI files init writes and which an output format declares": (
        {"github"},
        {"cli/forges.py", "cli/init.py", "commands/init/ci_files.py"},
    ),
    "the documented default of --format, and what watch writes for scripts": (
        {"text", "jsonl"},
        {"cli/output.py", "cli/watch.py"},
    ),
    "trackers, as addresses name them": (
        {"mlflow", "optuna"},
        {"commands/rank/trackers.py", "commands/rank/tracker_database.py"},
    ),
    "a folder that a tracker makes": ({"wandb"}, {"commands/rank/pieces.py"}),
    "an engine that works on several processes or machines": (
        {"ray"},
        {"commands/rank/engines.py", "commands/rank/spread.py"},
    ),
    "columns, keys and words of an answer": (
        {"best", "last", "gap", "patience", "pareto", "text", "diverged"},
        {"commands", "selection/report_screen.py", "advice/hindsight/corpus.py"},
    ),
    "fields of records, of messages and of files": (
        {"text", "data", "constant", "resumed", "best"},
        {"mcp", "registry/contract.py", "readers/table", "readers/tfevents", "training", "selection"},
    ),
    "words of Vega-Lite for where a text of a chart stands": (
        {"left", "center", "right", "top", "middle", "bottom", "start", "end"},
        {"charts", "commands/rank/chart.py", "commands/compare/chart.py"},
    ),
    "the format of logs that were made of the names of files": (
        {"checkpoint names", "selectmodel_log"},
        {"files/checkpoints/epoch_offset.py", "training/log_file.py"},
    ),
}


def names() -> dict[str, str]:
    """Every name of a plug-in of ours, and what its logs call their format or its findings their code."""
    found = {}
    for kind in SHELVES:
        for name in registry.own(kind):
            found[name] = f"the {registry.NOUNS[kind]} {name}"
            for key in ("FORMAT", "CODE"):
                if told := registry.constant(kind, name, key):
                    found.setdefault(told, found[name])
    return found


@cache
def nodes(module: Path) -> tuple[ast.AST, ...]:
    kept = (ast.Expr, ast.Constant, ast.ImportFrom, ast.Call)
    return tuple(node for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))) if isinstance(node, kept))


def texts(module: Path) -> Iterator[tuple[int, str]]:
    """The texts in a module and their lines, docstrings aside."""
    told = {id(node.value) for node in nodes(module) if isinstance(node, ast.Expr)}
    for node in nodes(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def core() -> Iterator[Path]:
    for module in sorted(PACKAGE.rglob("*.py")):
        if not (module.parent.parent == PACKAGE and module.parent.name in SHELVES):
            yield module


def allowed(where: str, text: str) -> set[str]:
    """Why the text may stand there."""
    return {
        why
        for why, (known, places) in OTHER_THINGS.items()
        if text in known and any(where == place or where.startswith(f"{place}/") for place in places)
    }


def test_no_text_of_the_core_is_the_name_of_a_plug_in() -> None:
    plug_ins, used, named = names(), set[str](), []
    for module in core():
        where = module.relative_to(PACKAGE).as_posix()
        for line, text in texts(module):
            if text in plug_ins:
                reasons = allowed(where, text)
                used |= reasons
                if not reasons:
                    named.append(f"{where}:{line} names {plug_ins[text]}")
    assert not named
    borne = {why for why, (known, _) in OTHER_THINGS.items() if known & plug_ins.keys()}
    assert used == borne  # what is listed is still there


def test_no_plug_in_is_loaded_or_imported_by_its_name() -> None:
    """Whatever a text is in its place: what the registry is asked for is never written out."""
    members = {f"selectmodel.{kind}.{name}" for kind in SHELVES for name in registry.own(kind)}
    asked = []
    for module in PACKAGE.rglob("*.py"):
        where = module.relative_to(PACKAGE).as_posix()
        for node in nodes(module):
            if isinstance(node, ast.ImportFrom) and node.module and where.split("/")[0] not in SHELVES:
                asked += [f"{where}:{node.lineno}" for one in node.names if f"{node.module}.{one.name}" in members]
                asked += [f"{where}:{node.lineno}"] * (node.module in members)
            if isinstance(node, ast.Constant) and node.value in members:
                asked.append(f"{where}:{node.lineno}")
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) > 1:
                kind, name = node.args[:2]
                by_name = node.func.attr in ("load", "constant", "page", "summary") and isinstance(name, ast.Constant)
                if by_name and isinstance(kind, ast.Constant) and kind.value in SHELVES:
                    asked.append(f"{where}:{node.lineno}")
    assert not asked


def test_no_pick_is_looked_up_or_compared_by_the_name_of_a_rule() -> None:
    rules = "|".join(sorted(registry.own("rules")))
    looks = re.compile(rf'(?:picks|rules)(?:\.get\(|\[)"(?:{rules})"|\.rule (?:==|!=|in) [(\[{{]?"(?:{rules})"')
    found = [
        f"{module.relative_to(PACKAGE)}: {hit[0]}" for module in core() for hit in looks.finditer(module.read_text())
    ]
    assert not found


def test_each_use_has_one_format() -> None:
    uses: tuple[registry.Use, ...] = ("screens", "notebooks", "records", "summaries")
    formats = [registry.report_for(use) for use in uses]
    assert [one.used_for for one in formats] == list(uses) and len({one.name for one in formats}) == len(uses)
    assert {one.name for one in formats} <= registry.own("reports")
    from selectmodel.cli import output

    assert registry.report_for("screens").name == output.DEFAULT
