"""A checkpoint in memory: what is known of it, and who reads which tokenizer."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from polarity.backends.facts import Facts, Wanted, stamp_of
from polarity.backends.loaded import LoadedClassifier
from polarity.backends.overflow import Frame

TEXTS = ["love the app", "", "the " * 70]


def test_what_is_known_of_it(tiny_checkpoint: Path) -> None:
    """The network's own limit, or a lower one that is wanted."""
    names, frame = ("negative", "neutral", "positive"), Frame(1, 1)
    for wanted, expected in ((512, 64), (20, 20)):
        loaded = LoadedClassifier.load(Wanted(str(tiny_checkpoint), max_length=wanted))
        assert Facts(names, frame, expected, stamp_of(str(tiny_checkpoint))) == loaded.facts
        assert expected == len(loaded.read(["the " * 70])[0].readings[0])


def test_another_class_of_tokenizer_reads_alike(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Transformers loads what is not plainly a BERT's."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "other")
    path = folder / "tokenizer_config.json"
    found = json.loads(path.read_text("utf-8")) | {"tokenizer_class": "PreTrainedTokenizerFast"}
    path.write_text(json.dumps(found), "utf-8")
    other, plain = (LoadedClassifier.load(Wanted(str(one))) for one in (folder, tiny_checkpoint))
    assert plain.read(TEXTS) == other.read(TEXTS)


@pytest.mark.slow
def test_a_bert_is_loaded_without_transformers(tiny_checkpoint: Path) -> None:
    """Its import takes longer than all else until the first answer."""
    program = (
        "import sys; from polarity.backends.facts import Wanted;"
        "from polarity.backends.loaded import LoadedClassifier;"
        "loaded = LoadedClassifier.load(Wanted(sys.argv[1]));"
        "loaded.score(loaded.read(['good'])[0].readings);"
        "print(*{'transformers', 'pydantic', 'torch._dynamo'} & set(sys.modules))"
    )
    line = [sys.executable, "-c", program, str(tiny_checkpoint)]
    found = subprocess.run(line, capture_output=True, text=True, check=True)
    assert "" == found.stdout.strip()
