"""Every query on topics, cards and photos.

What is published (cards of approved and active mentors, their photos, topics) is read without a caller: it is for
everyone. Everything else takes the caller.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, delete, func, not_, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Account, AccountState
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import any_of
from rinnalla.profiles.models import MentorCard, MentorTopic, MentorWishes, Photo, Topic, Wishes

_published = and_(Account.state == AccountState.ACTIVE, MentorCard.approved_at.is_not(None))


@dataclass(frozen=True, slots=True)
class FullCard:
    """A card with what other tables know of its mentor."""

    card: MentorCard
    display_name: str
    state: AccountState
    topics: list[str]
    photo_id: UUID | None

    @property
    def account_id(self) -> UUID:
        return self.card.account_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What someone who looks for a mentor narrows the list by; None and False narrow nothing. `topics`: any of them."""

    topics: Collection[str] = ()
    language: str | None = None
    region: str | None = None
    organisation_id: UUID | None = None
    free: bool = False
    not_away: bool = False
    text: str | None = None


async def topics(db: AsyncSession) -> Sequence[Topic]:
    """All topics in the order they are shown: they are public."""
    return (await db.scalars(select(Topic).order_by(Topic.position, Topic.id))).all()


async def known_topics(db: AsyncSession, topic_ids: Collection[str]) -> set[str]:
    """Those of the ids that are topics."""
    return set(await db.scalars(select(Topic.id).where(Topic.id.in_(topic_ids))))


async def add_topic(db: AsyncSession, topic_id: str, names: dict[str, Any]) -> Topic:
    """A new topic after all others. For a service that has seen to it that nobody adds another meanwhile."""
    position = (await db.scalar(select(func.max(Topic.position)))) or 0
    topic = Topic(id=topic_id, names=names, position=position + 1)
    db.add(topic)
    await db.flush()
    return topic


async def carried_elsewhere(db: AsyncSession, caller: Caller, topic_id: str) -> bool:
    """Whether someone of another programme than the caller's has this topic on their card, among their wishes, or
    among what they can't carry."""
    carrying = union_all(
        select(MentorTopic.account_id).where(MentorTopic.topic_id == topic_id),
        select(Wishes.account_id).where(Wishes.topics.contains([topic_id])),
        select(MentorWishes.account_id).where(MentorWishes.cannot_carry.contains([topic_id])),
    )
    query = select(Account.id).where(
        Account.id.in_(carrying), Account.organisation_id.is_distinct_from(caller.organisation_id)
    )
    return await db.scalar(query.limit(1)) is not None


async def remove_topic(db: AsyncSession, topic_id: str) -> bool:
    """Take a topic off all cards and wishes, of mentors too, and away. Whether it was there."""
    await db.execute(delete(MentorTopic).where(MentorTopic.topic_id == topic_id))
    for table, topics_of in ((Wishes, Wishes.topics), (MentorWishes, MentorWishes.cannot_carry)):
        await db.execute(
            update(table)
            .where(topics_of.contains([topic_id]))
            .values({topics_of: func.array_remove(topics_of, topic_id), table.version: table.version + 1})
            .execution_options(synchronize_session=False)
        )
    return await db.scalar(delete(Topic).where(Topic.id == topic_id).returning(Topic.id)) is not None


async def published_cards(
    db: AsyncSession, wanted: Wanted, today: date, after: UUID | None, limit: int
) -> Sequence[FullCard]:
    """Cards for everyone, newest mentor first; `after` is the last one seen."""
    query = _narrowed(_full_cards().where(_published), wanted, today)
    if after is not None:
        query = query.where(MentorCard.account_id < after)
    rows = await db.execute(query.order_by(MentorCard.account_id.desc()).limit(limit))
    return [_full(*row) for row in rows]


async def published_card(db: AsyncSession, mentor_id: UUID) -> FullCard | None:
    """One card for everyone."""
    row = (await db.execute(_full_cards().where(_published, MentorCard.account_id == mentor_id))).one_or_none()
    return None if row is None else _full(*row)


async def active_of(db: AsyncSession, organisation_id: UUID) -> Sequence[FullCard]:
    """The cards of one programme's active mentors, approved or not, oldest mentor first. Without a caller: matching
    weighs them all, and decides who is told what."""
    query = _full_cards().where(Account.state == AccountState.ACTIVE, MentorCard.organisation_id == organisation_id)
    return [_full(*row) for row in await db.execute(query.order_by(MentorCard.account_id))]


async def published_among(db: AsyncSession, mentor_ids: Collection[UUID], *, lock: bool = False) -> Sequence[FullCard]:
    """Those of the mentors whose cards everyone may see; with `lock` they are kept from changing until the transaction
    ends, their count of pairs included."""
    query = _full_cards().where(_published, MentorCard.account_id == any_of(mentor_ids))
    if lock:
        held = query.order_by(MentorCard.account_id).with_for_update(of=MentorCard, key_share=True)
        query = held.execution_options(populate_existing=True)
    rows = await db.execute(query)
    return [_full(*row) for row in rows]


