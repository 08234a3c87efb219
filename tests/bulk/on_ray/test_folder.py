"""The folder of a run: what it says of itself while it is worked on."""

from pathlib import Path

from polarity.bulk.on_ray.folder import begun, finish, held
from polarity.bulk.on_ray.running import ANSWERS, DEFAULTS, _keeping_answers
from polarity.settings import Settings
from polarity.stored.folders import Manifest, read_manifest


def _said(folder: Path) -> Manifest:
    found = read_manifest(folder)
    assert found
    return found


def test_a_finished_run_that_is_gone_on_with_is_none(tmp_path: Path) -> None:
    """Until its parts are there again: a report would count what is no longer so."""
    out = tmp_path / "out"
    manifest = begun(Settings(), {}, raws=False)
    with held(out, manifest, resume=False):
        finish(out, manifest, [])
    assert _said(out).finished
    with held(out, manifest, resume=True):
        assert not _said(out).finished


def test_answers_are_kept_where_no_cache_is_set(tmp_path: Path) -> None:
    """On one machine: what is stopped is not paid for twice. BERT asks nobody."""
    asking = Settings.model_validate({"backend": "llm"})
    assert tmp_path / ANSWERS == _keeping_answers(asking, tmp_path, DEFAULTS).llm.cache
    for settings, chosen in ((Settings(), DEFAULTS), (asking, DEFAULTS._replace(cluster="auto"))):
        assert "off" == _keeping_answers(settings, tmp_path, chosen).llm.cache
