"""Rules, checks, notes, advice and formats: what ``selectmodel explain`` prints of each."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any

from reference_parts import markdown as md
from selectmodel import notes, registry
from selectmodel.cli.main import run
from selectmodel.commands.explain import catalogue

#: "Formula", then what it is, four spaces in.
_SECTION = re.compile(r"^(?P<name>[A-Z][\w ,]*\??)\n(?P<body>(?:(?: {4}.*)?\n)+)", flags=re.MULTILINE)
#: "Axis: the step of each value."
_KEY = re.compile(r"(?:^|(?<=\. ))(?P<name>[A-Z][\w ]{1,24}): ", flags=re.MULTILINE)
#: Sections whose lines are kept as they are.
_AS_WRITTEN = ("Formula", "Example")


def shelves() -> dict[str, dict[str, str]]:
    """Folder → file → text."""
    return {
        "rules": _rules(),
        "checks": _checks(),
        "notes": {"index.md": _notes(), "expect.md": _explained("expect", "The line `expect`")},
        "advice": _advice(),
        "formats": _formats(),
    }


def _rules() -> dict[str, str]:
    names = sorted(registry.own("rules"))
    pages = {f"{name}.md": _explained(name, f"Rule `{name}`") for name in names}
    rows = [(f"[`{name}`]({name}.md)", md.cell(registry.summary("rules", name))) for name in names]
    head = "`--rule NAME` chooses the rule that recommends, `--set NAME.SETTING=VALUE` changes a setting of it."
    return _shelf("Rules", head, md.table(("rule", "what it recommends"), rows), pages)


def _checks() -> dict[str, str]:
    ours = [entry for entry in catalogue.checks().checks if entry.name in registry.own("checks")]
    pages = {f"{entry.name}.md": _explained(entry.name, f"{entry.code}: `{entry.name}`") for entry in ours}
    rows = [
        (entry.code, f"[`{entry.name}`]({entry.name}.md)", entry.level, _share(entry.fires), _share(entry.right),
         md.cell(entry.summary))
        for entry in ours
    ]  # fmt: skip
    head = (
        "What the curves show. *Fires* is the share of real trainings in which a check finds something, *right* the "
        "share of those in which the test data confirmed it, where that can be told; each page says on how many runs."
    )
    listed = md.table(("code", "check", "level", "fires", "right", "what it finds"), rows)
    return _shelf("Checks", head, listed, pages)


def _share(value: float | None) -> str:
    return "" if value is None else "< 1 %" if 0 < value < 0.005 else f"{100 * value:.0f} %"


def _notes() -> str:
    rows = [(code, md.cell(text)) for code, text in sorted(notes.MEANINGS.items())]
    head = "What was repaired, left out or assumed while a log was read. A code is never given another meaning."
    return md.page("Notes", head, md.table(("code", "meaning"), rows), md.toctree(["expect"]))


def _advice() -> dict[str, str]:
    names = sorted(registry.own("advice"))
    pages = {f"{name}.md": _explained(f"advice.{name}", f"Advice on `{name}`") for name in names}
    rows = [(f"[`{name}`]({name}.md)", md.cell(registry.summary("advice", name))) for name in names]
    head = "What `selectmodel advise` says about the next run."
    return _shelf("Advice", head, md.table(("subject", "what it says"), rows), pages)


def _formats() -> dict[str, str]:
    names = sorted(registry.own("readers"))
    pages = {f"{name}.md": _explained(name, f"Format `{name}`") for name in names}
    rows = [(f"[`{name}`]({name}.md)", _first(registry.page("readers", name))) for name in names]
    head = "Files are recognised by what they hold. [How to leave one](../../how-to/leave-a-log.md) by each trainer."
    return _shelf("Formats", head, md.table(("format", "what it is"), rows), pages)


def _first(text: str) -> str:
    return md.cell(text.partition("\n\n")[0])


def _shelf(title: str, head: str, listed: str, pages: dict[str, str]) -> dict[str, str]:
    names = [name.removesuffix(".md") for name in pages]
    return {"index.md": md.page(title, head, listed, md.toctree(names)), **pages}


def _explained(name: str, title: str) -> str:
    """The page of ``selectmodel explain NAME``."""
    entry = catalogue.explain(name)
    return md.page(title, *_text(entry.text), *_settings(entry), *_measured(name, entry))


def _settings(entry: Any) -> Iterator[str]:
    if entry.settings:
        yield "## Settings"
        rows = [
            (md.code(line.name), md.code(line.default), md.cell(line.allowed), md.cell(line.meaning))
            for line in entry.settings
        ]
        yield md.table(("setting", "default", "allowed", "meaning"), rows)


def _measured(name: str, entry: Any) -> Iterator[str]:
    if entry.measured is not None:
        yield "## Measured"
        yield md.block(_printed("explain", name).partition("\nMeasured\n")[2])


def _printed(*arguments: str) -> str:
    kept = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "88"
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            run(list(arguments))
    finally:
        os.environ.pop("COLUMNS") if kept is None else os.environ.update(COLUMNS=kept)
    return out.getvalue()


def _text(text: str) -> Iterator[str]:
    """A docstring as Markdown: its sections as headings, or its keys as a list."""
    sections = list(_SECTION.finditer(text + "\n"))
    head = text[: sections[0].start()] if sections else text
    first, _, rest = head.partition("\n\n")
    yield md.plain(" ".join(first.split()))
    yield from _keys(rest)
    for section in sections:
        yield f"## {section['name']}"
        body = "\n".join(line.removeprefix("    ") for line in section["body"].splitlines()).strip("\n")
        yield md.block(body) if section["name"] in _AS_WRITTEN else md.plain(body)


def _keys(text: str) -> Iterator[str]:
    """``Axis: …`` as an item of a list; what stands before the first key, and paragraphs, as they are."""
    for paragraph in filter(None, text.split("\n\n")):
        found = list(_KEY.finditer(paragraph))
        if not found:
            yield md.plain(paragraph)
            continue
        if before := paragraph[: found[0].start()].strip():
            yield md.plain(before)
        yield "\n".join(_items(paragraph, found))


def _items(paragraph: str, found: Sequence[re.Match[str]]) -> Iterator[str]:
    for one, after in zip(found, [*found[1:], None], strict=True):
        text = paragraph[one.end() : after.start() if after else None]
        yield f"- **{one['name']}:** {md.plain(' '.join(text.split()))}"
