"""What the scripts in benchmarks/ wrote, page by page, as it is."""

from __future__ import annotations

import re
from pathlib import Path

from reference_parts import markdown as md

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
#: From docs/reference/measurements to the repository.
_UP = "../../../benchmarks"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]+)\)")


def pages() -> dict[str, str]:
    """An index, and a page for every Markdown file of benchmarks/; ``list.md`` is a table to include."""
    files = sorted(path for path in BENCHMARKS.rglob("*.md") if path.parent != BENCHMARKS)
    made = {f"{_name(file)}.md": _page(file) for file in files}
    overview = BENCHMARKS / "README.md"
    table = re.search(r"^\| question .*?(?=\n\n|\Z)", overview.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    listed = _linked(table[0] if table else "", overview)
    made["list.md"] = listed + "\n"
    made["index.md"] = md.page(
        "Measurements",
        "Written by the scripts in `benchmarks/`; [how they were made](../../explanation/measured.md).",
        listed,
        md.toctree([name.removesuffix(".md") for name in made if name != "list.md"]),
    )
    return made


def _name(file: Path) -> str:
    return "-".join(file.relative_to(BENCHMARKS).with_suffix("").parts).lower()


def _page(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    if not text.startswith("# "):
        text = f"# {file.parent.name}: {file.stem}\n\n{text}"
    return _linked(text, file)


def _linked(text: str, file: Path) -> str:
    """The text with its links leading where they led in the repository."""

    def led(link: re.Match[str]) -> str:
        picture, words, target = link.groups()
        if "://" in target:
            return link[0]
        there = (file.parent / target).resolve()
        if not there.exists() or not there.is_relative_to(BENCHMARKS):
            return words
        place = there.relative_to(BENCHMARKS)
        if there.suffix == ".md" and there.parent != BENCHMARKS:
            # from a page that includes it, too
            return f"[{words}](/reference/measurements/{_name(there)}.md)"
        return f"{picture}[{words}]({_UP}/{place.as_posix()})" if there.is_file() else words

    return _LINK.sub(led, text)
