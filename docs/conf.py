"""How the site is built: ``sphinx-build -W docs build/site``, with the extra "docs". The reference is made first."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import make_reference  # noqa: E402 - it stands beside this file

from selectmodel.version import __version__  # noqa: E402

project = "selectmodel"
author = "the authors of selectmodel"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
napoleon_use_ivar = True
source_suffix = {".md": "markdown"}
exclude_patterns = ["reference/measurements/list.md"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
html_theme = "furo"
html_title = f"selectmodel {release}"
html_show_copyright = False
html_copy_source = False
html_static_path = ["static"]
html_favicon = "static/favicon.svg"
html_css_files = ["site.css"]
# Pages name files of the repository by their place in it: a link to one is a download on the site.
suppress_warnings = ["myst.header"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "mixed"
autodoc_default_options = {"members": True, "show-inheritance": True}
# Frameworks that a page names need not be there to build it.
autodoc_mock_imports = ["keras", "lightning", "transformers", "torch"]
python_use_unqualified_type_names = True


def _plain(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Docstrings are plain text, in which a star is a star and ``:class:`` names stand as they are."""
    lines[:] = [re.sub(r"(?<![`*\w])\*(?=\w)", r"\\*", line) for line in lines]


def setup(app: Any) -> None:
    """Writes the reference before pages are looked for."""
    make_reference.write(HERE / "reference")
    app.connect("autodoc-process-docstring", _plain)
