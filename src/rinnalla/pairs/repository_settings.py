"""Queries on the settings of programmes, and on pairs as matching and private lists need to know of them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Account, AccountState
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import any_of
from rinnalla.pairs.models import (
    NOT_NOW_LASTS,
    Answer,
    Pair,
    PairOrigin,
    PairState,
    PairStep,
    Step,
    Two,
    Waiting,
)
from rinnalla.pairs.models_members import Expectations, PairOverride
from rinnalla.pairs.models_settings import MatchingSettingsVersion
from rinnalla.pairs.repository import known_to


async def newest(db: AsyncSession, organisation_id: UUID) -> MatchingSettingsVersion | None:
    """What holds in a programme now, without a caller: every member's pair goes by it."""
    return await db.scalar(
        select(MatchingSettingsVersion)
        .where(MatchingSettingsVersion.organisation_id == organisation_id)
        .order_by(MatchingSettingsVersion.version.desc())
        .limit(1)
    )


async def version(db: AsyncSession, caller: Caller, number: int) -> MatchingSettingsVersion | None:
    """What held in the caller's programme as that version."""
    return await db.get(MatchingSettingsVersion, (caller.home, number))


async def pairs_with(db: AsyncSession, caller: Caller, account_ids: Collection[UUID]) -> Sequence[Pair]:
    """The caller's pairs with any of these people, before it is asked whether the other side has blocked them."""
    with_them = or_(Pair.mentee_id == any_of(account_ids), Pair.mentor_id == any_of(account_ids))
    return (await db.scalars(select(Pair).where(known_to(caller), with_them))).all()


async def pairs_of_mentor(db: AsyncSession, mentor_id: UUID, mentee_ids: Collection[UUID]) -> Sequence[Pair]:
    """What a mentor and any of these young people were to each other. Without a caller: for features that then don't
    bring them together, and tell nobody."""
    query = select(Pair).where(Pair.mentor_id == mentor_id, Pair.mentee_id == any_of(mentee_ids))
    return (await db.scalars(query)).all()


async def asked_again(db: AsyncSession, organisation_id: UUID, mentee_ids: Collection[UUID]) -> Sequence[Pair]:
    """Every pair that those of these people of a programme who ask for a mentor of before were in with that one.
    Without a caller: for matching, which decides who is told what."""
    with_that_one = and_(Pair.mentee_id == Waiting.mentee_id, Pair.mentor_id == Waiting.again_with)
    query = select(Pair).join(Waiting, with_that_one)
    of_these = and_(Waiting.organisation_id == organisation_id, Waiting.mentee_id == any_of(mentee_ids))
    return (await db.scalars(query.where(of_these))).all()


async def pairs_among(
    db: AsyncSession, organisation_id: UUID, mentee_ids: Collection[UUID]
) -> Sequence[tuple[UUID, UUID, PairState, Answer | None]]:
    """Mentee, mentor, state and answer of every pair that these people of a programme are or were in, but for those to
    which one said "not now" some time ago, and those that expired: of these, the ones that the mentor left without an
    answer a short while ago. Without a caller: for matching, which decides who is told what."""
    recently = Pair.closed_at > func.clock_timestamp() - NOT_NOW_LASTS
    rows = await db.execute(
        select(Pair.mentee_id, Pair.mentor_id, Pair.state, Pair.answer).where(
            Pair.mentee_id == any_of(mentee_ids),
            Pair.organisation_id == organisation_id,
            or_(Pair.answer.is_distinct_from(Answer.NOT_NOW), recently),
            or_(Pair.state != PairState.EXPIRED, and_(recently, ~_said_yes(Role.MENTOR))),
        )
    )
    return [
        (mentee_id, mentor_id, PairState(state), Answer(answer) if answer else None)
        for mentee_id, mentor_id, state, answer in rows
    ]


async def two_of(db: AsyncSession, pair_id: UUID) -> Two | None:
    """Who a pair is of. Without a caller: for matching, which decides who is told what."""
    row = (await db.execute(select(Pair.mentee_id, Pair.mentor_id).where(Pair.id == pair_id))).one_or_none()
    return Two(*row) if row is not None else None


async def everyone_waiting(db: AsyncSession, organisation_id: UUID) -> Sequence[tuple[UUID, datetime]]:
    """Who waits in a programme, and since when they wait for an offer: since the last that they let pass, if they did.
    Without a caller: for matching."""
    let_pass = (
        select(func.max(Pair.closed_at))
        .where(Pair.mentee_id == Waiting.mentee_id, Pair.state == PairState.EXPIRED, Pair.origin == PairOrigin.STAFF)
        .where(~_said_yes(Role.MENTEE), _could_be_answered_by_mentee())
        .scalar_subquery()
    )
    rows = await db.execute(
        select(Waiting.mentee_id, func.greatest(Waiting.since, let_pass))
        .join(Account, Account.id == Waiting.mentee_id)
        .where(Waiting.organisation_id == organisation_id, Account.state == AccountState.ACTIVE)
    )
    return [(mentee_id, since) for mentee_id, since in rows]


def _said_yes(role: Role) -> ColumnElement[bool]:
    """Whether that side has said yes to a pair, be it to what the other has changed since."""
    return exists().where(PairStep.pair_id == Pair.id, PairStep.step == Step.ACCEPT, PairStep.by_role == role)


def _could_be_answered_by_mentee() -> ColumnElement[bool]:
    """Whether the mentor has said what they expect, without which nobody can say yes, or none was asked for that."""
    return or_(
        exists().where(Expectations.account_id == Pair.mentor_id), exists().where(PairOverride.pair_id == Pair.id)
    )
