"""Who talks with whom in an export, and what they said: threads, or what is wrong with contacts and messages."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from rinnalla.chat.service import ArrivedMessage, Filing
from rinnalla.ylitse.export_file import ContactRecord, Export, MessageRecord, in_utc
from rinnalla.ylitse.moved_ids import message_id
from rinnalla.ylitse.moved_people import People, Person

FILINGS = {
    "ok": Filing.INBOX,
    "archived": Filing.ARCHIVED,
    "banned": Filing.BLOCKED,
    "deleted": Filing.BLOCKED,
}
_PLACE_BITS = 32
_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Talk:
    """A conversation. `deleted_by`: who of the two calls the other deleted. `messages` are numbers of time and place: a
    million of them must be small, and sort fast."""

    mentee: Person
    mentor: Person
    filings: dict[UUID, Filing] = field(default_factory=dict)
    deleted_by: set[UUID] = field(default_factory=set)
    messages: list[int] = field(default_factory=list)

    @property
    def people(self) -> tuple[UUID, UUID]:
        return self.mentee.id, self.mentor.id

    @property
    def possible_since(self) -> datetime:
        """Since when both were there."""
        return max(in_utc(self.mentee.account.created), in_utc(self.mentor.account.created))

    def places(self) -> list[int]:
        """Where its messages stand in the file, in the order of their times; of the same time in that of the file."""
        return [number & ((1 << _PLACE_BITS) - 1) for number in sorted(self.messages)]


class Talks:
    """All conversations, by the ids of the two."""

    def __init__(self, export: Export, people: People, home: UUID) -> None:
        self._export = export
        self._people = people
        self._home = home
        self.all: dict[tuple[UUID, UUID], Talk] = {}
        self.inactive_messages = 0
        self._read_contacts()
        self._read_messages()

    def message(self, place: int) -> tuple[str, ArrivedMessage]:
        """A message of a sound file, and what was its id."""
        record = self._export.one(MessageRecord, "messages", place)
        return record.id, ArrivedMessage(
            message_id(self._home, record.id, record.created),
            self._people.by_user[record.sender_id].id,
            record.content,
            in_utc(record.created),
            record.opened,
        )

    def _read_contacts(self) -> None:
        faults = self._export.faults
        for place, record in self._export.sound(ContactRecord, "contacts"):
            pointer = f"/contacts/{place}"
            owner = self._people.known(f"{pointer}/user_id", record.user_id)
            other = self._people.known(f"{pointer}/id", record.id)
            talk = self._talk(pointer, owner, other)
            if talk is None or owner is None or other is None:
                continue
            if other.account.role != record.role:
                faults.add(f"{pointer}/role", "other_role")
            if owner.id in talk.filings:
                faults.add(pointer, "duplicate")
            talk.filings[owner.id] = FILINGS[record.status]
            if record.status == "deleted":
                talk.deleted_by.add(owner.id)

    def _read_messages(self) -> None:
        seen: set[int] = set()
        for place, record in self._export.sound(MessageRecord, "messages"):
            pointer = f"/messages/{place}"
            number = int.from_bytes(hashlib.sha256(record.id.encode()).digest()[:12])  # small, as there are so many
            if number in seen:
                self._export.faults.add(f"{pointer}/id", "duplicate")
            seen.add(number)
            sender = self._people.known(f"{pointer}/sender_id", record.sender_id)
            recipient = self._people.known(f"{pointer}/recipient_id", record.recipient_id)
            talk = self._talk(pointer, sender, recipient)
            if not record.active:
                self.inactive_messages += 1
            elif talk is not None:
                since = (in_utc(record.created) - _START) // timedelta(microseconds=1)
                talk.messages.append((since << _PLACE_BITS) | place)

    def _talk(self, pointer: str, one: Person | None, other: Person | None) -> Talk | None:
        """The conversation of these two; a fault if there can be none. Who is nobody has been told already."""
        if one is None or other is None:
            return None
        if one is other:
            self._export.faults.add(pointer, "with_oneself")
            return None
        mentee, mentor = sorted((one, other), key=lambda person: person.account.role)
        if (mentee.account.role, mentor.account.role) != ("mentee", "mentor"):
            self._export.faults.add(pointer, "no_mentee_and_mentor")
            return None
        return self.all.setdefault((mentee.id, mentor.id), Talk(mentee, mentor))
