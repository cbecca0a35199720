"""Installs the plug-in packages of tests/plugins as pip would: modules and declarations, without a build."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

from places import ROOT

PLUGINS = ROOT / "tests" / "plugins"


def install(package: str, target: Path) -> None:
    """Puts one of the packages below tests/plugins into ``target``, a folder of installed packages."""
    home = PLUGINS / package
    project = tomllib.loads((home / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for module in home.glob("*_selectmodel"):
        shutil.copytree(module, target / module.name, ignore=shutil.ignore_patterns("__pycache__"))
    info = target / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    (info / "entry_points.txt").write_text("\n".join(entry_points(project["entry-points"])))


def entry_points(groups: dict[str, dict[str, str]]) -> list[str]:
    """The lines of ``entry_points.txt``."""
    return [
        line
        for group, points in groups.items()
        for line in (f"[{group}]", *(f"{name} = {module}" for name, module in points.items()), "")
    ]
