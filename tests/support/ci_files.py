"""Runs the jobs that we write as GitHub and GitLab run them: each in a fresh checkout, with what is kept between two.

Steps are run by bash with the environment, the files (GITHUB_OUTPUT, GITHUB_PATH …) and the conditions that they name.
Actions of others are what they do to files: a checkout, a cache and an artifact copy, and nothing else is known.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import warm
import yaml
from places import ROOT


@dataclass
class Ran:
    """What a job left: whether it passed, what each step printed, its outputs and the artifacts, by path."""

    passed: bool = True
    said: dict[str, str] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    artifacts: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Forge:
    """A CI system with what it keeps: ``repository`` is what a checkout copies, ``place`` is the runner's folder."""

    repository: Path
    place: Path
    caches: list[tuple[str, str, dict[str, bytes]]] = field(default_factory=list)
    runs: int = 0

    def fresh(self) -> Path:
        """A new checkout."""
        self.runs += 1
        folder = self.place / f"run{self.runs}"
        shutil.copytree(self.repository, folder)
        return folder

    def tools(self) -> Path:
        """A folder for PATH: our program, and a Python whose pip and venv install nothing but write down what for."""
        folder = self.place / "tools"
        if not folder.exists():
            folder.mkdir(parents=True)
            program = f'#!/bin/sh\nexec {warm.program()} "$@"\n'
            python = (
                '#!/bin/sh\nif [ "$1 $2" = "-m pip" ]; then echo "$@" >> "$PIPS"; exit 0; fi\n'
                f'if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin"; cp "{folder}"/* "$3/bin"; exit 0; fi\nexit 9\n'
            )
            for name, text in (("selectmodel", program), ("python", python), ("python3", python)):
                (folder / name).write_text(text)
                (folder / name).chmod(0o755)
        return folder

    @property
    def pips(self) -> str:
        """What pip was called with, a line each."""
        return (self.place / "pips").read_text()

    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.tools()}:/usr/bin:/bin", "PIPS": str(self.place / "pips"), "HOME": str(self.place),
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "CI": "true",
        }  # fmt: skip


def bash(script: str, where: Path, env: Mapping[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "--noprofile", "--norc", *options, "-c", script],
        cwd=where, env=dict(env), capture_output=True, text=True, check=False,
    )  # fmt: skip


