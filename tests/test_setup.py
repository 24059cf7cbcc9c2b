"""What a service is given before anyone uses it."""

import asyncio

import pytest

from rinnalla import setup
from rinnalla.accounts.errors import LoginNameTaken, OrganisationNameTaken, OrganisationNotFound
from rinnalla.accounts.models import Country
from rinnalla.app import Services
from rinnalla.kit.caller import Role
from tests.factories import PASSWORD, TOTP_SECRET, Factory


async def staff(services: Services, **changed: str) -> setup.NewStaff:
    wanted = {"login_name": "anna", "password": PASSWORD, "totp_secret": TOTP_SECRET, "organisation": None, **changed}
    return await setup.create_staff(services, Role.STAFF, **wanted)  # type: ignore[arg-type]


async def test_an_empty_service_gets_one_programme_and_one_administrator(services: Services) -> None:
    told = await asyncio.gather(*(setup.first_start(services) for _ in range(4)))
    assert [first.staff.login_name for first in told if first is not None] == ["admin"]
    async with services.database.unit_of_work() as db:
        assert [home.name for home in await services.organisations.all(db)] == ["Rinnalla"]
    assert await setup.first_start(services) is None


async def test_a_service_with_an_administrator_still_needs_a_programme(services: Services, make: Factory) -> None:
    await make.admin()
    assert await setup.first_start(services) is None
    async with services.database.unit_of_work() as db:
        assert len(await services.organisations.all(db)) == 1


async def test_staff_work_for_the_programme_that_is_named(services: Services, make: Factory) -> None:
    oldest, other = await make.organisation(), await make.organisation()
    async with services.database.unit_of_work() as db:
        names = {home.id: home.name for home in await services.organisations.all(db)}
    assert (await staff(services)).organisation == names[oldest]
    by_id = await staff(services, login_name="mari", organisation=str(other))
    assert (by_id.organisation, by_id.organisation_is_new) == (names[other], False)
    by_name = await staff(services, login_name="outi", organisation=f" {names[other].upper()} ")
    assert (by_name.organisation, by_name.organisation_is_new) == (names[other], False)
    new = await staff(services, login_name="tiina", organisation="Toinen koti")
    assert (new.organisation, new.organisation_is_new) == ("Toinen koti", True)


async def test_secrets_are_taken_as_authenticator_apps_write_them(services: Services, make: Factory) -> None:
    await make.organisation()
    assert (await staff(services, totp_secret="jbsw y3dp-ehpk 3pxp")).totp_secret == "JBSWY3DPEHPK3PXP"
    made = await staff(services, login_name="mari", totp_secret="")
    assert made.totp_secret in made.totp_uri


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"totp_secret": "JBSWY3DPEHPK3PX1"}, setup.NotUsable),
        ({"totp_secret": "JBSWY3DP"}, setup.NotUsable),
        ({"totp_secret": "ääääääääääääääää"}, setup.NotUsable),
        ({"login_name": "a"}, setup.NotUsable),
        ({"organisation": ""}, setup.NotUsable),
        ({"organisation": "o" * 61}, setup.NotUsable),
        ({"organisation": "01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"}, OrganisationNotFound),
        ({"password": "lyhyt"}, setup.NotUsable),
        ({"password": ""}, setup.NotUsable),
        ({"password": "k" * 257}, setup.NotUsable),
    ],
)
async def test_what_can_t_be_used_changes_nothing(
    services: Services, changed: dict[str, str], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await staff(services, **changed)
    async with services.database.unit_of_work() as db:
        assert await services.organisations.all(db) == []


async def test_names_are_given_once(services: Services) -> None:
    await staff(services)
    with pytest.raises(LoginNameTaken):
        await staff(services, login_name="ANNA", organisation="Toinen koti")
    with pytest.raises(OrganisationNameTaken):
        await setup.create_organisation(services, "rinnalla", Country.FI, mentees_may_choose=False)
    async with services.database.unit_of_work() as db:
        assert [home.name for home in await services.organisations.all(db)] == ["Rinnalla"]


async def test_tidying_an_orderly_service_changes_nothing(services: Services, make: Factory) -> None:
    person = await make.staff()
    await setup.tidy(services)
    assert (await person.get("/v1/account")).status_code == 200
