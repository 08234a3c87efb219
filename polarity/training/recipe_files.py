"""The data files of a recipe: where each lies or is to be had from, and how its rows are read."""

from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from polarity.records import Columns
from polarity.settings import cache_folder
from polarity.training.dataset import LabelledFile
from polarity.training.sides import Side
from polarity.training.sources import ArchiveMember, HubSet, fetch
from polarity.training.targets import Ratings, Votes
from polarity.training.templates import TEMPLATE, expanded


class RecipePart(BaseModel):
    """A table of a recipe: what it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RatingColumn(RecipePart):
    """`Ratings`, as a recipe spells it."""

    column: str = Field(description="The column that holds a number.")
    cut_offs: tuple[FiniteFloat, ...] = Field(
        min_length=1, description="Rising numbers that part the ratings into the contract's labels."
    )
    spread: float = Field(
        0.0,
        ge=0.0,
        allow_inf_nan=False,
        description="How far a rating is spread over the labels, in its own units; 0: not at all.",
    )

    @model_validator(mode="after")
    def _rise(self) -> "RatingColumn":
        if list(self.cut_offs) != sorted(set(self.cut_offs)):
            raise ValueError(f"cut_offs do not rise: {list(self.cut_offs)}")
        return self


class VoteColumn(RecipePart):
    """`Votes`, as a recipe spells it."""

    column: str = Field(description="The column that holds a table: how many chose each label.")
    abstain: tuple[str, ...] = Field(
        (), description="Names in it that choose no label: every label has the same part of their votes."
    )


class RecipeSource(RecipePart):
    """Where a data file can be had from: `hub`, as `HubSet` has it, `archive` or `templates`.

    Its columns and labels are the entry's, unless it says otherwise.
    """

    hub: str | None = Field(None, description="A data set's id on a hub, or a folder.")
    config: str | None = Field(None, description="Its configuration, where it has several.")
    split: str | None = Field(None, description="Which part of it; default: train.")
    revision: str | None = Field(None, description="The commit that is fetched.")
    archive: ArchiveMember | None = Field(None, description="A file in a package's source archive.")
    templates: Path | None = Field(
        None, description="A file of templates beside the recipe; rows of one template stand on one side."
    )
    text: str | None = Field(None, description="Its column of texts; default: the entry's.")
    label: str | None = Field(None, description="Its column of labels; default: the entry's.")
    labels: Mapping[str, str] | None = Field(
        None, description="Its own labels and what each is here; default: the entry's."
    )

    @model_validator(mode="after")
    def _is_one(self) -> "RecipeSource":
        if sum(found is not None for found in (self.hub, self.archive, self.templates)) != 1:
            raise ValueError("a source is a hub, an archive or a file of templates")
        if self.hub is None and (self.config or self.split or self.revision):
            raise ValueError("config, split and revision belong to a hub")
        return self

    @property
    def public(self) -> HubSet | ArchiveMember:
        """What is fetched."""
        if self.archive:
            return self.archive
        return HubSet.model_validate(self.model_dump(include=set(HubSet.model_fields), exclude_none=True))


class RecipeFile(RecipePart):
    """One data file of a recipe; see `LabelledFile`. It lies in a folder, or has a public source, or both."""

    file: Path | None = Field(None, description="Where it lies under the data folder.")
    source: RecipeSource | None = Field(
        None, description="Where it is to be had from, if it does not lie there."
    )
    text: str = Field("text", description="The column that holds the text.")
    label: str = Field("label", description="The column that holds the gold label.")
    encoding: str | None = Field(
        None, description="Its encoding; default: UTF-8, or as its byte-order mark says."
    )
    quoting: bool = Field(True, description="Whether quotation marks in CSV or TSV enclose cells.")
    labels: Mapping[str, str] | None = Field(
        None,
        description="The file's own labels and what each is here; others are as the contract reads them.",
    )
    ratings: RatingColumn | None = Field(None, description="How a number labels a row that has no label.")
    votes: VoteColumn | None = Field(
        None, description="How people's votes on a row become a distribution over the labels."
    )
    side: Side | None = Field(
        None,
        description="Take a part of its rows: dev the fifth that is kept to choose by, train the rest.",
    )
    together: str | None = Field(
        None, description="The column whose equal values stand on one side; default: the text."
    )
    weight: float = Field(
        1.0,
        gt=0.0,
        allow_inf_nan=False,
        description="How much of it an epoch sees: 0.5 half of its rows, 2 every row twice.",
    )
    limit: int | None = Field(None, ge=1, description="Read only its first rows, so many; default: all.")
    max_rows: int | None = Field(None, ge=1, description="Draw at most that many of its rows; default: all.")

    @model_validator(mode="after")
    def _is_somewhere(self) -> "RecipeFile":
        if self.file is None and self.source is None:
            raise ValueError("neither a file nor a source is named")
        if self.ratings and self.votes:
            raise ValueError("a row is either rated or voted on: name ratings or votes")
        if self.together and not self.side:
            raise ValueError("together says which rows stand on one side: name the side")
        return self

    def labelled_file(
        self, data_root: Path, folder: Path, on_fetch: Callable[[Path], None] = lambda _: None
    ) -> LabelledFile:
        """Place it under `data_root`, or if it is not there, fetch it; `on_fetch` hears where to.

        Templates are filled, which stand under `folder`, the recipe's own.

        Raises:
            TrainingError, RecordError: it cannot be fetched; see `fetch` and `expanded`.
        """
        local = data_root / self.file if self.file else None
        if local and (self.source is None or local.exists()):
            return self.read_from(local)
        assert self.source  # noqa: S101 - what has no file has a source
        read_as = self.source.model_dump(include={"text", "label", "labels"}, exclude_none=True)
        if self.source.templates:
            found = expanded(folder / self.source.templates, cache_folder())
            read_as["together"] = self.together or TEMPLATE
        else:
            if not (target := cache_folder() / self.source.public.place).is_file():
                on_fetch(target)
            found = fetch(self.source.public, cache_folder())
        return self.model_copy(update=read_as).read_from(found)

    def read_from(self, path: Path) -> LabelledFile:
        """Say how to read it if it is `path`."""
        return LabelledFile(
            path=path,
            columns=Columns(
                text=self.text,
                label=self.label,
                encoding=self.encoding,
                quoting=self.quoting,
                limit=self.limit,
            ),
            labels=self.labels,
            ratings=Ratings(**self.ratings.model_dump()) if self.ratings else None,
            votes=Votes(**self.votes.model_dump()) if self.votes else None,
            side=self.side,
            together=self.together,
            weight=self.weight,
            max_rows=self.max_rows,
        )
