"""The job that ``init`` writes for a CI system: it installs selectmodel, judges the log, and keeps the baseline."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from selectmodel.display.escaping import visible
from selectmodel.errors import UsageError
from selectmodel.version import __version__

_INSTALLED = """\
{margin}# What pip installs: a wheel that lies here, made by: pip wheel --no-deps --wheel-dir . FOLDER_OF_ITS_REPOSITORY
{margin}# or its repository, git+https://…; once a package index that you use has it: selectmodel=={version}
"""
_GITHUB = """\
# Judges the trained model by selectmodel.toml; written by selectmodel init.
name: model gate
on:
  pull_request:
  push:
    branches: [main, master]
  workflow_dispatch:
    inputs:
      promote:
        description: If the model passes, make it the baseline of the next ones
        type: boolean
        default: false
permissions:
  contents: read
env:
{installed}  SELECTMODEL: {package}
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install selectmodel
        run: python -m pip install --quiet -- "$SELECTMODEL"
      - name: Check the policy
        run: selectmodel init --check
      # The baseline of an earlier run, unless production.json is in git. GitHub deletes a cache that nobody read for 7
      # days; what must outlive that belongs in git.
      - name: Bring back the baseline
        if: hashFiles('production.json') == ''
        uses: actions/cache/restore@v4
        with:
          path: |
            production.json
            production.history.jsonl
          key: selectmodel-baseline-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
          restore-keys: selectmodel-baseline-
      - name: Judge the model
        env:
          LOG: {log}
          PROMOTE: ${{{{ inputs.promote }}}}
        run: |
          if [ "$PROMOTE" = true ]; then set -- --promote; fi
          selectmodel gate "$@" --format github --force -o gate.xml -o gate.md -o gate.json -- "$LOG"
      # Not by a pull request: the baseline is that of the branch it wants to get into.
      - name: Keep the baseline for the next run
        if: github.event_name != 'pull_request' && hashFiles('production.json') != ''
        uses: actions/cache/save@v4
        with:
          path: |
            production.json
            production.history.jsonl
          key: selectmodel-baseline-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
      - name: Keep the reports, also of a gate that says no
        if: always()
        uses: actions/upload-artifact@v4
        with:
          name: gate
          path: |
            gate.*
            production.json
            production.history.jsonl
"""
_GITLAB = """\
# Judges the trained model by selectmodel.toml; written by selectmodel init.
# Name this file in .gitlab-ci.yml:
#   include:
#     - local: .gitlab/selectmodel.yml
gate:
  image: python:3.12
  variables:
{installed}    SELECTMODEL:
      value: {package}
      expand: false
    LOG:
      value: {log}
      expand: false
    # "true", as a variable of a pipeline that is started by hand: a model that passes becomes the baseline.
    PROMOTE: "false"
  # The baseline of an earlier pipeline. A cache may be deleted at any time; what must outlive that belongs in git.
  cache:
    key: selectmodel-baseline
    paths:
      - .selectmodel-baseline/
    when: on_success
  script:
    - python -m pip install --quiet -- "$SELECTMODEL"
    - selectmodel init --check
    - if [ ! -e production.json ] && [ -e .selectmodel-baseline/production.json ]; then cp .selectmodel-baseline/* .; fi
    - if [ "$PROMOTE" = true ]; then set -- --promote; fi
    - selectmodel gate "$@" --force -o gate.xml -o gate.md -o gate.json -o gate.prom -- "$LOG"
    # Not by a merge request: the baseline is that of the branch it wants to get into.
    - |
      if [ -e production.json ] && [ "$CI_PIPELINE_SOURCE" != merge_request_event ]; then
        mkdir -p .selectmodel-baseline
        cp production.json .selectmodel-baseline/
        if [ -e production.history.jsonl ]; then cp production.history.jsonl .selectmodel-baseline/; fi
      fi
  artifacts:
    when: always
    paths:
      - gate.*
      - production.json
      - production.history.jsonl
    reports:
      junit: gate.xml
      metrics: gate.prom
"""
_DVC = """\
# Judges the trained model by selectmodel.toml; written by selectmodel init. Run it: dvc repro gate
# A verdict is in git with the rest: production.json, where the policy names one as the baseline, belongs there too.
stages:
  gate:
    cmd: {command}
    deps:
      - {log}
      - selectmodel.toml
    outs:
      - gate.md:
          cache: false
    metrics:
      - gate.json:
          cache: false
"""


@dataclass(frozen=True, slots=True)
class System:
    """A CI system: the file that its job stands in, the job's text for a log and a package, and what is left to do."""

    file: str
    text: Callable[[str, str], str]
    then: str = ""
    installs: bool = True


def job(system: System, log: str, package: str) -> str:
    """The text of the job. Raises UsageError for a log or a package whose name cannot stand in it."""
    for flag, name in (("LOG", log), ("--package", package)):
        if "${" in name or visible(name, None) != name:
            raise UsageError(f"init: {flag} {visible(name)} cannot stand in a workflow file; rename it")
    return system.text(log, package)


def _installed(indent: int) -> str:
    return _INSTALLED.format(margin=" " * indent, version=__version__)


def _github(log: str, package: str) -> str:
    return _GITHUB.format(log=json.dumps(log), package=json.dumps(package), installed=_installed(2))


def _gitlab(log: str, package: str) -> str:
    return _GITLAB.format(log=json.dumps(log), package=json.dumps(package), installed=_installed(4))


def _dvc(log: str, package: str) -> str:
    command = f"selectmodel gate --force -o gate.md -o gate.json -- {shlex.quote(log)}"
    return _DVC.format(command=json.dumps(command), log=json.dumps(log))


#: What ``--ci`` names. A file of GitLab's own is not touched: it belongs to all jobs.
SYSTEMS: Mapping[str, System] = {
    "github": System(".github/workflows/selectmodel.yml", _github),
    "gitlab": System(
        ".gitlab/selectmodel.yml", _gitlab, "name it in .gitlab-ci.yml: include: [{local: .gitlab/selectmodel.yml}]"
    ),
    "dvc": System("dvc.yaml", _dvc, "run it: dvc repro gate", installs=False),
}
