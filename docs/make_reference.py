"""Makes docs/reference/ from the code, when the site is built: ``python docs/make_reference.py`` writes it alone.

Commands come from the parser; rules, checks, advice and formats from their pages; notes from their list; policy and
answers from their JSON Schemas. Nothing of it is kept in the repository.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from reference_parts import command_pages, measurement_pages, plugin_pages, python_pages, schema_pages  # noqa: E402

INDEX = """# Reference

Made from the code when this site is built, so that it cannot say something else than the program does.

{toctree}
"""


def pages() -> Iterator[tuple[str, str]]:
    """(place below docs/reference, text) of every page."""
    shelves = {
        "commands": command_pages.pages(),
        **plugin_pages.shelves(),
        "policy": schema_pages.policy(),
        "answers": schema_pages.answers(),
        "python": python_pages.pages(),
        "measurements": measurement_pages.pages(),
    }
    yield "index.md", INDEX.format(toctree=toctree([f"{name}/index" for name in shelves]))
    for name, shelf in shelves.items():
        for place, text in shelf.items():
            yield f"{name}/{place}", text


def toctree(names: Sequence[str], depth: int = 1) -> str:
    return "\n".join(["```{toctree}", f":maxdepth: {depth}", "", *names, "```"])


def write(folder: Path) -> None:
    """Puts the reference into a folder, which holds nothing else; what has not changed is not touched."""
    made = {folder / place: text for place, text in pages()}
    for file in folder.rglob("*"):
        if file.is_file() and file not in made:
            file.unlink()
    for file, text in made.items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(HERE / "reference")
