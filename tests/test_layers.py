"""Imports go down only, plug-ins import neither each other nor core, and light commands stay light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import selectmodel
from selectmodel.cli.main import run

PACKAGE = Path(selectmodel.__file__).parent
BASE = {
    "__main__": 4,
    "errors": 0,
    "records": 0,
    "asking": 3,
    "core": 3,
    "discovery": 3,
    "choosing": 3,
    "api": 3,
    "checking": 3,
    "advising": 3,
    "gating.judging": 3,
    "gating.bounds": 3,
    "gating.baselines": 3,
    "gating.facts": 3,
    "starting": 3,
    "cycles.sides": 3,
    "sweeps.answering": 3,
    "sweeps.looking": 3,
    "sweeps.sweep": 3,
}
FOLDERS = {"readers": 2, "rules": 2, "checks": 2, "advice": 2, "reports": 2, "screens": 2, "pages": 2, "cli": 4}
PLUGINS = ("readers", "rules", "checks", "advice", "reports")


def modules() -> list[str]:
    return sorted(".".join(path.relative_to(PACKAGE).with_suffix("").parts) for path in PACKAGE.rglob("*.py"))


def layer(module: str) -> int:
    top = module.split(".", maxsplit=1)[0]
    return FOLDERS.get(top, BASE.get(module, 1))


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
    known = set(modules())
    return {name.removeprefix("selectmodel.") for name in found if name.removeprefix("selectmodel.") in known}


@pytest.mark.parametrize("module", [name for name in modules() if name != "__init__"])
def test_imports_go_down(module: str) -> None:
    for other in imported(module):
        if other.endswith("__init__"):
            continue
        assert layer(other) <= layer(module), f"{module} imports {other}, which lies above it"


@pytest.mark.parametrize("module", [name for name in modules() if name.split(".")[0] in PLUGINS])
def test_plugins_do_not_import_each_other(module: str) -> None:
    kinds = {other.split(".")[0] for other in imported(module) if "." in other}
    assert not kinds & set(PLUGINS)


def test_there_are_no_cycles() -> None:
    graph = {module: imported(module) - {module} for module in modules() if not module.endswith("__init__")}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"cycle: {' → '.join((*path, module))}"
        if module not in done:
            for other in graph.get(module, ()):
                visit(other, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


HEAVY = ("pandas", "scipy", "plotext", "tensorboard", "torch", "tensorflow", "keras", "lightning", "jsonschema")

#: What only the commands beside pick need.
OTHERS = tuple(
    f"selectmodel.{name}"
    for name in (
        *("gating.judging", "gating.verdict", "gating.bounds", "comparing"),
        *("cycles", "sweeps", "cli.gate", "cli.compare", "cli.rank", "cli.init"),
    )
)


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], ("numpy", "rich.table", *HEAVY)),
        (["pick", "--help"], ("numpy", *HEAVY)),
        (["rules"], ("numpy", *OTHERS, *HEAVY)),
        (["checks"], ("numpy", *OTHERS, *HEAVY)),
        (["pick", "SAMPLE"], ("concurrent", "logging", "numpy.ma", "statistics", *OTHERS, *HEAVY)),
        (["advise", "SAMPLE"], HEAVY),
        (["inspect", "SAMPLE"], HEAVY),
    ],
)
def test_start_up_imports_nothing_heavy(arguments: list[str], unwanted: tuple[str, ...], tmp_path: Path) -> None:
    log = tmp_path / "small.csv"
    log.write_text("epoch,loss,val_loss\n0,1.0,1.1\n1,0.5,0.7\n2,0.2,0.9\n")
    arguments = [str(log) if argument == "SAMPLE" else argument for argument in arguments]
    code = (
        "import sys; from selectmodel.cli.main import run; code = run(sys.argv[1:]);"
        "print('\\n'.join(sys.modules), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.split())
    assert not loaded & set(unwanted)


def test_a_command_that_is_none_is_met_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["gaet"]) == 2
    assert "gate" in capsys.readouterr().err


def test_every_public_name_exists() -> None:
    for name in selectmodel.__all__:
        assert getattr(selectmodel, name) is not None
