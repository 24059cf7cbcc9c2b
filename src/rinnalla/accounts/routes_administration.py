"""Programmes and those who work for them, over HTTP: for administrators."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from rinnalla.accounts import schemas_administration as wire
from rinnalla.accounts.errors import (
    AccountNotFound,
    AlreadyComeIn,
    OrganisationNameTaken,
    OrganisationNotFound,
)
from rinnalla.accounts.service import Accounts, Organisations
from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.kit.pages import PAGE_SIZE, cut, decode_cursor
from rinnalla.kit.params import PageCursor

FOR_ADMINISTRATORS = only(Role.ADMIN)


@get(
    "/v1/organisations",
    operation_id="listOrganisations",
    summary="All programmes",
    tags=["Administration"],
    opt=FOR_ADMINISTRATORS,
)
async def list_organisations(db: Db, organisations: NamedDependency[Organisations]) -> wire.OrganisationList:
    every = await organisations.all(db)
    return wire.OrganisationList(items=[wire.organisation_body(one) for one in every], next_cursor=None)


@post(
    "/v1/organisations",
    operation_id="createOrganisation",
    summary="A new programme",
    tags=["Administration"],
    opt=FOR_ADMINISTRATORS,
    responses=refusals(OrganisationNameTaken),
)
async def create_organisation(
    data: JSONBody[wire.OrganisationEdit], db: Db, organisations: NamedDependency[Organisations]
) -> Response[wire.OrganisationBody]:
    made = await organisations.create(
        db, name=data.name, country=data.country, mentees_may_choose=data.mentees_may_choose
    )
    return versioned(wire.organisation_body(made), made.version, status_code=201)


@get(
    "/v1/organisations/{organisation_id:uuid}",
    operation_id="getOrganisation",
    summary="One programme",
    tags=["Administration"],
    opt=FOR_ADMINISTRATORS,
    responses=refusals(OrganisationNotFound),
)
async def get_organisation(
    db: Db, organisations: NamedDependency[Organisations], organisation_id: FromPath[UUID]
) -> Response[wire.OrganisationBody]:
    found = await organisations.get(db, organisation_id)
    return versioned(wire.organisation_body(found), found.version)


@put(
    "/v1/organisations/{organisation_id:uuid}",
    operation_id="editOrganisation",
    summary="Change a programme and its rules",
    tags=["Administration"],
    opt=FOR_ADMINISTRATORS,
    responses=refusals(OrganisationNotFound, OrganisationNameTaken, EditedMeanwhile, PreconditionRequired),
)
async def edit_organisation(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.OrganisationEdit],
    db: Db,
    organisations: NamedDependency[Organisations],
    organisation_id: FromPath[UUID],
) -> Response[wire.OrganisationBody]:
    edited = await organisations.edit(
        db,
        organisation_id,
        expected_version(request),
        name=data.name,
        country=data.country,
        mentees_may_choose=data.mentees_may_choose,
    )
    return versioned(wire.organisation_body(edited), edited.version)


@get(
    "/v1/organisations/{organisation_id:uuid}/staff",
    operation_id="listStaff",
    summary="Who works for a programme",
    tags=["Administration"],
    opt=FOR_ADMINISTRATORS,
    responses=refusals(OrganisationNotFound),
)
async def list_staff(
    db: Db,
    caller: Asking,
    accounts: NamedDependency[Accounts],
    organisation_id: FromPath[UUID],
    cursor: PageCursor = None,
) -> wire.StaffList:
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = cut(await accounts.people(db, caller, Role.STAFF, organisation_id, after, PAGE_SIZE + 1), PAGE_SIZE, "id")
    return wire.StaffList(items=[wire.staff_body(one) for one in page.items], next_cursor=page.next_cursor)


@post(
    "/v1/organisations/{organisation_id:uuid}/staff",
    operation_id="inviteStaff",
    summary="A new staff member, who comes in by the invitation in the answer",
    tags=["Administration"],
    opt=FOR_ADMINISTRATORS,
    responses=refusals(OrganisationNotFound),
)
async def invite_staff(
    data: JSONBody[wire.Invite], db: Db, accounts: NamedDependency[Accounts], organisation_id: FromPath[UUID]
) -> wire.InvitedStaffBody:
    return wire.invited_staff_body(await accounts.invite(db, Role.STAFF, organisation_id, data.display_name))


@post(
    "/v1/staff/{account_id:uuid}/invitation",
    operation_id="inviteStaffAgain",
    summary="A new invitation for a staff member who has not come in; the old one stops working",
    tags=["Administration"],
    opt=FOR_ADMINISTRATORS,
    responses=refusals(AccountNotFound, AlreadyComeIn),
)
async def invite_staff_again(
    db: Db, caller: Asking, accounts: NamedDependency[Accounts], account_id: FromPath[UUID]
) -> wire.InvitedStaffBody:
    return wire.invited_staff_body(await accounts.invite_again(db, caller, account_id))


ADMINISTRATION_ROUTES = [
    list_organisations,
    create_organisation,
    get_organisation,
    edit_organisation,
    list_staff,
    invite_staff,
    invite_staff_again,
]
