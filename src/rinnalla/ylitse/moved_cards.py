"""A mentor's profile of an export as a card of Rinnalla, and the words in which it was told."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from uuid import UUID

from rinnalla.profiles.service import ArrivedCard
from rinnalla.ylitse.export_faults import Faults
from rinnalla.ylitse.export_file import MentorRecord, in_utc
from rinnalla.ylitse.languages import code_of
from rinnalla.ylitse.shelf import AWAY_UNTIL_TOLD_OTHERWISE, OLDEST_BIRTH_YEAR
from rinnalla.ylitse.wordings import Wording, channel_of, gender_of, meanings, wording_of


def check_card(faults: Faults, pointer: str, mentor: MentorRecord) -> None:
    """What a card can't have is for people to put right."""
    if 0 < mentor.birth_year < OLDEST_BIRTH_YEAR:
        faults.add(f"{pointer}/birth_year", "out_of_range")


def card_of(mentor: MentorRecord, account_id: UUID, home: UUID, topics: Mapping[str, str], today: date) -> ArrivedCard:
    """The card of a mentor without faults."""
    return ArrivedCard(
        account_id=account_id,
        organisation_id=home,
        story=mentor.story,
        region=mentor.region,
        gender=gender_of(mentor.gender),
        birth_year=mentor.birth_year or None,
        languages=meanings(mentor.languages, code_of),
        channels=meanings(mentor.communication_channels, channel_of),
        topics=[topics[name] for name in mentor.skills],
        status_line=mentor.status_message,
        away_from=today if mentor.is_vacationing else None,
        away_until=today + AWAY_UNTIL_TOLD_OTHERWISE if mentor.is_vacationing else None,
        approved_at=in_utc(mentor.created) if mentor.active else None,
    )


def words_of(mentor: MentorRecord) -> Wording:
    """The words in which the profile was told there, and is told on."""
    return wording_of(mentor.languages, mentor.communication_channels, mentor.gender)


def today() -> date:
    """Days are counted in UTC."""
    return datetime.now(UTC).date()
