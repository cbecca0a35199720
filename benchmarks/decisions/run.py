"""Scores every rule on a corpus of training runs with known test metrics; writes results.md and results.png.

    python benchmarks/decisions/run.py --corpus ../shared/corpus [--out FOLDER] [--record NAME] [--jobs 2]

``--record NAME`` also writes the figures into the package (selectmodel/commands/explain/measured.json), from where
``selectmodel explain`` and ``selectmodel rules`` show them; NAME says which corpus it is. ``--record-unseen NAME`` adds
those of a corpus that no rule was tuned on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import corpus
import further
import picture
import record
import scoring
import tables
from scored import Scored
from variants import all_variants

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder with corpus*.parquet and meta*.parquet")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for results.md and results.png")
    parser.add_argument("--name", default="results", help="stem of the files written")
    parser.add_argument("--title", default="", help="what the corpus is, for the head of the table")
    parser.add_argument("--record", metavar="NAME", help="write the figures into the package")
    parser.add_argument("--record-unseen", metavar="NAME", help="the same of a corpus that no rule was tuned on")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()

    cases = list(corpus.read(given.corpus))
    variants = all_variants()
    scored = Scored.of(cases, variants, scoring.picks(cases, variants, given.jobs))
    promises = scoring.promises(cases, given.jobs)
    large = [case for case in corpus.read(given.corpus, larger=True) if case.test_accuracy is not None]
    larger = Scored.of(large, variants, scoring.picks(large, variants, given.jobs))

    title, others = given.title or given.corpus.name, further.sections(cases, scored, given.jobs)
    page = tables.page(scored, larger, promises, title, tried=bool(given.record), further=others)
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / f"{given.name}.md").write_text(page, encoding="utf-8", newline="\n")
    picture.draw(scored, given.out / f"{given.name}.png")
    if given.record:
        record.write(scored, given.record)
    if given.record_unseen:
        record.write_unseen(scored, given.record_unseen, f"benchmarks/decisions/{given.name}.md")


if __name__ == "__main__":
    main()
