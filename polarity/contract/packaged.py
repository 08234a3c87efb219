"""The contracts that come with polarity, by their ids."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

DEFAULT = "polarity"


def packaged() -> Mapping[str, Path]:
    """Id -> file, the default one first: a file is named by its id and its form, "spam.v1.toml".

    >>> {name: path.name for name, path in packaged().items()}
    {'polarity': 'polarity.v1.toml', 'spam': 'spam.v1.toml', 'stars': 'stars.v1.toml'}
    """
    folder = Path(str(files("polarity.contracts")))
    found = {path.name.partition(".")[0]: path for path in sorted(folder.glob("*.toml"))}
    return {DEFAULT: found.pop(DEFAULT), **found}


def contract_file(name: Path | None) -> Path:
    """Find the file of a contract that is named by its path, or by its id where no such file lies.

    >>> contract_file(Path("spam")).name, contract_file(Path("./mine.toml")).name, contract_file(None).name
    ('spam.v1.toml', 'mine.toml', 'polarity.v1.toml')
    """
    if name is None:
        return packaged()[DEFAULT]
    return name if name.is_file() else packaged().get(str(name), name)
