"""The package that authors of plug-ins copy: the guide shows its files, and it installs and works as the guide says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from places import ROOT

TEMPLATE = ROOT / "examples" / "plugin-template"
GUIDE = ROOT / "docs" / "how-to" / "plugins.md"
PIPES = "epoch|loss|val_loss\n0|0.9|0.8\n1|0.5|0.6\n2|0.2|0.61\n"


def shown() -> dict[str, str]:
    """The files that the guide shows, by the name on their first line."""
    blocks = re.findall(r"^```\w+\n# ([\w./]+)\n(.*?)^```$", GUIDE.read_text(), flags=re.DOTALL | re.MULTILINE)
    return dict(blocks)


def test_the_guide_shows_every_file_of_the_package_as_it_is() -> None:
    files = {path.relative_to(TEMPLATE).as_posix() for path in TEMPLATE.rglob("*") if path.suffix in (".py", ".toml")}
    assert set(shown()) == files - {"my_selectmodel/__init__.py"}
    for name, text in shown().items():
        assert text == (TEMPLATE / name).read_text(encoding="utf-8"), name


@pytest.mark.heavy
def test_who_has_only_the_guide_builds_installs_and_uses_the_package(tmp_path: Path) -> None:
    """In an empty environment that sees what selectmodel and pytest need, and neither selectmodel nor the plug-ins."""
    package, home = tmp_path / "package", tmp_path / "home"
    for name, text in {**shown(), "my_selectmodel/__init__.py": ""}.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    venv.create(tmp_path / "env", with_pip=True)
    binaries = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"COLUMNS": "200"}

    def done(*line: str) -> str:
        run = subprocess.run(line, cwd=home, env=clean, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    home.mkdir()
    (home / ".git").mkdir()
    python, program = str(binaries / "python"), str(binaries / "selectmodel")
    done(python, "-m", "pip", "install", "--quiet", "--no-deps", str(ROOT), str(package))
    site = Path(done(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    # Behind its own packages; what is installed for development is not followed from here.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (home / "training.pipes").write_text(PIPES)

    listed = done(program, "explain", "plugins")
    assert listed.count("my-selectmodel 0.1  works") == 4
    assert "near_best.within" in done(program, "explain", "near_best")
    picked = done(program, "pick", "training.pipes", "--rule", "near_best", "--set", "near_best.within=0.1")
    assert picked.startswith("Ship epoch 2") and "MY1 few_points: only 3 validations" in picked
    assert "only 3" not in done(program, "pick", "training.pipes", "--set", "checks.few_points.least=3")
    assert done(program, "pick", "training.pipes", "--format", "one_line").startswith("ship epoch 1 by ")
    done(program, "pick", "training.pipes", "-o", "answer.line")
    assert (home / "answer.line").read_text().startswith("ship epoch 1 by ")
    tested = done(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(package / "tests"))
    assert " passed" in tested and sys.executable != python