async def own_card(db: AsyncSession, caller: Caller, *, lock: bool = False) -> FullCard | None:
    """The caller's own card; with `lock` it is kept from changing until the transaction ends."""
    query = _full_cards().where(MentorCard.account_id == caller.account_id)
    if lock:
        query = query.with_for_update(of=MentorCard).execution_options(populate_existing=True)
    row = (await db.execute(query)).one_or_none()
    return None if row is None else _full(*row)


async def lock_own_card(db: AsyncSession, caller: Caller) -> MentorCard | None:
    """The caller's own card, kept from changing until the transaction ends."""
    query = select(MentorCard).where(MentorCard.account_id == caller.account_id)
    return await db.scalar(query.with_for_update())


async def cards_of_home(db: AsyncSession, caller: Caller, after: UUID | None, limit: int) -> Sequence[FullCard]:
    """The mentors of the caller's programme, published or not, in order of id."""
    query = _full_cards().where(MentorCard.organisation_id == caller.organisation_id)
    if after is not None:
        query = query.where(MentorCard.account_id > after)
    return [_full(*row) for row in await db.execute(query.order_by(MentorCard.account_id).limit(limit))]


async def card_of_home(db: AsyncSession, caller: Caller, mentor_id: UUID) -> FullCard | None:
    """One mentor of the caller's programme, published or not; the card is locked."""
    query = _full_cards().where(
        MentorCard.account_id == mentor_id, MentorCard.organisation_id == caller.organisation_id
    )
    row = (await db.execute(query.with_for_update(of=MentorCard))).one_or_none()
    return None if row is None else _full(*row)


async def replace_topics(db: AsyncSession, mentor_id: UUID, topic_ids: Collection[str]) -> None:
    """These topics on a card instead of all others; the caller's service has locked the card."""
    await db.execute(delete(MentorTopic).where(MentorTopic.account_id == mentor_id))
    db.add_all([MentorTopic(account_id=mentor_id, topic_id=topic_id) for topic_id in topic_ids])
    await db.flush()


async def published_photo(db: AsyncSession, photo_id: UUID) -> Photo | None:
    """A photo for everyone."""
    return await db.scalar(_photos().where(Photo.id == photo_id, _published))


async def unpublished_photo(db: AsyncSession, caller: Caller, photo_id: UUID) -> Photo | None:
    """A photo that only its mentor and the staff of the mentor's programme may see as yet."""
    is_staff = caller.role == Role.STAFF
    theirs = MentorCard.organisation_id == caller.organisation_id
    may_see = theirs if is_staff else MentorCard.account_id == caller.account_id
    return await db.scalar(_photos().where(Photo.id == photo_id, may_see))


async def replace_photo(db: AsyncSession, caller: Caller, photo: Photo | None) -> None:
    """The caller's new photo instead of the old one, or none; the caller's card is locked."""
    await db.execute(delete(Photo).where(Photo.account_id == caller.account_id))
    if photo is not None:
        db.add(photo)
    await db.flush()


def _full_cards() -> Select[Any]:
    topic_ids = (
        select(func.array_agg(aggregate_order_by(Topic.id, Topic.position)))
        .join(MentorTopic, MentorTopic.topic_id == Topic.id)
        .where(MentorTopic.account_id == MentorCard.account_id)
        .correlate(MentorCard)
        .scalar_subquery()
    )
    return (
        select(MentorCard, Account.display_name, Account.state, topic_ids, Photo.id)
        .join(Account, Account.id == MentorCard.account_id)
        .outerjoin(Photo, Photo.account_id == MentorCard.account_id)
    )


def _full(
    card: MentorCard, display_name: str, state: str, topic_ids: list[str] | None, photo_id: UUID | None
) -> FullCard:
    return FullCard(card, display_name, AccountState(state), topic_ids or [], photo_id)


def _narrowed(query: Select[Any], wanted: Wanted, today: date) -> Select[Any]:
    if wanted.topics:
        with_topic = select(MentorTopic.account_id).where(MentorTopic.topic_id.in_(wanted.topics))
        query = query.where(MentorCard.account_id.in_(with_topic))
    if wanted.language is not None:
        query = query.where(MentorCard.languages.contains([wanted.language]))
    if wanted.region is not None:
        query = query.where(func.lower(MentorCard.region) == func.lower(wanted.region))
    if wanted.organisation_id is not None:
        query = query.where(MentorCard.organisation_id == wanted.organisation_id)
    if wanted.free:
        query = query.where(MentorCard.open_pairs < MentorCard.capacity)
    if wanted.not_away:
        away = and_(MentorCard.away_from <= today, MentorCard.away_until >= today)
        query = query.where(or_(MentorCard.away_from.is_(None), not_(away)))
    if wanted.text is not None:
        query = query.where(MentorCard.story.icontains(wanted.text, autoescape=True))
    return query


def _photos() -> Select[Photo]:
    return (
        select(Photo)
        .join(MentorCard, MentorCard.account_id == Photo.account_id)
        .join(Account, Account.id == Photo.account_id)
    )
