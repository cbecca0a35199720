"""Names of metrics, runs and checkpoints are somebody else's text, and every output shows them harmlessly.

The numbers beside them are still right. What is promised of each format is checked by a parser of that format.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import math
import re
import struct
import sys
import unicodedata
from collections.abc import Sequence
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import slow_events as slow
from cli import command
from markdown_it import MarkdownIt

import selectmodel as sm
from selectmodel import registry
from selectmodel.charts import vega
from selectmodel.cli import output
from selectmodel.display.style import Style
from selectmodel.readers.tfevents.crc import crc32c
from selectmodel.records import Run, Series

VALUES = (0.9, 0.7, 0.5, 0.4, 0.55, 0.6)
NAMES = {
    "script": "</script><script>alert(1)</script>",
    "attribute": "\" onload='x' style=\"x",
    "formula": '=HYPERLINK("http://x.example","click")',
    "formula after blanks": "  =1+1",
    "plus": "+1+1",
    "minus": "-1+1|cmd",
    "title of the terminal": "\x1b]0;owned\x07",
    "colour": "\x1b[31mred\x9b32m",
    "command of a CI runner": "::error::x",
    "command after blanks": "  ::add-mask::val",
    "command in words": "aaa ::set-output name=x::y " + "bbb ::error::z " * 20,
    "command after a fold": "a" * 39 + "::error::x",
    "old command": "##[error]x",
    "command on a second line": "a\n::error::x\r\n##[group]y",
    "mention": "@org/team",
    "cell": "a|b",
    "path": "../../x",
    "markup": "[bold red]x[/] [link=http://x.example]y[/link] :boom: <!-- -->",
    "right to left": "\u202egnp.exe\u2066\u200b",
    "line separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "surrogate": "a\udcffb",
    "blanks": "   ",
    "tabs": "\ta\tb",
    "percent": "100% {name} %s {0} \\n",
    "comma and quote": 'a,"b",c',
    "number": "0.123",
}
LONG = {"nothing": "", "very long": "x" * 200_000, "many words": "::error:: " * 10_000}
FORMATS = [name for name in registry.names("reports") if not registry.load("reports", name).binary]
FOR_GATES = tuple(name for name in FORMATS if registry.load("reports", name).kinds == ("gate",))
csv.field_size_limit(10_000_000)


class Page(HTMLParser):
    """Refuses what the page should not hold: only scripts that its policy names run, and nothing is loaded."""

    TAGS = ("html", "head", "meta", "title", "body", "style", "script", "noscript", "main", "header", "section", "h1",
            "h2", "p", "dl", "div", "dt", "dd", "figure", "figcaption", "label", "input", "table", "thead", "tbody",
            "tr", "th", "td", "pre", "code", "span", "footer", "details", "summary")  # fmt: skip
    ATTRIBUTES = ("lang", "charset", "http-equiv", "content", "name", "class", "id", "type", "style", "scope", "role",
                  "tabindex", "aria-label", "data-value", "data-spec")  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.policy, self.inside = "", ""
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert tag in self.TAGS
        assert given.keys() <= set(self.ATTRIBUTES)
        assert re.fullmatch(r"[-a-z0-9#:;. ]*", given.get("style") or "")
        if "http-equiv" in given:
            self.policy = given["content"] or ""
        self.inside = {"script": given.get("type") or "run", "style": "style"}.get(tag, "text")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "application/json":
            json.loads(data, parse_constant=pytest.fail)
        elif self.inside in ("run", "style") and "unsafe" not in self.policy:
            assert f"'{named(data)}'" in self.policy, data[:200]
            return
        self.seen.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def named(script: str) -> str:
    """A script or a style as the policy of a page names it."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"sha256-{digest}"


@cache
def library() -> str:
    """How a page names the script that draws charts, in which nothing is to be obeyed either."""
    assert obeyed(vega.scripts().replace("\t", "")) == []
    return named(vega.scripts())


def without_library(page: str) -> str:
    """A page without the script that draws its charts, which is the same in all and most of what they hold."""
    if not vega.installed():
        return page
    head, script, rest = page.partition(vega.scripts())
    assert not script or f"&#39;{library()}&#39;" in head
    return head + rest


