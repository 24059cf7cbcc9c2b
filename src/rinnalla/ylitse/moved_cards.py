"""A mentor's profile of an export as a card of Rinnalla, which knows languages by code and channels by kind."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from uuid import UUID

from rinnalla.profiles.service import ArrivedCard, Channel, Gender
from rinnalla.ylitse.export_file import Faults, MentorRecord, in_utc
from rinnalla.ylitse.languages import code_of
from rinnalla.ylitse.shelf import AWAY_UNTIL_TOLD_OTHERWISE, OLDEST_BIRTH_YEAR


def check_card(faults: Faults, pointer: str, mentor: MentorRecord) -> None:
    """What a card can't have is for people to put right."""
    for place, language in enumerate(mentor.languages):
        if code_of(language) is None:
            faults.add(f"{pointer}/languages/{place}", "unknown_language")
    for place, channel in enumerate(mentor.communication_channels):
        if _word(channel) not in set(Channel):
            faults.add(f"{pointer}/communication_channels/{place}", "unknown_channel")
    if mentor.gender.strip() and _word(mentor.gender) not in set(Gender):
        faults.add(f"{pointer}/gender", "invalid_value")
    if 0 < mentor.birth_year < OLDEST_BIRTH_YEAR:
        faults.add(f"{pointer}/birth_year", "out_of_range")


def card_of(mentor: MentorRecord, account_id: UUID, home: UUID, topics: Mapping[str, str], today: date) -> ArrivedCard:
    """The card of a mentor without faults."""
    return ArrivedCard(
        account_id=account_id,
        organisation_id=home,
        story=mentor.story,
        region=mentor.region,
        gender=_word(mentor.gender) or None,
        birth_year=mentor.birth_year or None,
        languages=[code for language in mentor.languages if (code := code_of(language))],
        channels=[_word(channel) for channel in mentor.communication_channels],
        topics=[topics[name] for name in mentor.skills],
        status_line=mentor.status_message,
        away_from=today if mentor.is_vacationing else None,
        away_until=today + AWAY_UNTIL_TOLD_OTHERWISE if mentor.is_vacationing else None,
        approved_at=in_utc(mentor.created) if mentor.active else None,
    )


def today() -> date:
    """Days are counted in UTC."""
    return datetime.now(UTC).date()


def _word(text: str) -> str:
    """A word as this service has it, however it was written."""
    return text.strip().casefold().replace(" ", "_").replace("-", "_")
