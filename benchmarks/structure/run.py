"""What the package looks like from outside: rooms, floors, imports that run up, sizes of files and functions.

    python benchmarks/structure/run.py [--package selectmodel] [--write]

Reads the source as text and runs none of it. ``--write`` puts the table into results.md beside this file. The floors
are those of the import contract in pyproject.toml; imports under ``if TYPE_CHECKING`` count unless said otherwise.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=Path, default=ROOT / "selectmodel")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    page = "\n".join(
        ["| what | number |", "|---|--:|", *(f"| {name} | {value} |" for name, value in measured(given.package))]
    )
    print(page)
    if given.write:
        (HERE / "results.md").write_text(f"# The structure of the package\n\n{page}\n", encoding="utf-8")


def measured(package: Path) -> Iterator[tuple[str, str]]:
    """Each row of the table."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(package.rglob("*.py"))}
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in trees}
    sizes = sorted(size for tree in trees.values() for size in functions(tree))
    modules = {module_of(path, package): tree for path, tree in trees.items()}
    imports = {name: imported(tree, modules, package.name) - {name} for name, tree in modules.items()}
    floors = contract()
    yield "modules, lines", f"{len(trees)}, {sum(lines.values()):,}"
    yield (
        "files and folders in the root",
        f"{len(list(package.glob('*.py')))} + {len({p.parent for p in trees if p.parent.parent == package})}",
    )
    yield "floors", str(len(floors))
    yield "imports that run up or along a floor", str(len(list(against(imports, floors))))
    for tree in trees.values():
        without_typing(tree)
    running = {name: imported(tree, modules, package.name) - {name} for name, tree in modules.items()}
    yield (
        "modules in import cycles: as it runs, for typing too",
        f"{len(in_cycles(running))}, {len(in_cycles(imports))}",
    )
    yield "longest file", f"{max(lines.values())} lines"
    yield (
        "functions: median, nine tenths, longest",
        f"{statistics.median(sizes):.0f}, {sizes[len(sizes) * 9 // 10]}, {sizes[-1]} lines",
    )
    names = Counter(node.name for tree in trees.values() for node in tree.body if isinstance(node, ast.ClassDef))
    yield "public class names that stand more than once", str(sum(n > 1 for name, n in names.items() if name[0] != "_"))


def functions(tree: ast.Module) -> Iterator[int]:
    """Lines of each function's body, its docstring left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            yield (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def without_typing(tree: ast.Module) -> None:
    """Empties the blocks that only type checkers read: an answer and its screen name each other there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = [ast.Pass()]


def module_of(path: Path, package: Path) -> str:
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.Module, modules: dict[str, ast.Module], package: str) -> set[str]:
    """The modules of the package that one imports, at any depth of nesting."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {name for name in inner if name.removeprefix(f"{package}.") in modules} or {node.module}
    return {name.removeprefix(package).removeprefix(".") for name in names if name.split(".")[0] == package} & set(
        modules
    )


def contract() -> list[set[str]]:
    """The floors, the top one first, as the import contract lists them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(one["layers"] for one in contracts if one.get("containers") == ["selectmodel"])
    return [{name.strip() for name in layer.split("|")} for layer in layers]


def against(imports: dict[str, set[str]], floors: list[set[str]]) -> Iterator[tuple[str, str]]:
    height = {room: -number for number, rooms in enumerate(floors) for room in rooms}
    for name, others in imports.items():
        room = name.split(".")[0]
        for other in others:
            target = other.split(".")[0]
            if target != room and room in height and (target not in height or height[target] >= height[room]):
                yield name, other


def in_cycles(imports: dict[str, set[str]]) -> set[str]:
    """The modules that can be reached from themselves."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(imports[start])
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += imports[name]
        return seen

    return {name for name in imports if name in reached(name)}


if __name__ == "__main__":
    main()
