"""The language model's answers on which the policy's figures rest: out of the cache into a file, and back.

    python benchmarks/kept_answers.py save benchmarks/answers.jsonl.gz
    python benchmarks/kept_answers.py restore benchmarks/answers.jsonl.gz

The file has a line for each answer: the hash of all that was asked, and what was said; no text. Once it is
restored, commands with POLARITY_LLM__CACHE=on ask nothing of the model that was asked before, on any machine:
what would have been an hour's work is read in seconds. Another prompt, model or setting is another question.
"""

import gzip
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from polarity.backends.answer_cache import FILE, AnswerCache
from polarity.settings import cache_folder

MOST_MB = 1000


def save(path: Path) -> int:
    """Write every answer of the cache, by the order of the hashes: the same answers make the same file."""
    with closing(sqlite3.connect(f"file:{cache_folder() / FILE}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT key, answer FROM answers ORDER BY key").fetchall()
    lines = [json.dumps({"key": key.hex(), "answer": json.loads(answer)}) + "\n" for key, answer in rows]
    path.write_bytes(gzip.compress("".join(lines).encode(), 9, mtime=0))
    return len(lines)


def restore(path: Path) -> int:
    """Put every answer of the file into the cache."""
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    cache = AnswerCache(cache_folder(), most_mb=MOST_MB)
    cache.put({bytes.fromhex(row["key"]): json.dumps(row["answer"]) for row in rows})
    cache.close()
    return len(rows)


if __name__ == "__main__":
    done = {"save": save, "restore": restore}[sys.argv[1]](Path(sys.argv[2]))
    print(f"{done:,} answers")
