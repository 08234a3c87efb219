"""What a folder of labelled rows says of itself."""

from pathlib import Path

import pytest

from polarity.errors import RecordError
from polarity.stored.folders import MANIFEST, Manifest, Part, read_manifest
from polarity.types import ContractRef, Model, Usage

PART = Part(
    name="part-000000.parquet",
    first=1,
    rows=3,
    input="ab",
    sha256="cd",
    errors={"no_text": 1},
    usage={"llm": Usage(5, 1)},
)


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    """To the last member; a folder that says nothing of itself is another one."""
    manifest = Manifest(
        polarity="0.5.0",
        finished=True,
        fingerprint={"bert": {"precision": "fp32"}},
        contract=ContractRef("polarity", "1.0.0", "ef"),
        models={"bert": Model("mine", "01")},
        raws=True,
        parts=[PART],
        rows=3,
        labelled=2,
        errors=PART.errors,
        usage=PART.usage,
    )
    assert read_manifest(tmp_path) is None
    (tmp_path / MANIFEST).write_text(manifest.spelled(), "utf-8")
    assert manifest == read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"), [("{", "not JSON: "), ("{}", "polarity: "), ('{"polarity": 1}', "polarity: ")]
)
def test_what_is_broken_is_named(content: str, said: str, tmp_path: Path) -> None:
    """With its place."""
    (tmp_path / MANIFEST).write_text(content, "utf-8")
    with pytest.raises(RecordError, match=rf"^{tmp_path / MANIFEST}.*{said}"):
        read_manifest(tmp_path)