def obeyed(text: str) -> list[str]:
    """The characters of ``text`` that a terminal would obey, and the lines that a CI runner would."""
    characters = [c for c in set(text) if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    if "::" not in text and "##[" not in text:  # most pages are long
        return characters
    return characters + [line for line in text.splitlines() if line[:100].lstrip().startswith("::") or "##[" in line]


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


OURS = re.compile(r"::(error|warning|notice) title=selectmodel gate[^:,\n]*::[^\n]*")


def check_markdown(text: str) -> None:
    """No mention, no link, no markup but our own; every row of a table has the cells of its header."""
    assert len(text) <= 65_536
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for token in tokens:
        assert token.type not in ("html_block", "fence", "hr", "blockquote_open", "bullet_list_open"), token
        outside = True
        for inner in token.children or []:
            assert inner.type not in ("link_open", "image", "code_inline", "em_open"), inner
            if inner.type == "html_inline":
                assert inner.content in ("<code>", "</code>")
                outside = inner.content == "</code>"
            elif outside and inner.type == "text":
                assert not re.search(r"[@#<>|`]|www\.|://", inner.content), inner.content
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in rows}) <= 1


def check_junit(text: str) -> None:
    suites = ElementTree.fromstring(text)
    cases = list(suites.iter("testcase"))
    assert int(suites.attrib["tests"]) == len(cases)
    assert {element.tag for element in suites.iter()} <= {
        "testsuites", "testsuite", "properties", "property", "testcase", "system-out", "failure", "error", "skipped",
    }  # fmt: skip


def check_openmetrics(text: str) -> None:
    *lines, end = text.splitlines()
    assert end == "# EOF"
    label = r'\{(condition|metric)="(?:[^"\\\n]|\\[\\"n]|\\x[0-9a-f]{2})*"\}'
    for line in lines:
        assert re.fullmatch(rf"# TYPE [a-z_]+ gauge|[a-z_]+({label})? [-+0-9.e]+", line), line


@cache
def writes_tabs(form: str) -> bool:
    """Whether a format has tabs of its own, as the scripts of a page do, whatever names hold."""
    kind = registry.load("reports", form)
    if kind.kinds is not None and "pick" not in kind.kinds:
        return False
    plain = Series.of("val_loss", range(6), range(6), VALUES)
    answer = sm.recommend(Run("plain", "plain", "plain", {"val_loss": plain}))
    return "\t" in kind.render(answer, Style())


def check(form: str, text: str) -> None:
    """What every output of a format promises."""
    if form == "github":
        text, own = "", text
        for line in own.splitlines():
            assert OURS.fullmatch(line) or not line.lstrip().startswith("::"), line
            text += "" if OURS.fullmatch(line) else f"{line}\n"
        assert "##[" not in own
    if form == "html":
        text = without_library(text)
        page = Page()
        page.feed(text)
        page.close()
        assert "\t" not in "".join(page.seen)
    if writes_tabs(form):
        text = text.replace("\t", "")
    assert obeyed(text) == []
    if form == "text":
        assert len(text) < 100_000
    elif form in ("json", "jsonl"):
        for document in text.splitlines() if form == "jsonl" else [text]:
            json.loads(document, parse_constant=pytest.fail)
    elif form == "md":
        check_markdown(text)
    elif form == "xml":
        check_junit(text)
    elif form == "openmetrics":
        check_openmetrics(text)
    elif form == "csv":
        rows = list(csv.reader(io.StringIO(text), strict=True))
        assert len({len(row) for row in rows}) == 1
        for cell in (cell for row in rows for cell in row):
            assert is_number(cell) or not cell.strip().startswith(("=", "+", "-", "@", "::"))


