"""Features that do their part when a pair moves are told in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.events import Event
from rinnalla.pairs.models import Answer, EndKind, Pair, PairState
from rinnalla.pairs.models_members import Fit
from rinnalla.pairs.service import Closings, PairObserver, Proposals, Proposing, Records, RuledOut, Trials, Two
from tests.factories import Person
from tests.programme import Programme, events_of

Move = tuple[str | None, str]


@dataclass
class Watcher:
    """Writes down what it is told; tells someone of it; may fail."""

    tells: UUID | None = None
    fails: bool = False
    seen: list[Move] = field(default_factory=list)

    async def pair_moved(self, db: AsyncSession, pair: Pair, was: PairState | None, now: PairState) -> Sequence[Event]:
        assert db.in_transaction()
        assert pair.state == now
        if self.fails:
            raise RuntimeError("could not do its part")
        self.seen.append((was, now))
        return [Event(self.tells, "account_changed")] if self.tells else []


@dataclass
class Watched:
    """The services of pairs with a watcher beside them."""

    programme: Programme
    watcher: Watcher

    def __post_init__(self) -> None:
        every = self.programme.make.services
        records = Records(every.accounts, every.chat, every.vault)
        watcher: PairObserver = self.watcher
        records.observe(watcher)
        ruled_out = RuledOut(every.chat, every.profiles, every.matching_settings)
        self.proposing = Proposing(records, every.accounts, every.profiles, every.matching_settings, ruled_out)
        self.proposals = Proposals(records, every.accounts, every.profiles, every.matching_settings, ruled_out)
        self.trials = Trials(records, every.profiles)
        self.closings = Closings(records)

    def caller(self, person: Person, role: Role) -> Caller:
        return Caller(person.id, role, self.programme.home, person.session_id)

    async def proposed(self, mentee: Person, mentor: Person) -> UUID:
        async with self.programme.make.services.database.unit_of_work() as db:
            staff = self.caller(self.programme.staff, Role.STAFF)
            return (await self.proposing.propose(db, staff, Two(mentee.id, mentor.id))).pair.id


async def test_every_move_is_told_and_what_observers_say_reaches_people(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    watched = Watched(programme, Watcher(tells=programme.staff.id))
    mentee, mentor = await programme.mentee(), await programme.mentor()
    callers = {Role.MENTEE: watched.caller(mentee, Role.MENTEE), Role.MENTOR: watched.caller(mentor, Role.MENTOR)}
    unit = programme.make.services.database.unit_of_work
    pair_id = await watched.proposed(mentee, mentor)
    for caller in callers.values():
        async with unit() as db:
            await watched.proposals.accept(db, caller, pair_id, 1)
    await raw_db.execute("UPDATE pair SET trial_ends_at = now()")
    (task,) = watched.trials.tasks()
    async with unit() as db:
        pair = await task.take(db, true())
        assert pair is not None
        await task.do(db, pair)
    for caller in callers.values():
        async with unit() as db:
            await watched.trials.answer(db, caller, pair_id, Fit.GOOD_FIT)
    async with unit() as db:
        await watched.closings.end(db, callers[Role.MENTEE], pair_id, EndKind.PLANNED, None, None)
    async with unit() as db:
        await watched.closings.safeguard(db, callers[Role.MENTOR], pair_id)
    assert watched.watcher.seen == [
        (None, "proposed"),
        ("proposed", "trial"),
        ("trial", "trial"),
        ("trial", "active"),
        ("active", "closing"),
        ("closing", "closed"),
    ]
    assert await events_of(raw_db, programme.staff, "account_changed") == len(watched.watcher.seen)


async def test_a_move_stands_only_if_everyone_has_done_their_part(
    programme: Programme, raw_db: asyncpg.Connection
) -> None:
    watched = Watched(programme, Watcher())
    mentee, mentor = await programme.mentee(), await programme.mentor()
    pair_id = await watched.proposed(mentee, mentor)
    watched.watcher.fails = True
    with pytest.raises(RuntimeError):
        async with programme.make.services.database.unit_of_work() as db:
            await watched.proposals.decline(db, watched.caller(mentee, Role.MENTEE), pair_id, Answer.NOT_NOW, None)
    assert await raw_db.fetchval("SELECT state FROM pair") == "proposed"
    assert await raw_db.fetchval("SELECT count(*) FROM pair_step") == 1
