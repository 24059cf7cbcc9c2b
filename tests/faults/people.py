"""Who is in the swarm: people, their threads, and devices that are signed in. Made by the service's own code, because
sign-up over the contract hashes a password for each."""

import random
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rinnalla.accounts.service import Account
from rinnalla.app import Services
from rinnalla.kit.caller import Role
from tests.api import Api, Contract
from tests.factories import Factory
from tests.faults.device import Device
from tests.faults.diary import Rules
from tests.faults.journal import Person, Talk

NO_CONTRACT = Contract({"paths": {}, "components": {}})
Session = tuple[str, str, str]
"""Its id, an access token, a refresh token."""


@dataclass(frozen=True, slots=True)
class Size:
    """How big a swarm is: each mentor talks with `mentees_each` young people; everyone has `sockets_each` devices with
    a socket, and every fifth person one more that polls. `stormy`: the share of threads with blocks in them."""

    mentors: int = 20
    mentees_each: int = 3
    sockets_each: int = 2
    stormy: float = 0.15


@dataclass(frozen=True, slots=True)
class Habits:
    """What people do once in a while on each device with a socket, and how likely each is. `window`: how many sends a
    socket leaves unanswered at the most."""

    window: int = 8
    lose: float = 0.12
    hang_up: float = 0.05
    post: float = 0.18
    read: float = 0.10
    say_again: float = 0.05
    storm: float = 0.05
    log_another_out: float = 0.02
    deliver: float = 0.08
    type: float = 0.08


class Crowd:
    """The people of one swarm."""

    def __init__(self, services: Services, rules: Rules, chance: random.Random) -> None:
        self._services = services
        self._rules = rules
        self._chance = chance
        self.people: list[Person] = []
        self.talks: list[Talk] = []
        self.devices: list[Device] = []
        self.pollers: list[Device] = []

    async def make(self, size: Size) -> None:
        """Everyone."""
        sessions: dict[Person, list[Session]] = {}
        async with Api("http://nobody", NO_CONTRACT) as nobody:
            factory = Factory(self._services, nobody)
            home = await factory.organisation()
            for _ in range(size.mentors):
                mentor, sessions_of = await self._person(factory, Role.MENTOR, home, size)
                sessions[mentor] = sessions_of
                for _ in range(size.mentees_each):
                    mentee, sessions_of = await self._person(factory, Role.MENTEE, home, size)
                    sessions[mentee] = sessions_of
                    await self._talk(mentee, mentor, calm=self._chance.random() >= size.stormy)
            await factory.close()
        for person, own in sessions.items():
            devices = [Device(person, self._rules, self._chance, session=session) for session in own]
            self.devices += devices[: size.sockets_each]
            self.pollers += devices[size.sockets_each :]

    async def _person(self, factory: Factory, role: Role, home: UUID, size: Size) -> tuple[Person, list[Session]]:
        sessions: list[Session] = []
        wanted = size.sockets_each + (1 if len(self.people) % 5 == 0 else 0)

        async def sign_in(db: Any, account: Account) -> None:
            for _ in range(wanted):
                grant = await self._services.sessions.open(db, account)
                sessions.append((str(grant.session_id), grant.access_token, grant.refresh_token))

        name = f"{role}-{self._chance.getrandbits(40):x}"
        made = await factory.person(role, home, login_name=name, also=sign_in)
        person = Person(str(made.id), name)
        self.people.append(person)
        return person, sessions

    async def _talk(self, mentee: Person, mentor: Person, *, calm: bool) -> None:
        async with self._services.database.unit_of_work() as db:
            thread_id = await self._services.chat.open_thread(db, UUID(mentee.id), UUID(mentor.id))
        members = (mentee, mentor) if self._chance.random() < 0.5 else (mentor, mentee)
        talk = Talk(str(thread_id), members, calm=calm)
        self.talks.append(talk)
        for person in members:
            person.talks[talk.id] = talk

    async def sign_in_again(self, device: Device) -> None:
        """A new session for a device that was logged out. Raises: Unavailable."""
        async with self._services.database.unit_of_work() as db:
            account = await db.get_one(Account, UUID(device.person.id))
            grant = await self._services.sessions.open(db, account)
        device.sign_in((str(grant.session_id), grant.access_token, grant.refresh_token))