def shown(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0, page: bool = True) -> dict[str, str]:
    """The output of a command in each format, checked; ``page``: in HTML too, whose charts take most of the time.

    The command runs once, and what it delivers is delivered in the other formats, too.
    """
    found = {}
    forms = [form for form in FORMATS if arguments[0] == "gate" or form not in FOR_GATES]
    deliver = output.deliver

    def in_each(answer: Any, format: str, files: Sequence[Path], **more: Any) -> None:
        said = capsys.readouterr().err
        for form in [form for form in forms if page or form != "html"]:
            deliver(answer, form, [], verbose=more["verbose"], complained=more.get("complained", False))
            found[form], beside = capsys.readouterr()
            assert not beside
        print(said, end="", file=sys.stderr)
        deliver(answer, format, files, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(output, "deliver", in_each)
        done = command(capsys, *arguments, "--format", "json")
    assert done.code == code, done.err[:500]
    assert obeyed(done.err) == [] and done.out == found["json"]
    for form, text in found.items():
        check(form, text)
    for form in set(FORMATS) - set(forms):
        assert command(capsys, *arguments, "--format", form).code == 2
    return found


@pytest.mark.parametrize("name", (NAMES | LONG).values(), ids=(NAMES | LONG).keys())
def test_metric_names(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Monitored, beside the monitored one, and where the user must choose. A tag that is not UTF-8 cannot be logged."""
    content = slow.version()
    tag = name.encode("utf-8", "replace").decode()
    for step, value in enumerate(VALUES):
        content += slow.scalar(tag, step, value) if len(tag) < 1000 else fast_scalar(tag, step, value)
        content += slow.scalar("val_loss", step, 1 - value)
    log = tmp_path / "events.out.tfevents.1700000000.host.7.0"
    log.write_bytes(content)
    pages = shown(capsys, "pick", log, f"--metric={tag}:min", "--checkpoints", "off")
    assert pages["text"].startswith("Ship step 3")
    assert " 0.400" in pages["text"]
    answer = json.loads(pages["json"])
    assert answer["metric"]["name"] == tag
    assert answer["recommended"]["values"][tag] == pytest.approx(0.4)
    assert answer["recommended"]["step"] == 3
    beside = json.loads(command(capsys, "pick", log, "--format", "json").out)["recommended"]
    assert beside["step"] == 0
    assert beside["values"]["val_loss"] == pytest.approx(0.1)
    if tag:
        for bound, code in (0.5, 0), (0.3, 1):
            arguments = (f"--metric={tag}:min", f"--max={tag}={bound}", "--checkpoints", "off")
            judged = json.loads(shown(capsys, "gate", log, *arguments, code=code, page=code == 1)["json"])
            assert judged["conditions"][-1]["value"] == pytest.approx(0.4)
            assert judged["conditions"][-1]["metric"] == tag
    inspected = shown(capsys, "inspect", log)
    points = {metric["name"]: metric["points"] for metric in json.loads(inspected["json"])["metrics"]}
    assert [value for *_, value in points[tag]] == pytest.approx(VALUES)
    rows = list(csv.reader(io.StringIO(inspected["csv"])))[1:]
    assert sum(float(row[-1]) for row in rows) == pytest.approx(len(VALUES))
    done = command(capsys, "pick", log, f"--metric={tag[:1000]}x:min")
    assert (done.code, obeyed(done.err)) == (2, [])


def fast_scalar(tag: str, step: int, number: float) -> bytes:
    """``slow.scalar`` for a tag of a megabyte, whose checksum would take it seconds."""
    data = slow.event(step, slow.value(tag, slow.float_field(2, number)))
    checksum = crc32c(data)
    masked = ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", slow.masked(length)) + data + struct.pack("<I", masked)


TABLE = "epoch,loss,val_loss\n" + "".join(f"{at},{at},{value}\n" for at, value in enumerate(VALUES))
IN_FILES = {key: name.replace("/", "\u2215")[:120] for key, name in NAMES.items()}


@pytest.mark.parametrize("name", IN_FILES.values(), ids=IN_FILES.keys())
def test_names_of_runs(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (name, "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "metrics.csv").write_text(TABLE)
    done = command(capsys, "pick", tmp_path)
    assert (done.code, obeyed(done.err)) == (2, [])
    for command_name in ("pick", "inspect"):
        pages = shown(capsys, command_name, tmp_path, f"--run={name}", page=command_name == "inspect")
        assert json.loads(pages["json"])["run"]["name"] == name
    record = tmp_path / f"{name}.json"
    assert command(capsys, "pick", tmp_path, f"--run={name}", "--record", record).code == 0
    against = ("--baseline", record, "--max-worse", "val_loss=0", "--data-id", name)
    for more, code in (("--max", "val_loss=1"), 0), (("--max", "val_loss=0.1"), 1), (against, 2):
        pages = shown(capsys, "gate", tmp_path, f"--run={name}", *more, code=code, page=code == 2)
        assert json.loads(pages["json"])["run"]["name"] == name
        assert json.loads(pages["json"])["recommended"]["values"]["val_loss"] == 0.4
    record.write_text("{")
    shown(capsys, "gate", tmp_path, f"--run={name}", *against, code=3, page=False)
    assert shown(capsys, "pick", tmp_path / name, page=False)["text"].startswith("Ship epoch 3")
    (tmp_path / name / "metrics.csv").write_text(TABLE + "6,1\n7,1,9")  # with notes that name the file
    pages = shown(capsys, "pick", tmp_path, f"--run={name}")
    assert "SM102" in pages["text"] and "SM101" in pages["text"]
    done = command(capsys, "pick", tmp_path, f"--run={name}x")
    assert (done.code, obeyed(done.err)) == (2, [])
    (tmp_path / name / "metrics.csv").write_text("")
    done = command(capsys, "pick", tmp_path / name / "metrics.csv")
    assert (done.code, obeyed(done.err), done.err.count("\n")) == (3, [], 1)


#: A name with numbers of its own says another epoch or value, which is another matter.
WITHOUT_NUMBERS = {key: name for key, name in IN_FILES.items() if not re.search("[0-9]", name)}


@pytest.mark.parametrize("name", WITHOUT_NUMBERS.values(), ids=WITHOUT_NUMBERS.keys())
def test_names_of_checkpoints(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.csv"
    log.write_text(TABLE)
    folder = tmp_path / "ckpt"
    folder.mkdir()
    (folder / f"{name}.epoch=4.ckpt").write_bytes(b"w")
    (folder / f"{name}.epoch=5.ckpt").write_bytes(b"")
    pages = shown(capsys, "pick", log, "--checkpoints", folder)
    assert json.loads(pages["json"])["recommended"]["values"]["val_loss"] == 0.4
    assert pages["text"].startswith("Ship epoch 3")
    assert str(folder) in json.loads(pages["json"])["recommended"]["checkpoint"]
    shown(capsys, "inspect", log, "--checkpoints", folder)
    shown(capsys, "gate", log, "--checkpoints", folder, "--max", "val_loss=0.5", page=False)
    (folder / f"{name}.epoch=4-v1.ckpt").write_bytes(b"w")
    done = command(capsys, "pick", log, "--checkpoints", folder)
    assert (done.code, obeyed(done.err), done.err.count("\n")) == (2, [], 3)


def test_hostile_words_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.csv"
    log.write_text(TABLE)
    for name in (NAMES | {"long": "y" * 100_000}).values():
        for flag in ("--rule", "--set", "--policy", "--format", "--index", "--run", "--metric", "--checkpoints", "-o"):
            done = command(capsys, "pick", log, flag, name)
            assert done.code in (2, 3), (flag, name)
            assert obeyed(done.err) == []
            assert len(done.err) < 20_000
        for arguments in (["explain", "--", name], ["--", name], [name]):
            done = command(capsys, *arguments)
            assert done.code in (2, 3), arguments
            assert obeyed(done.err) == []


def test_numbers_are_no_formulas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A negative number is left as it is; what begins with a sign and is text is not."""
    log = tmp_path / "log.csv"
    log.write_text("epoch,loss,val_loss\n0,-1,-0.5\n1,-2,-0.25\n2,-3,-0.125\n")
    rows = list(csv.reader(io.StringIO(command(capsys, "inspect", log, "--format", "csv").out)))
    assert sorted(float(row[-1]) for row in rows[1:]) == [-3, -2, -1, -0.5, -0.25, -0.125]
    assert all(math.isfinite(float(row[-1])) for row in rows[1:])
