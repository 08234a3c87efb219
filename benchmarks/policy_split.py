"""Which rows is the policy fitted on, and which does it never see?

Half of SemEval's and SST-5's development rows go to `fit-*.jsonl`, the other half and VADER's held-out
rows to `heldout-*.jsonl`. The side is the parity of a hash of the text, so the same text is always
on the same side; of VADER, only texts that no checkpoint was trained on and the fit does not hold.

    python benchmarks/policy_split.py ../shared/data OUT
"""

import hashlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from polarity.records import read, write
from polarity.training.holdout import holdout_hash, read_holdout
from polarity.training.targets import Ratings

LABELS = ("NEGATIVE", "NEUTRAL", "POSITIVE")
RATINGS = Ratings(column="mean_rating", cut_offs=(-0.7, 0.7))
Row = dict[str, Any]


def key(text: str) -> str:
    """Name a text by its hash; one too short for a hold-out hash by its plain one."""
    return holdout_hash(text) or hashlib.sha256(text.strip().lower().encode()).hexdigest()


def is_for_fitting(row: Row) -> bool:
    return int(key(row["text"]), 16) % 2 == 0


def labelled(data: Path, name: str) -> list[Row]:
    records = read(data / name / "dev.jsonl")
    return [{"id": f"{name}-{row.line}", "text": row.text, "label": row.label} for row in records]


def held_out_ratings(data: Path, fitted: frozenset[str]) -> Iterator[Row]:
    held_out = read_holdout(data / "holdout.sha256")
    for name in ("movie", "amazon", "tweets", "nyt"):
        for row in read(data / "vader" / f"{name}.jsonl"):
            if holdout_hash(row.text) in held_out and key(row.text) not in fitted:
                label = LABELS[RATINGS.index(row.extra[RATINGS.column])]
                yield {"id": row.id, "text": row.text, "label": label}


def save(path: Path, rows: Iterable[Row]) -> None:
    kept = list(rows)
    write(path, kept)
    counts = ", ".join(f"{label} {sum(row['label'] == label for row in kept)}" for label in LABELS)
    print(f"{path.name:24} {len(kept):6,} rows: {counts}")


def main(data: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    halves = {name: labelled(data, name) for name in ("semeval", "sst5")}
    for name, rows in halves.items():
        save(out / f"fit-{name}.jsonl", filter(is_for_fitting, rows))
        save(out / f"heldout-{name}.jsonl", (row for row in rows if not is_for_fitting(row)))
    fitted = (row for rows in halves.values() for row in rows if is_for_fitting(row))
    save(out / "heldout-vader.jsonl", held_out_ratings(data, frozenset(key(row["text"]) for row in fitted)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
