"""A young person's wishes, as they are kept and as they are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from rinnalla.kit.vault import Vault, WrappedKey
from rinnalla.profiles.contradictions import Contradiction
from rinnalla.profiles.models import Wishes
from rinnalla.profiles.policy import distinct, folded


class Words(msgspec.Struct, frozen=True):
    """What someone likes and what not, in their own words, folded."""

    interests: list[str] = []
    dislikes: list[str] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class WishesEdit:
    """What a young person hopes for, and when they can talk. None and empty: no wish, and no known times. Ages are in
    years. `choices` are mentors, the first one first; `matters_most` are criteria of matching by name."""

    languages: list[str]
    region: str
    gender_wish: str | None
    age_min: int | None
    age_max: int | None
    times: list[str]
    topics: list[str]
    note: str | None
    experiences: list[str] = field(default_factory=list)
    interests: list[str] = field(default_factory=list)
    dislikes: list[str] = field(default_factory=list)
    matters_most: list[str] = field(default_factory=list)
    choices: list[UUID] = field(default_factory=list)
    reply_rhythm: str | None = None
    birth_year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WishesView(WishesEdit):
    """Someone's wishes, opened. Version 0: never set. `contradictions` are told to their owner."""

    account_id: UUID
    version: int = 0
    updated_at: datetime | None = None
    contradictions: tuple[Contradiction, ...] = ()


def write(vault: Vault, key: WrappedKey, wishes: Wishes, edit: WishesEdit) -> None:
    """Put what was said into the row, sealed where it is in someone's own words."""
    wishes.languages = distinct(edit.languages)
    wishes.region = edit.region.strip()
    wishes.gender_wish = edit.gender_wish
    wishes.age_min, wishes.age_max = edit.age_min, edit.age_max
    wishes.times = distinct(edit.times)
    wishes.topics = distinct(edit.topics)
    wishes.experiences = distinct(edit.experiences)
    wishes.matters_most = distinct(edit.matters_most)
    wishes.reply_rhythm, wishes.birth_year = edit.reply_rhythm, edit.birth_year
    words = Words(folded(edit.interests), folded(edit.dislikes))
    said = msgspec.json.encode(words).decode() if words.interests or words.dislikes else None
    wishes.words = vault.seal(key, said, _words_context(wishes.account_id)) if said else None
    note = (edit.note or "").strip()
    wishes.note = vault.seal(key, note, _note_context(wishes.account_id)) if note else None


def opened(
    vault: Vault,
    key: WrappedKey,
    account_id: UUID,
    wishes: Wishes | None,
    choices: Sequence[UUID],
    *,
    note: bool = True,
) -> WishesView:
    """What someone wishes for; empty wishes when they were never set. Without `note` it stays sealed."""
    if wishes is None:
        return WishesView(
            account_id=account_id,
            languages=[],
            region="",
            gender_wish=None,
            age_min=None,
            age_max=None,
            times=[],
            topics=[],
            note=None,
        )
    words = Words()
    if wishes.words is not None:
        words = msgspec.json.decode(vault.open(key, wishes.words, _words_context(account_id)), type=Words)
    sealed_note = wishes.note if note else None
    return WishesView(
        account_id=account_id,
        languages=wishes.languages,
        region=wishes.region,
        gender_wish=wishes.gender_wish,
        age_min=wishes.age_min,
        age_max=wishes.age_max,
        times=wishes.times,
        topics=wishes.topics,
        note=vault.open(key, sealed_note, _note_context(account_id)) if sealed_note is not None else None,
        experiences=wishes.experiences,
        interests=words.interests,
        dislikes=words.dislikes,
        matters_most=wishes.matters_most,
        choices=list(choices),
        reply_rhythm=wishes.reply_rhythm,
        birth_year=wishes.birth_year,
        version=wishes.version,
        updated_at=wishes.updated_at,
    )


def _note_context(account_id: UUID) -> str:
    return f"wishes-note:{account_id}"


def _words_context(account_id: UUID) -> str:
    return f"wishes-words:{account_id}"
