"""Links between the pages lead somewhere, also those that leave docs/; pages made at build time count as there."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

import pytest
from places import ROOT

from selectmodel import registry

DOCS = ROOT / "docs"
PAGES = [
    *(page for page in sorted(DOCS.rglob("*.md")) if DOCS / "reference" not in page.parents),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md") if (ROOT / name).exists()),
]
_LINK = re.compile(r"(?<!`)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
#: The only places outside of the repository that pages name; they are not fetched.
ELSEWHERE = {"https://altair-viz.github.io"}


@cache
def made() -> frozenset[Path]:
    """The pages of the reference, which are made when the site is built."""
    sys.path.insert(0, str(DOCS))
    import make_reference

    return frozenset(DOCS / "reference" / place for place, _ in make_reference.pages())


def targets(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [link["target"] for link in _LINK.finditer(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in targets(page):
        if "://" in target:
            assert target in ELSEWHERE, f"{target}: list it, so that it is known what pages rest on"
            continue
        place, _, anchor = target.partition("#")
        there = (page.parent / place).resolve() if place else page
        assert there.exists() or there in made(), f"{page.name}: {target}"
        if anchor and there.exists():
            assert anchor in anchors(there), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """What headings are called in an address."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_page_is_in_a_list_of_its_kind() -> None:
    for page in PAGES:
        if page.parent.parent != DOCS or page.name == "index.md":
            continue
        listed = (page.parent / "index.md").read_text(encoding="utf-8").split()
        assert page.stem in listed, page.name


def test_every_format_is_on_the_page_that_says_how_to_leave_one() -> None:
    page = DOCS / "how-to" / "leave-a-log.md"
    named = {Path(target).stem for target in targets(page) if "/formats/" in target}
    assert named == registry.own("readers")


def test_the_reference_has_a_page_for_each_member_of_a_shelf() -> None:
    there = {page.relative_to(DOCS / "reference").as_posix() for page in made()}
    for shelf, kind in (("rules", "rules"), ("checks", "checks"), ("advice", "advice"), ("formats", "readers")):
        for name in registry.own(kind):  # type: ignore[arg-type]
            assert f"{shelf}/{name}.md" in there
