"""The wheel and the sdist: complete, nothing beside, and each works in an empty environment on every Python here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from places import ROOT

import selectmodel

pytestmark = pytest.mark.heavy
VERSION = selectmodel.__version__
LOG = ROOT / "sample_logs/keras/overfitting.csv"
RELEASES = ["3.11", "3.12", "3.13", "3.14"]


def run(*command: object, cwd: Path | None = None, code: int = 0) -> str:
    """What a command prints, with nothing of this repository on its path."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    clean |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}  # whose commits are signed, or have hooks
    done = subprocess.run(
        [str(one) for one in command], cwd=cwd, env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Built:
    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Both, the wheel made of the sdist, from what git knows of this repository."""
    pytest.importorskip("build")
    pytest.importorskip("hatchling")
    tree, place = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("dist")
    for name in tracked():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", place, tree)
    return Built(place / f"selectmodel-{VERSION}-py3-none-any.whl", place / f"selectmodel-{VERSION}.tar.gz")


def tracked() -> list[str]:
    """The files of the repository, those not yet added too."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("only git knows what belongs to the repository")
    asked = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).exists()]


def test_the_wheel_holds_the_package_and_nothing_else(built: Built) -> None:
    held = set(zipfile.ZipFile(built.wheel).namelist())
    package = {name for name in tracked() if name.startswith("selectmodel/")}
    beside = {name for name in held if not name.startswith("selectmodel/")}
    assert held - beside == package
    info = f"selectmodel-{VERSION}.dist-info"
    assert beside == {
        f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    }
    assert {"selectmodel/py.typed", "selectmodel/policy.schema.json", "selectmodel/__init__.pyi"} <= package


def test_the_sdist_holds_the_repository(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames() if not archive.getmember(name).isdir()}
    assert held == {*tracked(), "PKG-INFO"}


def test_the_tests_run_in_the_sdist(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    tree = tmp_path / f"selectmodel-{VERSION}"
    quiet = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    assert " tests collected" in run(*quiet, "--collect-only", "-m", "", cwd=tree)
    kinds = ["tests/packaging", "tests/policy/test_policy_schema.py", "tests/commands/gate/test_promote.py"]
    assert " passed" in run(*quiet, *kinds, cwd=tree)


def interpreter(release: str) -> str:
    """A Python of this release that runs: on PATH, or of pyenv, which hides those that are not chosen."""
    kept = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    asked = [sys.executable, shutil.which(f"python{release}"), *sorted(kept.glob(f"{release}.*/bin/python"))]
    code = "import sys; print('.'.join(map(str, sys.version_info[:2])), sys._base_executable)"
    for one in filter(None, asked):
        done = subprocess.run([str(one), "-c", code], capture_output=True, text=True, check=False)
        told = done.stdout.split(maxsplit=1)
        if done.returncode == 0 and told[0] == release:
            return told[1].strip()
    pytest.skip(f"Python {release} is not here")


def environment(place: Path, python: str, what: Path, *options: str) -> Path:
    """An environment with nothing in it but a distribution and what it needs; its programs."""
    pytest.importorskip("uv")
    uv = [sys.executable, "-m", "uv"]
    run(*uv, "venv", "--quiet", "--python", interpreter(python), place / "venv")
    programs = place / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(*uv, "pip", "install", "--quiet", "--python", programs / "python", *options, what)
    return programs


def works(programs: Path, place: Path) -> None:
    """What every installation must do."""
    program = programs / "selectmodel"
    assert run(program, "--version", cwd=place) == f"selectmodel {VERSION}\n"
    assert run(program, "pick", LOG, cwd=place).startswith("Ship epoch ")
    assert run(program, "explain", "plugins", cwd=place)
    assert "val_loss" in run(program, "gate", LOG, "--max", "val_loss=9", "-o", "gate.html", cwd=place)
    code = (
        "import selectmodel, importlib.resources as r, importlib.metadata as m; "
        "assert (r.files('selectmodel') / 'py.typed').is_file(); "
        "assert m.version('selectmodel') == selectmodel.__version__; "
        "[getattr(selectmodel, name) for name in selectmodel.__all__]; "
        f"print(selectmodel.recommend(selectmodel.read({str(LOG)!r})).recommended.epoch, selectmodel.__file__)"
    )
    told = run(programs / "python", "-c", code, cwd=place).split()
    assert float(told[0]) >= 0 and Path(told[1]).is_relative_to(programs.parent)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_it_installs_where_nothing_is(kind: str, release: str, built: Built, tmp_path: Path) -> None:
    works(environment(tmp_path, release, getattr(built, kind)), tmp_path)


def test_it_works_with_the_oldest_of_all_it_needs(built: Built, tmp_path: Path) -> None:
    works(environment(tmp_path, RELEASES[0], built.wheel, "--resolution", "lowest-direct"), tmp_path)


def test_the_hook_is_installed_and_run_by_pre_commit(built: Built, tmp_path: Path) -> None:
    """From the repository, as pre-commit does it, which knows no index for us."""
    pytest.importorskip("pre_commit")
    git = ("git", "-c", "user.name=us", "-c", "user.email=us@us.example")
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (tmp_path / f"selectmodel-{VERSION}").rename(ours)
    theirs.mkdir()
    (theirs / "selectmodel.toml").write_text('metric = "val_loss"\n')
    for place in (ours, theirs):
        run("git", "init", "--quiet", cwd=place)
        run("git", "add", "--all", cwd=place)
        run(*git, "commit", "--quiet", "--message", "all", cwd=place)
    hook = [sys.executable, "-m", "pre_commit", "try-repo", ours, "selectmodel-policy", "--all-files"]
    assert "Passed" in run(*hook, cwd=theirs)
    (theirs / "selectmodel.toml").write_text('metrik = "val_loss"\n')
    assert "did you mean metric" in run(*hook, cwd=theirs, code=1)
