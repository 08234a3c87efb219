"""What people read of a store, and what they say: rounds that were drawn, the queue, reviews."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from polarity.store.entries import PRIMARY, StoredDecision
from polarity.store.review_queries import (
    ACTIVE,
    MOST_AT_ONCE,
    SHOWN,
    check_drawn,
    check_open,
    contested,
    needs_reader,
    reviews_by_decision,
    reviews_of,
    undone,
)
from polarity.store.rounds import Counts, Queued, Round, Selection
from polarity.store.settling import Kind, Review
from polarity.store.store import Store
from polarity.store.tables import DECISIONS, REVIEWS, ROUNDS, SELECTIONS


class Desk:
    """Where people read what was drawn, and say what they find. Threads may share one."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def drawn_upto(self) -> int:
        """Give the id up to which decisions were looked at by the last round; 0 before the first.

        Raises:
            StoreError: the store cannot be read.
        """
        with self.store.reading() as connection:
            return connection.execute(sa.select(sa.func.max(ROUNDS.c.upto_id))).scalar() or 0

    def newest_id(self) -> int:
        """Give an id up to which all decisions are written that ever will be; 0 where there is none.

        PostgreSQL counts ids up before it shows what has them: of two services that write at once, the later
        id may be there first. What is being written is waited for.

        Raises:
            StoreError: the store cannot be read, or somebody writes for too long.
        """
        with self.store.reading() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("LOCK TABLE decisions IN SHARE MODE"))
            return connection.execute(sa.select(sa.func.max(DECISIONS.c.id))).scalar() or 0

    def add_round(self, made: Round, selections: Sequence[Selection]) -> Round | None:
        """Write down what was drawn, and give it its id; None where somebody else drew meanwhile.

        Raises:
            StoreError: the store cannot be written.
        """
        with self.store.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("LOCK TABLE rounds IN EXCLUSIVE MODE"))
            last = connection.execute(sa.select(sa.func.max(ROUNDS.c.upto_id))).scalar() or 0
            if last > made.after_id:
                return None
            row = {
                name: getattr(made, name) for name in ("drawn_at", "after_id", "upto_id", "seen", "threshold")
            }
            (number,) = connection.execute(sa.insert(ROUNDS).values(row)).inserted_primary_key or (0,)
            rows = [one._asdict() | {"round_id": number} for one in selections]
            if rows:
                connection.execute(sa.insert(SELECTIONS), rows)
        return Round(id=number, **row)

    def reasons(self, round_id: int) -> dict[str, int]:
        """Count what was drawn in a round, by the reason, the most frequent first.

        Raises:
            StoreError: the store cannot be read.
        """
        number = sa.func.count()
        query = sa.select(SELECTIONS.c.reason, number).where(SELECTIONS.c.round_id == round_id)
        query = query.group_by(SELECTIONS.c.reason).order_by(number.desc(), SELECTIONS.c.reason)
        with self.store.reading() as connection:
            return {str(reason): int(count) for reason, count in connection.execute(query)}

    def rounds(self) -> list[Round]:
        """Give all rounds, the oldest first.

        Raises:
            StoreError: the store cannot be read.
        """
        with self.store.reading() as connection:
            rows = connection.execute(sa.select(ROUNDS).order_by(ROUNDS.c.id)).mappings().all()
        return [Round(**row) for row in rows]

    def waiting(self, reviewer: str, limit: int, *, passing: Collection[int] = ()) -> list[Queued]:
        """Give what a reviewer is to read next: the newest round's first, by priority.

        What is read by as many as it needs, or was settled, does not wait; `passing` are decisions that
        others are reading.

        Raises:
            StoreError: the store cannot be read.
        """
        own = reviews_of().where(REVIEWS.c.reviewer == reviewer).exists()
        query = (
            sa.select(SELECTIONS)
            .where(needs_reader(), ~own)
            .where(SELECTIONS.c.decision_id.not_in([*passing]))
        )
        query = query.order_by(SELECTIONS.c.round_id.desc(), SELECTIONS.c.priority.desc()).limit(limit)
        return self._queued(query)

    def contested(self, limit: int) -> list[Queued]:
        """Give what reviewers differ about and nobody has settled, the longest waiting first.

        Raises:
            StoreError: the store cannot be read.
        """
        query = sa.select(SELECTIONS).where(SELECTIONS.c.decision_id.in_(contested()))
        return self._queued(query.order_by(SELECTIONS.c.round_id, SELECTIONS.c.priority.desc()).limit(limit))

    def found(self, decision_id: int) -> Queued | None:
        """Give one decision that was drawn; None where it was not, or is no more.

        Raises:
            StoreError: the store cannot be read.
        """
        query = sa.select(SELECTIONS).where(SELECTIONS.c.decision_id == decision_id)
        return next(iter(self._queued(query)), None)

    def counts(self, reviewer: str) -> Counts:
        """Count what was drawn, is read, and waits for this reviewer.

        Raises:
            StoreError: the store cannot be read.
        """
        own = reviews_of().where(REVIEWS.c.reviewer == reviewer).exists()
        number = sa.select(sa.func.count()).select_from(SELECTIONS)
        with self.store.reading() as connection:
            return Counts(
                connection.execute(number).scalar_one(),
                connection.execute(number.where(reviews_of().exists())).scalar_one(),
                connection.execute(number.where(needs_reader(), ~own)).scalar_one(),
                connection.execute(
                    sa.select(sa.func.count()).select_from(contested().subquery())
                ).scalar_one(),
            )

    def say(
        self,
        decision_id: int,
        *,
        reviewer: str,
        verdict: str,
        mapping_wrong: bool = False,
        note: str = "",
        blind: bool = False,
        kind: Kind = "review",
        at: datetime | None = None,
    ) -> Review:
        """Write down what somebody says of a decision. Said twice it is said once; else the later counts.

        Raises:
            StoreError: the store cannot be written, the decision was not drawn, or somebody else has settled
            it.
        """
        row = {"decision_id": decision_id, "reviewer": reviewer, "verdict": verdict, "kind": kind}
        row |= {"mapping_wrong": mapping_wrong, "note": note, "blind": blind}
        now = at or datetime.now(UTC)
        with self.store.writing() as connection:
            check_drawn(connection, decision_id)
            if kind == "adjudication":
                check_open(connection, decision_id, reviewer)
            own = REVIEWS.c.reviewer == reviewer, REVIEWS.c.kind == kind, ACTIVE
            said = sa.select(*SHOWN).where(REVIEWS.c.decision_id == decision_id, *own)
            before = connection.execute(said).mappings().one_or_none()
            if before and all(before[name] == value for name, value in row.items()):
                return Review(**before)
            if before:
                connection.execute(undone(now).where(REVIEWS.c.id == before["id"]))
            connection.execute(sa.insert(REVIEWS).values(**row, reviewed_at=now))
            return Review(**connection.execute(said).mappings().one())

    def undo(self, review_id: int, reviewer: str) -> bool:
        """Take back what a reviewer has said; False where there is nothing of theirs to take back any more.

        Raises:
            StoreError: the store cannot be written.
        """
        own = REVIEWS.c.id == review_id, REVIEWS.c.reviewer == reviewer, ACTIVE
        with self.store.writing() as connection:
            return bool(connection.execute(undone(datetime.now(UTC)).where(*own)).rowcount)

    def last_of(self, reviewer: str) -> Review | None:
        """Give what a reviewer said last and has not taken back.

        Raises:
            StoreError: the store cannot be read.
        """
        query = sa.select(*SHOWN).where(REVIEWS.c.reviewer == reviewer, ACTIVE)
        with self.store.reading() as connection:
            row = connection.execute(query.order_by(REVIEWS.c.id.desc()).limit(1)).mappings().one_or_none()
        return Review(**row) if row else None

    def read(self, *, since: datetime | None = None, until: datetime | None = None) -> Iterator[Queued]:
        """Stream the decisions that anybody has read, in the order of their ids.

        `since` and `until` are of the time when they were made: [since, until).

        Raises:
            StoreError: the store cannot be read.
        """
        query = sa.select(SELECTIONS).where(reviews_of().exists())
        if since is not None or until is not None:
            times = [DECISIONS.c.answered_at >= since] if since is not None else []
            times += [DECISIONS.c.answered_at < until] if until is not None else []
            query = query.join(DECISIONS, DECISIONS.c.id == SELECTIONS.c.decision_id).where(*times)
        after = 0
        while page := self._queued(
            query.where(SELECTIONS.c.decision_id > after)
            .order_by(SELECTIONS.c.decision_id)
            .limit(MOST_AT_ONCE)
        ):
            yield from page
            after = page[-1].selection.decision_id

    def thresholds(self) -> dict[int, float]:
        """Give, by round, the priority down to which all was read: every row over it has a reader.

        A round that nobody has begun is not among them.

        Raises:
            StoreError: the store cannot be read.
        """
        unread = sa.func.max(SELECTIONS.c.priority).filter(~reviews_of().exists())
        begun = sa.func.count().filter(reviews_of().exists())
        query = sa.select(ROUNDS.c.id, ROUNDS.c.threshold, unread, begun).join_from(ROUNDS, SELECTIONS)
        with self.store.reading() as connection:
            rows = connection.execute(query.group_by(ROUNDS.c.id, ROUNDS.c.threshold)).all()
        return {number: max(least, found or 0.0) for number, least, found, read in rows if read}

    def least_weights(self) -> dict[int, float]:
        """Give, by round, the least weight by which a decision of it was drawn.

        Raises:
            StoreError: the store cannot be read.
        """
        query = sa.select(SELECTIONS.c.round_id, sa.func.min(SELECTIONS.c.weight))
        with self.store.reading() as connection:
            rows = connection.execute(query.group_by(SELECTIONS.c.round_id)).all()
        return {number: float(weight) for number, weight in rows}

    def _queued(self, query: sa.Select[Any]) -> list[Queued]:
        with self.store.reading() as connection:
            rows = connection.execute(query).mappings().all()
            ids = [row["decision_id"] for row in rows]
            reviews = reviews_by_decision(connection, ids)
        decisions = {one.id: one for one in self._those(DECISIONS.c.id, ids)}
        beside = self._beside(decisions.values())
        return [
            Queued(
                round_id=row["round_id"],
                selection=Selection(**{name: row[name] for name in Selection._fields}),
                decision=decisions[row["decision_id"]],
                candidates=beside[_text_of(decisions[row["decision_id"]])],
                reviews=reviews[row["decision_id"]],
            )
            for row in rows
            if row["decision_id"] in decisions  # not purged in between
        ]

    def _those(self, column: sa.Column[Any], values: Sequence[Any]) -> Iterator[StoredDecision]:
        for at in range(0, len(values), MOST_AT_ONCE):
            yield from self.store.those(column.in_(values[at : at + MOST_AT_ONCE]))

    def _beside(
        self, decisions: Collection[StoredDecision]
    ) -> Mapping[tuple[str, int], list[StoredDecision]]:
        """Find what candidates decided of the same texts."""
        found: defaultdict[tuple[str, int], list[StoredDecision]] = defaultdict(list)
        for one in self._those(DECISIONS.c.request_id, sorted({one.request_id for one in decisions})):
            if one.side != PRIMARY:
                found[_text_of(one)].append(one)
        return found


def _text_of(decision: StoredDecision) -> tuple[str, int]:
    """Name the text that a decision is of: a candidate's decision has the same name."""
    return decision.request_id, decision.index
