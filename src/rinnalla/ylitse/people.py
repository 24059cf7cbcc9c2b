"""Accounts, users and mentors of this contract, over the services that keep them.

Who is `admin` here is staff of a programme, or an administrator: each has what they have elsewhere. Staff know the
young people and mentors of their own programme, administrators know the staff.
"""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from msgspec import UNSET, UnsetType
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.entry import Entry, Visitor
from rinnalla.accounts.service import Account, Accounts, AccountState, Organisations, Passwords, Sessions
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import FieldProblem, Forbidden, InvalidBody, Unauthenticated
from rinnalla.privacy.service import Privacy
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.service import Cards, FullCard, Mentors
from rinnalla.safeguarding.service import Safeguarding
from rinnalla.ylitse.errors import NotYours, StaffAreInvited
from rinnalla.ylitse.keeping import Keeping
from rinnalla.ylitse.records import position
from rinnalla.ylitse.schemas import LONGEST_LOGIN_NAME, SHORTEST_LOGIN_NAME, Position
from rinnalla.ylitse.shelf import places_in

AT_ONCE = 500


class People:
    """Finds, makes, changes and removes people for this face."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        sessions: Sessions,
        organisations: Organisations,
        passwords: Passwords,
        entry: Entry,
        cards: Cards,
        mentors: Mentors,
        privacy: Privacy,
        safeguarding: Safeguarding,
        keeping: Keeping,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._organisations = organisations
        self._passwords = passwords
        self._entry = entry
        self._cards = cards
        self._mentors = mentors
        self._privacy = privacy
        self._safeguarding = safeguarding
        self._keeping = keeping

    async def known(self, db: AsyncSession, caller: Caller, account_id: UUID) -> Account:
        """The caller themself, or someone whom staff or an administrator manage, locked.

        Raises: Forbidden (someone else, for everyone but those), AccountNotFound.
        """
        if account_id == caller.account_id:
            return await self._accounts.own(db, caller, lock=True)
        if caller.role not in {Role.STAFF, Role.ADMIN}:
            raise Forbidden
        return await self._accounts.managed(db, caller, account_id)

    async def all_known(self, db: AsyncSession, caller: Caller) -> list[Account]:
        """The caller and everyone whom they manage and who has come in."""
        found = [await self._accounts.own(db, caller)]
        homes = [caller.organisation_id]
        roles = [Role.MENTEE, Role.MENTOR]
        if caller.role == Role.ADMIN:
            homes, roles = [one.id for one in await self._organisations.all(db)], [Role.STAFF]
        for home in homes:
            for role in roles:
                if home is not None:
                    found += [account async for account in self._of(db, caller, role, home)]
        return [account for account in found if account.state != AccountState.INVITED]

    async def reached(self, db: AsyncSession, caller: Caller, account: Account) -> tuple[str | None, str | None]:
        """E-mail address and telephone number, for their owner."""
        if account.id != caller.account_id:
            return None, None
        return self._accounts.email(account), await self._keeping.phone(db, account)

    async def card(self, db: AsyncSession, caller: Caller) -> FullCard | None:
        """The caller's own card, if they are a mentor with one."""
        try:
            return await self._cards.own(db, caller) if caller.role == Role.MENTOR else None
        except MentorNotFound:
            return None

    async def card_of_home(self, db: AsyncSession, caller: Caller, account_id: UUID) -> FullCard:
        """A mentor of the staff member's programme. Raises: MentorNotFound."""
        return await self._mentors.of_home(db, caller, account_id)

    async def sign_up(
        self,
        db: AsyncSession,
        caller: Caller | None,
        visitor: Visitor,
        *,
        login_name: str,
        password: str,
        email: str | None,
        phone: str | None,
    ) -> Account:
        """A new young person, in the programme of the staff who make the account, which is recorded then. Nobody is
        logged in by it.

        Raises: Forbidden (for administrators), LoginNameTaken, WeakPassword, OrganisationNotFound, TooManyRequests.
        """
        if caller and caller.role == Role.ADMIN:
            raise Forbidden
        staff = caller if caller and caller.role == Role.STAFF else None
        made = await self._entry.sign_up(
            visitor,
            nickname=login_name,
            password=password,
            email=email or None,
            organisation_id=staff.organisation_id if staff else None,
            made_by=staff,
        )
        account = made.grant.account
        await self._sessions.end(db, account.id, only=made.grant.session_id)
        if phone:
            await self._keeping.keep_phone(db, account, phone)
        return account

    async def create_mentor(
        self,
        db: AsyncSession,
        caller: Caller | None,
        visitor: Visitor,
        *,
        role: Position,
        login_name: str,
        password: str,
        email: str | None,
        phone: str | None,
    ) -> Account:
        """A new mentor of the caller's programme, whose card is shown at once and can be filled in. Clients of this
        contract know no screening: whom staff make counts as screened from that day, without an end. Nor do they know
        places: see `places_in`.

        Raises: Unauthenticated, Forbidden (for everyone but staff), StaffAreInvited, LoginNameTaken, WeakPassword,
        TooManyRequests.
        """
        if caller is None:
            raise Unauthenticated
        if caller.role not in {Role.STAFF, Role.ADMIN}:
            raise Forbidden
        if role == Position.ADMIN:
            raise StaffAreInvited
        if caller.role != Role.STAFF:
            raise Forbidden
        await self._entry.count_naming(caller, visitor)
        password_hash = await self._passwords.accept(Role.MENTOR, login_name, password)
        capacity = places_in(await self._organisations.get(db, caller.home))
        full, invited = await self._mentors.create(db, caller, login_name, capacity=capacity)
        self._accounts.set_email(invited.account, email)
        await self._accounts.complete(db, invited.account, login_name, password_hash, None)
        if phone:
            await self._keeping.keep_phone(db, invited.account, phone)
        approved = await self._mentors.approve(db, caller, full.account_id)
        if (shown_since := approved.card.approved_at) is not None:
            await self._mentors.screen(db, caller, full.account_id, shown_since.date(), None)
        return invited.account

    async def edit_account(
        self,
        db: AsyncSession,
        caller: Caller,
        account_id: UUID,
        *,
        visitor: Visitor,
        role: Position | None,
        login_name: str,
        email: str | None,
        phone: str | UnsetType | None,
    ) -> Account:
        """Change how the caller logs in and is reached. Staff may send what is there, and change nothing.

        Raises: Forbidden, AccountNotFound, NotYours, InvalidBody, LoginNameTaken, TooManyRequests.
        """
        if account_id == caller.account_id:
            await self._entry.count_rename(caller, visitor, login_name)
        account = await self.known(db, caller, account_id)
        if role not in {None, position(account.role)}:
            raise NotYours
        if account.id != caller.account_id:
            if login_name != account.login_name or email or phone:
                raise NotYours
            return account
        if login_name != account.login_name:
            _check_new_login_name(login_name)
            await self._entry.rename(db, caller, login_name)
        if phone is not UNSET:
            await self._keeping.keep_phone(db, account, phone)
        return await self._accounts.edit_own(
            db, caller, account.version, display_name=account.display_name, email=email or None
        )

    async def edit_user(
        self,
        db: AsyncSession,
        caller: Caller,
        account_id: UUID,
        *,
        role: Position | None,
        display_name: str | UnsetType,
    ) -> Account:
        """Change what someone is called, if that is said: the caller, or one whom they manage. Until the end of the
        transaction others wait to change something of theirs. Raises: Forbidden, AccountNotFound, NotYours."""
        account = await self.known(db, caller, account_id)
        if role not in {None, position(account.role)}:
            raise NotYours
        if display_name is UNSET or display_name.strip() == account.display_name:
            return account
        if account.id == caller.account_id:
            email = self._accounts.email(account)
            return await self._accounts.edit_own(db, caller, account.version, display_name=display_name, email=email)
        return await self._safeguarding.rename(db, caller, account_id, display_name)

    async def remove(self, db: AsyncSession, caller: Caller, account_id: UUID) -> None:
        """Erase the caller, or a mentor for staff of their programme, or staff for an administrator.

        Raises: Forbidden (a young person is not staff's to erase), AccountNotFound, LastAdministrator.
        """
        if account_id == caller.account_id:
            await self._privacy.leave_at_once(db, caller)
        elif caller.role == Role.ADMIN:
            await self._privacy.remove_staff(db, caller, account_id)
        elif (await self.known(db, caller, account_id)).role == Role.MENTOR:
            await self._privacy.remove_mentor(db, caller, account_id)
        else:
            raise Forbidden

    async def _of(self, db: AsyncSession, caller: Caller, role: Role, home: UUID) -> AsyncIterator[Account]:
        after: UUID | None = None
        while True:
            page: Sequence[Account] = await self._accounts.people(db, caller, role, home, after, AT_ONCE)
            for account in page:
                yield account
            if len(page) < AT_ONCE:
                return
            after = page[-1].id


def _check_new_login_name(login_name: str) -> None:
    """Raises: InvalidBody."""
    if not SHORTEST_LOGIN_NAME <= len(login_name) <= LONGEST_LOGIN_NAME:
        code = "too_short" if len(login_name) < SHORTEST_LOGIN_NAME else "too_long"
        raise InvalidBody(FieldProblem(code=code, pointer="/login_name"))
