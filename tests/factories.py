"""People and programmes for tests, made by the service's own code, signed in and ready."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID

import pyotp
from argon2 import PasswordHasher
from sqlalchemy import func

from rinnalla.accounts.service import NewAccount
from rinnalla.app import Services
from rinnalla.kit.caller import Role
from rinnalla.kit.events import append
from rinnalla.profiles.models import MentorCard, MentorTopic
from tests.api import Api, Contract

PASSWORD = "kolme kissaa ja kuu"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SCREENED_ON = date(2026, 1, 1)
_numbers = count(1)


@cache
def password_hash() -> str:
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)


def totp_code(steps_ahead: int = 0, secret: str = TOTP_SECRET) -> str:
    """What the second factor shows now, or so many steps of 30 seconds later."""
    return str(pyotp.TOTP(secret).at(int(time.time()) + 30 * steps_ahead))


class Person(Api):
    """Someone signed in on one device."""

    def __init__(self, url: str, contract: Contract, token: str, **known: Any) -> None:
        super().__init__(url, contract, token)
        self.token = token
        self.known = known
        self.id: UUID = known["id"]
        self.login_name: str = known["login_name"]
        self.organisation_id: UUID | None = known["organisation_id"]
        self.session_id: UUID = known["session_id"]
        self.refresh_token: str = known["refresh_token"]


@dataclass
class Factory:
    """Makes what a test needs."""

    services: Services
    nobody: Api
    made: list[Person] = field(default_factory=list)

    async def close(self) -> None:
        """Close everyone's connections."""
        for person in self.made:
            await person.http.aclose()

    def again(self, person: Person) -> Person:
        """Someone whom another factory has made."""
        self.made.append(Person(person.url, person.contract, person.token, **person.known))
        return self.made[-1]

    async def organisation(self, *, mentees_may_choose: bool = False, country: str = "FI") -> UUID:
        async with self.services.database.unit_of_work() as db:
            made = await self.services.organisations.create(
                db, name=f"Programme {next(_numbers)}", country=country, mentees_may_choose=mentees_may_choose
            )
            return made.id

    async def mentee(self, organisation_id: UUID | None = None, **extra: Any) -> Person:
        return await self.person(Role.MENTEE, organisation_id or await self.organisation(), **extra)

    async def mentor(
        self,
        organisation_id: UUID | None = None,
        *,
        approved: bool = True,
        capacity: int = 3,
        screened_on: date | None = SCREENED_ON,
        screened_until: date | None = None,
        topics: Sequence[str] = (),
        **card_fields: Any,
    ) -> Person:
        """A mentor with a card; `card_fields` are columns of it."""

        async def with_card(db: Any, account: Any) -> None:
            card = MentorCard(
                account_id=account.id, organisation_id=account.organisation_id, capacity=capacity, **card_fields
            )
            card.approved_at = func.clock_timestamp() if approved else None
            card.screened_on = screened_on
            card.screened_until = screened_until
            db.add(card)
            await db.flush()
            db.add_all([MentorTopic(account_id=account.id, topic_id=topic) for topic in topics])

        return await self.person(Role.MENTOR, organisation_id or await self.organisation(), also=with_card)

    async def staff(self, organisation_id: UUID | None = None) -> Person:
        return await self.person(Role.STAFF, organisation_id or await self.organisation(), totp_secret=TOTP_SECRET)

    async def admin(self) -> Person:
        return await self.person(Role.ADMIN, None, totp_secret=TOTP_SECRET)

    async def thread(self, mentee: Person, mentor: Person) -> UUID:
        """An open thread of the two, as a pair would have."""
        async with self.services.database.unit_of_work() as db:
            return await self.services.chat.open_thread(db, mentee.id, mentor.id)

    async def end(self, thread: UUID) -> None:
        """Close a thread, as with a pair; both are told."""
        async with self.services.database.unit_of_work() as db:
            await self.services.chat.make_closed(db, thread)
            await append(db, await self.services.chat.thread_news(db, thread))

    async def talkers(self) -> tuple[Person, Person, UUID]:
        """A mentee, a mentor, and their thread."""
        home = await self.organisation()
        mentee, mentor = await self.mentee(home), await self.person(Role.MENTOR, home)
        return mentee, mentor, await self.thread(mentee, mentor)

    async def person(
        self,
        role: Role,
        organisation_id: UUID | None,
        *,
        login_name: str | None = None,
        also: Callable[[Any, Any], Awaitable[None]] | None = None,
        **extra: Any,
    ) -> Person:
        """`also(db, account)` runs in the same transaction."""
        name = login_name or f"{role}-{next(_numbers)}"
        new = NewAccount(
            role=role, organisation_id=organisation_id, login_name=name, password_hash=password_hash(), **extra
        )
        async with self.services.database.unit_of_work() as db:
            account = await self.services.accounts.create(db, new)
            if also is not None:
                await also(db, account)
            grant = await self.services.sessions.open(db, account, "test device")
        person = Person(
            self.nobody.url,
            self.nobody.contract,
            grant.access_token,
            id=account.id,
            login_name=name,
            organisation_id=organisation_id,
            session_id=grant.session_id,
            refresh_token=grant.refresh_token,
        )
        self.made.append(person)
        return person