def found(folder: Path, patterns: list[str]) -> dict[str, bytes]:
    """The files that patterns name, in folders too, by path."""
    files = [file for pattern in patterns for hit in folder.glob(pattern.rstrip("/"))
             for file in (hit.rglob("*") if hit.is_dir() else [hit]) if file.is_file()]  # fmt: skip
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def put(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


# --- GitHub ---------------------------------------------------------------------------------------------------------

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
_TOKEN = re.compile(r"'[^']*'|&&|\|\||==|!=|!|[()]|[A-Za-z_][\w.-]*|\s+")
_PYTHON = {"&&": " and ", "||": " or ", "!": " not "}


def evaluated(text: str, context: Mapping[str, Any], workspace: Path, passed: bool = True) -> Any:
    """An expression of a workflow: comparisons, names, ``hashFiles``, ``always``."""
    functions = {
        "hashFiles": lambda *globs: "hash" if found(workspace, list(globs)) else "",
        "always": lambda: True,
        "success": lambda: passed,
    }
    tokens = _TOKEN.findall(text)
    assert "".join(tokens) == text, f"not understood: {text}"
    parts = [
        _PYTHON.get(token) or (f"named[{token!r}]" if token[0].isalpha() and token not in functions else token)
        for token in tokens
    ]
    names = {token: _looked_up(token, context) for token in tokens if token[0].isalpha() and token not in functions}
    return eval("".join(parts).strip(), {"__builtins__": {}, "named": names, **functions})


def _looked_up(name: str, context: Mapping[str, Any]) -> str:
    value: Any = context
    for part in name.split("."):
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    return {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else str(value)


def filled(value: object, context: Mapping[str, Any], workspace: Path) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return _EXPRESSION.sub(lambda found: str(evaluated(found[1].strip(), context, workspace)), text)


def github(
    forge: Forge, workflow: str, *, event: str = "push", inputs: Mapping[str, Any] | None = None, job: str = "gate"
) -> Ran:
    """Runs a job of a workflow that is started by ``event``."""
    parsed = yaml.safe_load(workflow)
    assert event in parsed[True], f"no run for {event}"  # YAML reads "on" as true
    workspace = forge.place / f"workspace{forge.runs}"
    workspace.mkdir()
    ran = Ran()
    context = {
        "github": {"event_name": event, "run_id": str(1000 + forge.runs), "run_attempt": "1"},
        "inputs": dict(inputs or {}), "steps": ran.outputs,
    }  # fmt: skip
    env = {**forge.environment(), "RUNNER_TEMP": str(forge.place / f"temp{forge.runs}")}
    env |= {key: filled(value, context, workspace) for key, value in parsed.get("env", {}).items()}
    _steps(forge, parsed["jobs"][job]["steps"], context, env, workspace, ran)
    return ran


def _steps(
    forge: Forge, steps: list[dict[str, Any]], context: dict[str, Any], env: dict[str, str], where: Path, ran: Ran
) -> None:
    for at, step in enumerate(steps):
        name = step.get("name") or step.get("uses") or str(at)
        # a condition without a word about earlier steps holds only where all of them passed
        condition = str(step.get("if", "success()"))
        wanted = evaluated(condition.removeprefix("${{").removesuffix("}}").strip(), context, where, ran.passed)
        if not wanted or not (ran.passed or "always()" in condition):
            ran.skipped.add(name)
            continue
        own = {**env, **{key: filled(value, context, where) for key, value in step.get("env", {}).items()}}
        if "run" in step:
            _script(step, name, own, env, where, ran)
        else:
            given = {key: filled(value, context, where) for key, value in step.get("with", {}).items()}
            _action(forge, step, given, env, where, ran)


def _script(step: dict[str, Any], name: str, own: dict[str, str], env: dict[str, str], where: Path, ran: Ran) -> None:
    assert "${{" not in step["run"], "what a stranger may name would be run by the shell"
    files = {key: where.parent / f"{where.name}-{key}" for key in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_ENV")}
    for file in files.values():
        file.write_text("")
    summary = {"GITHUB_STEP_SUMMARY": str(where.parent / f"{where.name}-summary.md")}
    options = ("-eo", "pipefail") if step.get("shell") == "bash" else ("-e",)
    done = bash(step["run"], where, {**own, **summary, **{key: str(file) for key, file in files.items()}}, *options)
    ran.said[name] = done.stdout + done.stderr
    ran.passed = ran.passed and done.returncode == 0
    if "id" in step:
        ran.outputs[step["id"]] = {"outputs": pairs(files["GITHUB_OUTPUT"].read_text())}  # type: ignore[dict-item]
    env["PATH"] = ":".join([*files["GITHUB_PATH"].read_text().split("\n")[:-1], env["PATH"]])
    env |= pairs(files["GITHUB_ENV"].read_text())


def pairs(text: str) -> dict[str, str]:
    """What a step wrote for the runner: ``name=value``, or a name and the lines up to a mark."""
    values, lines = {}, iter(text.splitlines())
    for line in lines:
        if marked := re.fullmatch(r"([\w-]+)<<(.+)", line):
            values[marked[1]] = "\n".join(iter(lambda: next(lines), marked[2]))
        else:
            name, _, values[name] = line.partition("=")
    return values


def _action(
    forge: Forge, step: dict[str, Any], given: dict[str, str], env: dict[str, str], where: Path, ran: Ran
) -> None:
    name, paths = step["uses"].partition("@")[0], given.get("path", "").split()
    if name == "actions/checkout":
        shutil.copytree(forge.fresh(), where, dirs_exist_ok=True)
    elif name == "actions/setup-python":
        assert given["python-version"]
    elif name == "actions/cache/restore":
        kept = [(key, files) for key, of, files in reversed(forge.caches) if of == given["path"]]
        prefixes = given.get("restore-keys", "").split()
        hits = [files for key, files in kept if key == given["key"]]
        hits += [files for prefix in prefixes for key, files in kept if key.startswith(prefix)]
        put(where, hits[0] if hits else {})
    elif name == "actions/cache/save":
        assert given["key"] not in {key for key, _, _ in forge.caches}, "a cache is never written twice"
        forge.caches.append((given["key"], given["path"], found(where, paths)))
    elif name == "actions/upload-artifact":
        ran.artifacts |= found(where, paths)
    else:
        assert name.startswith("./"), f"no such action here: {name}"
        _composite(forge, step, given, env, where, ran)


def _composite(
    forge: Forge, step: dict[str, Any], given: dict[str, str], env: dict[str, str], where: Path, ran: Ran
) -> None:
    """An action of this repository: its steps see its own inputs, and its outputs are those it names."""
    home = where / step["uses"]
    action = yaml.safe_load((home / "action.yml").read_text(encoding="utf-8"))
    assert set(given) <= set(action["inputs"]), "an input that the action does not know"
    missing = {key for key, told in action["inputs"].items() if told.get("required")} - set(given)
    assert not missing, missing
    inside = Ran()
    inputs = {key: given.get(key, told.get("default", "")) for key, told in action["inputs"].items()}
    context = {"inputs": inputs, "github": {"action_path": str(home)}, "steps": inside.outputs}
    _steps(forge, action["runs"]["steps"], context, env, where, inside)
    ran.said |= inside.said
    ran.passed = ran.passed and inside.passed
    told = {key: filled(one["value"], context, where) for key, one in action["outputs"].items()}
    ran.outputs[step.get("id", step["uses"])] = {"outputs": told}  # type: ignore[dict-item]


# --- GitLab ---------------------------------------------------------------------------------------------------------


def gitlab(
    forge: Forge, text: str, *, source: str = "push", inputs: Mapping[str, Any] | None = None, **variables: str
) -> Ran:
    """Runs the one job of a file, or of a component that is given ``inputs``."""
    head, _, body = text.rpartition("\n---\n")
    if head:
        body = _interpolated(body, yaml.safe_load(head)["spec"]["inputs"], inputs or {})
    ((name, job),) = yaml.safe_load(body).items()
    where = forge.fresh()
    env = {**forge.environment(), "CI_PIPELINE_SOURCE": source}
    for key, value in job.get("variables", {}).items():
        if isinstance(value, Mapping):
            assert value.get("expand") is False
            env[key] = value["value"]
        else:
            env[key] = re.sub(r"\$(\$|\w+)", lambda hit: "$" if hit[1] == "$" else env.get(hit[1], ""), value)
    env |= variables
    cache = job["cache"]
    put(where, next((files for key, _, files in reversed(forge.caches) if key == cache["key"]), {}))
    done = bash("\n".join(job["script"]), where, env, "-eo", "pipefail")
    ran = Ran(passed=done.returncode == 0, said={name: done.stdout + done.stderr})
    if ran.passed or cache.get("when", "on_success") == "always":
        forge.caches.append((cache["key"], "", found(where, cache["paths"])))
    if ran.passed or job["artifacts"].get("when") == "always":
        ran.artifacts = found(where, [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()])
    return ran


def _interpolated(text: str, known: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    assert set(given) <= set(known)
    values = {}
    for name, asked in known.items():
        told = asked or {}
        assert name in given or "default" in told, f"input {name} is missing"
        value = given.get(name, told.get("default"))
        assert "regex" not in told or re.search(told["regex"], value), f"{name}: {value}"
        values[name] = str(value).lower() if told.get("type") == "boolean" else str(value)
    return re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda hit: values[hit[1]], text)
