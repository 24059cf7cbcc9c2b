"""Moving people in: first their accounts and cards, in the end the doors."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from uuid import UUID

import pyotp
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Arrival, Arrivals, Entrance, Passwords
from rinnalla.kit.caller import Role
from rinnalla.kit.database import Database
from rinnalla.kit.hashing import is_verifiable
from rinnalla.profiles.service import ArrivedCards
from rinnalla.ylitse import repository_moved
from rinnalla.ylitse.export_file import Export, in_utc
from rinnalla.ylitse.keeping import Keeping
from rinnalla.ylitse.moved_cards import card_of, today, words_of
from rinnalla.ylitse.moved_counts import HAS_LEFT, NOT_IN_USE, Counts
from rinnalla.ylitse.moved_ids import mark
from rinnalla.ylitse.moved_people import Person
from rinnalla.ylitse.moved_plan import Plan
from rinnalla.ylitse.ways_in import WayIn, WaysIn

AT_ONCE = 500
LET_IN_AT_ONCE = 50
ROLES = {"mentee": Role.MENTEE, "mentor": Role.MENTOR, "admin": Role.STAFF}
"""Who administers there works for a programme here; who administers the whole service stands above the programmes."""


class MovingPeople:
    """Everyone of one export."""

    def __init__(
        self,
        database: Database,
        arrivals: Arrivals,
        cards: ArrivedCards,
        keeping: Keeping,
        passwords: Passwords,
        export: Export,
        plan: Plan,
        counts: Counts,
        home: UUID,
        places: int,
    ) -> None:
        self._database = database
        self._arrivals = arrivals
        self._cards = cards
        self._keeping = keeping
        self._passwords = passwords
        self._export = export
        self._people = plan.people
        self._skills = plan.skills
        self._counts = counts
        self._home = home
        self._places = places

    async def check(self) -> None:
        """Nobody may take another's name, nor be moved into a second programme or role."""
        for some in _parts(list(self._people), AT_ONCE):
            async with self._database.reading() as db:
                names = await self._arrivals.names(db, [person.account.login_name for person in some])
                here = await self._arrivals.homes_and_roles(db, [person.id for person in some])
                left = await self._left(db, some, here)
            for person in some:
                is_new = person.id not in here.keys() | left
                if is_new and names.get(person.account.login_name, person.id) != person.id:
                    self._export.faults.add(f"/accounts/{person.place}/login_name", "taken_here")
                role = ROLES[person.account.role]
                home_here, role_here = here.get(person.id, (self._home, role))
                if home_here != self._home:
                    self._export.faults.add(f"/accounts/{person.place}", "in_another_programme")
                elif role_here != role:
                    self._export.faults.add(f"/accounts/{person.place}/role", "other_role_here")

    async def bring_topics(self) -> Mapping[str, str]:
        """The topic of each skill that the export names, made known where there is none."""
        count, names = self._counts["skills"], self._skills
        count.left_out[NOT_IN_USE] += count.read - len(names)
        used = [name for person in self._people if person.mentor for name in person.mentor.skills]
        async with self._database.unit_of_work() as db:
            topics, made = await self._cards.make_known(db, names)
            count.moved, count.there = made, len(names) - made
            return {**topics, **(await self._cards.make_known(db, used))[0]}

    async def bring(self, topics: Mapping[str, str], tell: Callable[[str], None]) -> set[UUID]:
        """Make accounts and cards. Returns who is here then: not those who were moved in before and have left."""
        here: set[UUID] = set()
        for some in self._told_in_parts("Moving people in", AT_ONCE, tell):
            async with self._database.unit_of_work() as db:
                here |= await self._bring(db, some, topics)
        return here

    def _told_in_parts(self, doing: str, size: int, tell: Callable[[str], None]) -> Iterator[Sequence[Person]]:
        """Everyone, so many at a time, with a word on how far it is before them, now and then, and after the last."""
        everyone, done = list(self._people), 0
        for some in _parts(everyone, size):
            if done % AT_ONCE == 0:
                tell(f"{doing}: {done:,} of {len(everyone):,}")
            yield some
            done += len(some)
        tell(f"{doing}: {done:,} of {len(everyone):,}")

    async def _bring(self, db: AsyncSession, some: Sequence[Person], topics: Mapping[str, str]) -> set[UUID]:
        there = set(await self._arrivals.homes_and_roles(db, [person.id for person in some]))
        left = await self._left(db, some, there)
        new = [person for person in some if person.id not in there | left]
        made = await self._arrivals.bring(db, [self._arrival(person) for person in new])
        phones = {person.id: person.account.phone for person in new}
        for account in made:
            if phone := phones[account.id]:
                await self._keeping.keep_phone(db, account, phone)
        cards = [card_of(person.mentor, person.id, self._home, topics, today()) for person in new if person.mentor]
        await self._cards.bring(db, cards, capacity=self._places)
        await self._keeping.keep_wordings(db, {one.id: words_of(one.mentor) for one in new if one.mentor})
        await repository_moved.note(db, [self._mark(person) for person in new])
        for person in some:
            for name in ("accounts", "users", *(["mentors"] if person.mentor else [])):
                count = self._counts[name]
                count.there += person.id in there
                count.left_out[HAS_LEFT] += person.id in left
                count.moved += person.id not in there | left
        self._counts.suspended += sum(not person.is_active for person in new)
        return {person.id for person in some} - left

    async def _left(self, db: AsyncSession, some: Sequence[Person], there: Container[UUID]) -> set[UUID]:
        """Who of them was moved in before and is not there any more."""
        noted = await repository_moved.known(db, [self._mark(person) for person in some])
        return {person.id for person in some if person.id not in there and self._mark(person) in noted}

    async def let_in(self, ways_in: WaysIn, tell: Callable[[str], None]) -> None:
        """Open the doors to who was brought and has not been let in, with what they had or by a way in for once."""
        for some in self._told_in_parts("Letting people in", LET_IN_AT_ONCE, tell):
            async with self._database.reading() as db:
                waiting = await self._arrivals.waiting(db, [person.id for person in some])
            entrances, ways = [], []
            for person in some:
                if person.id in waiting:
                    entrance, way = await self._entrance(person)
                    entrances.append(entrance)
                    ways += [way] if way else []
            ways_in.add(ways)
            async with self._database.unit_of_work() as db:
                await self._arrivals.let_in(db, entrances)

    async def _entrance(self, person: Person) -> tuple[Entrance, WayIn | None]:
        role, name = ROLES[person.account.role], person.account.login_name
        stored, password = person.account.password_hash, None
        if not stored or not is_verifiable(stored):
            password = self._arrivals.one_time_password()
            stored = await self._passwords.accept(role, name, password)
        secret = pyotp.random_base32() if role == Role.STAFF else None
        entrance = Entrance(
            account_id=person.id,
            password_hash=stored,
            one_time=password is not None,
            totp_secret=secret,
            suspended=not person.is_active,
        )
        if password is None and secret is None:
            return entrance, None
        return entrance, WayIn(login_name=name, role=role, password=password, second_factor=secret)

    def _mark(self, person: Person) -> bytes:
        return mark(self._home, person.user.id)

    def _arrival(self, person: Person) -> Arrival:
        return Arrival(
            id=person.id,
            role=ROLES[person.account.role],
            organisation_id=self._home,
            login_name=person.account.login_name,
            display_name=(person.mentor or person.user).display_name,
            email=person.account.email or None,
            created_at=in_utc(person.account.created),
        )


def _parts(people: Sequence[Person], size: int) -> Iterator[Sequence[Person]]:
    return (people[start : start + size] for start in range(0, len(people), size))
