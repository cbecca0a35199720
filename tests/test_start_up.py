"""No module imports itself by a detour, and light commands stay light."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest

import selectmodel
from selectmodel.cli.main import run

PACKAGE = Path(selectmodel.__file__).parent


@cache
def modules() -> frozenset[str]:
    return frozenset(".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in PACKAGE.rglob("*.py"))


def imported(module: str) -> set[str]:
    """Modules of the package that a module imports, at any depth of nesting, type-checking blocks left out."""
    tree = ast.parse((PACKAGE / Path(*module.split("."))).with_suffix(".py").read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names} | {node.module}
    return {name.removeprefix("selectmodel.") for name in found} & modules()


def test_there_are_no_cycles() -> None:
    graph = {module: imported(module) - {module} for module in sorted(modules()) if not module.endswith("__init__")}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"cycle: {' → '.join((*path, module))}"
        if module not in done:
            for other in graph.get(module, ()):
                visit(other, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


HEAVY = (
    "pandas",
    "scipy",
    "yaml",
    "platformdirs",
    "pydantic",
    "plotext",
    "altair",
    "vl_convert",
    "jinja2",
    "selectmodel.charts",
    "selectmodel.pages",
    "tensorboard",
    "torch",
    "tensorflow",
    "keras",
    "lightning",
    "jsonschema",
)

#: What numpy 1 and rich before 15 import by themselves.
UNLESS_OLD = (
    *(() if version("numpy").startswith("1.") else ("numpy.ma",)),
    *(() if int(version("rich").partition(".")[0]) < 15 else ("logging",)),
)

#: What only the commands beside pick need.
OTHERS = tuple(
    f"selectmodel.{name}"
    for name in (
        *("commands.gate.judge", "commands.gate.verdict", "commands.gate.bounds", "commands.gate.comparable"),
        *("commands.compare", "commands.rank", "cli.gate", "cli.compare", "cli.rank", "cli.init"),
    )
)

#: What a table needs none of: the engines of other logs, databases, archives, and OpenSSL, which hashlib loads.
OTHER_LOGS = (
    *("selectmodel.readers.console_text.printed", "selectmodel.readers.block_log.blocks"),
    *("selectmodel.readers.tfevents.run", "selectmodel.files.databases", "selectmodel.files.archives"),
    *("selectmodel.readers.hf.states", "sqlite3", "zipfile", "_hashlib", "tomllib"),
)


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], ("numpy", "rich.table", *HEAVY)),
        (["pick", "--help"], ("numpy", *HEAVY)),
        (["rules"], ("numpy", *OTHERS, *HEAVY)),
        (["checks"], ("numpy", *OTHERS, *HEAVY)),
        (["pick", "SAMPLE"], ("concurrent", "statistics", *UNLESS_OLD, *OTHERS, *OTHER_LOGS, *HEAVY)),
        (["pick", "SAMPLE.log"], (*OTHER_LOGS, *HEAVY)),
        (["advise", "SAMPLE"], HEAVY),
        (["inspect", "SAMPLE"], HEAVY),
    ],
)
def test_start_up_imports_nothing_heavy(arguments: list[str], unwanted: tuple[str, ...], tmp_path: Path) -> None:
    logs = {"SAMPLE": tmp_path / "small.csv", "SAMPLE.log": tmp_path / "small.log"}
    for log in logs.values():
        log.write_text("epoch,loss,val_loss\n0,1.0,1.1\n1,0.5,0.7\n2,0.2,0.9\n")
    arguments = [str(logs.get(argument, argument)) for argument in arguments]
    code = (
        "import sys; from selectmodel.cli.main import run; code = run(sys.argv[1:]);"
        "print('\\n'.join(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.split())
    # numpy before 2 loads its random numbers, and OpenSSL with them, whatever is asked of it.
    others = {"_hashlib"} if int(version("numpy").partition(".")[0]) < 2 else set()
    assert not loaded & (set(unwanted) - others)


def test_a_command_that_is_none_is_met_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["gaet"]) == 2
    assert "gate" in capsys.readouterr().err


def test_every_public_name_exists() -> None:
    for name in selectmodel.__all__:
        assert getattr(selectmodel, name) is not None
