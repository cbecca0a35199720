"""The server as agents meet it: started over standard input and output, and asked by the protocol's own client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cli import command
from places import SAMPLES

LOG = "epoch,loss,val_loss\n0,1.0,1.1\n1,0.5,0.7\n2,0.2,0.9\n"
NAMED = 'epoch,loss,"val_loss\x1b[2J"\n0,1.0,1.1\n1,0.5,0.7\n2,0.2,nan\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "odd.csv").write_text(NAMED)
    return tmp_path


def asked(root: Path, ask: Callable[[Any], Awaitable[None]]) -> None:
    """Starts a server of ``root`` and hands a client of it to ``ask``."""
    anyio = pytest.importorskip("anyio")
    mcp = pytest.importorskip("mcp")
    server = mcp.StdioServerParameters(
        command=sys.executable, args=["-m", "selectmodel", "mcp", "--root", str(root)], env=dict(os.environ)
    )

    async def main() -> None:
        async with mcp.Client(mcp.stdio_client(server)) as client:
            await ask(client)

    anyio.run(main)


def said(result: Any) -> str:
    return str(result.content[0].text)


@pytest.mark.heavy
def test_tools_are_listed_and_answer_as_the_command_line_does(root: Path) -> None:
    async def ask(client: Any) -> None:
        listed = (await client.list_tools()).tools
        assert [one.name for one in listed] == [
            *("pick", "inspect", "compare", "rank", "gate", "next", "advise", "explain")
        ]
        assert all(one.annotations.read_only_hint and one.output_schema for one in listed)
        picked = await client.call_tool("pick", {"log": "log.csv", "metric": "val_loss:min"})
        assert not picked.is_error
        assert json.loads(said(picked)) == picked.structured_content
        line = [sys.executable, "-m", "selectmodel", "pick", "--format=json", "--metric=val_loss:min", "log.csv"]
        printed = subprocess.run(line, cwd=root, capture_output=True, check=True).stdout
        assert picked.structured_content == json.loads(printed)

    asked(root, ask)


@pytest.mark.heavy
def test_every_tool_gives_an_answer_that_its_schema_describes() -> None:
    """The client refuses one that does not."""
    calls: dict[str, dict[str, Any]] = {
        "pick": {"log": "keras/overfitting.csv", "val_size": 1000},
        "inspect": {"log": "keras/nan.csv"},
        "compare": {"logs": ["cycles/cycle1.csv", "cycles/cycle2.csv"]},
        "rank": {"paths": ["sweep"], "top": 3},
        "gate": {"log": "keras/clean.csv", "min": ["val_accuracy=0.999"], "checkpoint": "never"},
        "next": {"log": "keras/overfitting.csv"},
        "advise": {"log": ["keras/overfitting.csv"]},
        "explain": {"name": "plugins"},
    }

    async def ask(client: Any) -> None:
        await client.list_tools()
        for name, arguments in calls.items():
            result = await client.call_tool(name, arguments)
            assert not result.is_error or name == "next", said(result)
            assert result.is_error or result.structured_content["command"] in (name, "plugins")
        verdict = await client.call_tool("gate", calls["gate"])
        assert verdict.structured_content["verdict"] == "fail"
        assert verdict.meta["selectmodel/exit_code"] == 1

    asked(SAMPLES, ask)


@pytest.mark.heavy
def test_what_is_wrong_is_a_sentence_and_an_exit_code_and_the_server_goes_on(root: Path) -> None:
    async def ask(client: Any) -> None:
        for name, arguments, sentence, code in (
            ("pick", {"log": "lag.csv"}, "lag.csv: no such file or folder; did you mean log.csv?", 3),
            ("pick", {"log": "log.csv", "metric": "val_los"}, "did you mean --metric val_loss", 2),
            ("pick", {"log": "log.csv", "rule": 7}, "rule: 7 is not of type 'string'", 2),
            ("pick", {"log": "/etc/passwd"}, "the only folder that is read here", 2),
            ("prune", {"log": "log.csv"}, "there is no such tool", 2),
            ("explain", {"name": "SM2O1"}, "SM2", 2),
        ):
            result = await client.call_tool(name, arguments)
            assert result.is_error and result.structured_content is None
            assert sentence in said(result) and f"(exit code {code}: " in said(result), said(result)
            assert result.meta["selectmodel/exit_code"] == code
        odd = await client.call_tool("pick", {"log": "odd.csv"})
        assert "\x1b" not in json.dumps(odd.structured_content, ensure_ascii=False)
        assert r"val_loss\x1b[2J" in said(odd).replace("\\\\", "\\")
        assert not (await client.call_tool("pick", {"log": "log.csv"})).is_error

    asked(root, ask)


@pytest.mark.heavy
def test_a_call_that_is_cancelled_is_stopped_and_the_server_goes_on(root: Path) -> None:
    """A million rows are read for longer than it takes to look for the process."""
    anyio = pytest.importorskip("anyio")
    rows = "".join(f"{epoch},0.5,{1 + epoch % 7}\n" for epoch in range(1_000_000))
    (root / "long.csv").write_text("epoch,loss,val_loss\n" + rows)
    proc = Path("/proc")
    if not proc.exists():
        pytest.skip("processes are looked up in /proc")

    def working() -> list[str]:
        lines = []
        for entry in proc.glob("[0-9]*/cmdline"):
            try:
                words = entry.read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            lines += [entry.parent.name] if "selectmodel.mcp" in words and str(root) in words else []
        return lines

    async def until(wanted: bool) -> None:
        with anyio.fail_after(60):
            while bool(working()) != wanted:
                await anyio.sleep(0.02)

    async def ask(client: Any) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "pick", {"log": "long.csv"})
            await until(True)
            group.cancel_scope.cancel()
        await until(False)
        assert not (await client.call_tool("pick", {"log": "log.csv"})).is_error

    asked(root, ask)


def test_without_the_package_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from selectmodel.mcp import server

    def missing(name: str) -> str:
        raise server.PackageNotFoundError(name)

    monkeypatch.setattr(server, "version", missing)
    done = command(capsys, "mcp")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"error: {server.MISSING}\n" and "pip install 'selectmodel[mcp]'" in done.err
    monkeypatch.setattr(server, "version", lambda name: "1.9.4")
    assert "(version 1.9.4 is installed)" in command(capsys, "mcp").err


def test_a_root_that_is_no_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = command(capsys, "mcp", "--root", tmp_path / "nowhere")
    assert done.code == 2 and done.err.endswith("nowhere: is no folder\n")
