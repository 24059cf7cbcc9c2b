"""Who is in an export: one person behind each account, user and mentor, or what is wrong with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from rinnalla.accounts.service import Arrivals
from rinnalla.kit.hashing import is_verifiable
from rinnalla.ylitse.export_file import (
    AccountRecord,
    Export,
    LinkedRecord,
    MentorRecord,
    R,
    UserRecord,
)
from rinnalla.ylitse.moved_cards import check_card
from rinnalla.ylitse.moved_ids import person_id

Linked = TypeVar("Linked", bound=LinkedRecord)
Placed = Mapping[str, tuple[int, R]]
"""Records by their ids, with where in its list each stands."""

_OUR_KINDS = ("$argon2", "$2")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone as the old service knew them. `place` is where their account stands in the file."""

    id: UUID
    place: int
    account: AccountRecord
    user: UserRecord
    mentor: MentorRecord | None

    @property
    def is_active(self) -> bool:
        """Whether they could log in there."""
        return self.account.active and self.user.active


class People:
    """Everyone, by the id of their user."""

    def __init__(self, export: Export, home: UUID) -> None:
        self._export = export
        self._faults = export.faults
        accounts = self._by_id(AccountRecord, "accounts")
        every_user = self._by_id(UserRecord, "users")
        users = self._linked("users", every_user, accounts)
        mentors = self._linked("mentors", self._by_id(MentorRecord, "mentors"), accounts)
        self._check_accounts(accounts)
        for place, profile in mentors.values():
            check_card(self._faults, f"/mentors/{place}", profile)
        self._users = every_user.keys()
        self.by_user: dict[str, Person] = {}
        for place, account in accounts.values():
            user_place, user = users.get(account.id, (0, None))
            mentor_place, mentor = mentors.get(account.id, (0, None))
            self._check_whole(place, account, mentor)
            if user is None:
                if not export.is_unsound("users", account.id):
                    self._faults.add(f"/accounts/{place}", "has_no_user")
                continue
            if user.role != account.role:
                self._faults.add(f"/users/{user_place}/role", "other_role")
            if mentor is not None and mentor.user_id != user.id:
                self._faults.add(f"/mentors/{mentor_place}/user_id", "other_person")
            ours = person_id(home, user.id, account.created)
            self.by_user[user.id] = Person(ours, place, account, user, mentor)

    def __iter__(self) -> Iterator[Person]:
        return iter(self.by_user.values())

    def known(self, pointer: str, user_id: str) -> Person | None:
        """Who a record speaks of; a fault if there is no such user. One with faults of their own has been told."""
        if user_id not in self._users and not self._export.is_unsound("users", user_id):
            self._faults.add(pointer, "unknown_reference")
        return self.by_user.get(user_id)

    def _by_id(self, shape: type[R], name: str) -> dict[str, tuple[int, R]]:
        found: dict[str, tuple[int, R]] = {}
        for place, record in self._export.sound(shape, name):
            if record.id in found:
                self._faults.add(f"/{name}/{place}/id", "duplicate")
            else:
                found[record.id] = place, record
        return found

    def _linked(
        self, name: str, records: Placed[Linked], accounts: Placed[AccountRecord]
    ) -> dict[str, tuple[int, Linked]]:
        """Users or mentors by the account that they belong to."""
        linked: dict[str, tuple[int, Linked]] = {}
        for place, record in records.values():
            if record.account_id in linked:
                self._faults.add(f"/{name}/{place}/account_id", "duplicate")
            elif record.account_id in accounts:
                linked[record.account_id] = place, record
            elif not self._export.is_unsound("accounts", record.account_id):
                self._faults.add(f"/{name}/{place}/account_id", "unknown_reference")
        return linked

    def _check_accounts(self, accounts: Placed[AccountRecord]) -> None:
        names: set[str] = set()
        for place, account in accounts.values():
            key = Arrivals.name_key(account.login_name)
            if key in names:
                self._faults.add(f"/accounts/{place}/login_name", "duplicate")
            names.add(key)
            if account.password_hash and not _is_a_hash(account.password_hash):
                self._faults.add(f"/accounts/{place}/password_hash", "invalid_format")

    def _check_whole(self, place: int, account: AccountRecord, mentor: object | None) -> None:
        if mentor is not None and account.role != "mentor":
            self._faults.add(f"/accounts/{place}", "is_no_mentor")
        if mentor is None and account.role == "mentor" and not self._export.is_unsound("mentors", account.id):
            self._faults.add(f"/accounts/{place}", "has_no_mentor")


def _is_a_hash(stored: str) -> bool:
    """Whether it is one that can be verified here, or of a kind that never is (as `pbkdf2_sha256$…`)."""
    return is_verifiable(stored) or ("$" in stored and not stored.startswith(_OUR_KINDS))
