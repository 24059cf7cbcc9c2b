"""Programmes and their staff on the wire."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from rinnalla.accounts.models import Account, AccountState, Country, Organisation
from rinnalla.accounts.schemas import ShownLoginName, ShownName, ShownSecret
from rinnalla.accounts.service import Invited
from rinnalla.kit.schema import In, Moment, Name, NextCursor, Out


class Invite(In):
    display_name: Name


class OrganisationEdit(In):
    name: Name
    country: Country
    mentees_may_choose: bool = False


class OrganisationBody(Out):
    id: UUID
    name: Annotated[str, Meta(examples=["Rinnalla Oulu"])]
    country: Country
    mentees_may_choose: bool
    version: int


class OrganisationList(Out):
    items: list[OrganisationBody]
    next_cursor: NextCursor


class StaffBody(Out):
    id: UUID
    organisation_id: UUID
    login_name: ShownLoginName
    display_name: ShownName
    state: AccountState
    created_at: Moment


class StaffList(Out):
    items: list[StaffBody]
    next_cursor: NextCursor


class InvitedStaffBody(Out):
    """`invitation` is told this once."""

    staff: StaffBody
    invitation: ShownSecret


def organisation_body(organisation: Organisation) -> OrganisationBody:
    return OrganisationBody(
        id=organisation.id,
        name=organisation.name,
        country=Country(organisation.country),
        mentees_may_choose=organisation.mentees_may_choose,
        version=organisation.version,
    )


def staff_body(account: Account) -> StaffBody:
    if account.organisation_id is None:
        raise LookupError("staff belong to an organisation")
    return StaffBody(
        id=account.id,
        organisation_id=account.organisation_id,
        login_name=account.login_name,
        display_name=account.display_name,
        state=AccountState(account.state),
        created_at=account.created_at,
    )


def invited_staff_body(invited: Invited) -> InvitedStaffBody:
    return InvitedStaffBody(staff=staff_body(invited.account), invitation=invited.invitation)
