"""One person's three records, from what accounts and cards say."""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import UNSET

from rinnalla.accounts.service import Account, AccountState
from rinnalla.kit.caller import Role
from rinnalla.profiles.service import FullCard, Topic
from rinnalla.ylitse import ids
from rinnalla.ylitse import schemas as wire
from rinnalla.ylitse.schemas import Position
from rinnalla.ylitse.times import stamp
from rinnalla.ylitse.wordings import Wording, channels_told, gender_told, languages_told


def position(role: Role | str) -> Position:
    """A role in this contract's words."""
    return Position.ADMIN if role in {Role.STAFF, Role.ADMIN} else Position(str(role))


def account_record(account: Account, email: str | None = None, phone: str | None = None) -> wire.Account:
    """`email` and `phone` only for the account's owner."""
    return wire.Account(
        id=str(account.id),
        role=position(account.role),
        login_name=account.login_name or "",
        email=email or UNSET,
        phone=phone or UNSET,
        active=account.state == AccountState.ACTIVE,
        created=stamp(account.created_at),
        updated=stamp(account.created_at),
    )


def user_record(account: Account) -> wire.User:
    return wire.User(
        id=ids.user_id(account.id),
        account_id=str(account.id),
        display_name=account.display_name,
        role=position(account.role),
        active=account.state == AccountState.ACTIVE,
        created=stamp(account.created_at),
        updated=stamp(account.created_at),
    )


def mentor_record(full: FullCard, wording: Wording, skills: Mapping[str, str], today: date) -> wire.Mentor:
    """`wording`: the mentor's own words; `skills`: names of topics by id."""
    card = full.card
    return wire.Mentor(
        id=ids.mentor_id(card.account_id),
        user_id=ids.user_id(card.account_id),
        account_id=str(card.account_id),
        display_name=full.display_name,
        birth_year=card.birth_year or 0,
        gender=gender_told(wording, card.gender),
        region=card.region,
        story=card.story,
        languages=languages_told(wording, card.languages),
        skills=[skills[topic_id] for topic_id in full.topics if topic_id in skills],
        communication_channels=channels_told(wording, card.channels),
        is_vacationing=is_away(full, today),
        status_message=card.status_line,
        active=full.state == AccountState.ACTIVE and card.approved_at is not None,
        created=stamp(card.approved_at or card.updated_at),
        updated=stamp(card.updated_at),
    )


def is_away(full: FullCard, today: date) -> bool:
    """Whether a mentor is away that day; the first and the last day count."""
    first, last = full.card.away_from, full.card.away_until
    return first is not None and last is not None and first <= today <= last


def skill_names(topics: Sequence[Topic], language: str) -> dict[str, str]:
    """What each topic is called in a language, in the order they are shown."""
    return {topic.id: str(topic.names.get(language) or next(iter(topic.names.values()))) for topic in topics}


def skill_record(topic: Topic, language: str) -> wire.Skill:
    return wire.Skill(
        id=topic.id,
        name=skill_names([topic], language)[topic.id],
        active=True,
        created=stamp(topic.created_at),
        updated=stamp(topic.created_at),
    )
