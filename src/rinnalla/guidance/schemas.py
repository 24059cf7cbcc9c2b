"""Guidance on the wire."""

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from rinnalla.accounts.service import Country, Organisation
from rinnalla.guidance.policy import Freshness, freshness, is_always_open, languages_of
from rinnalla.guidance.service import LANGUAGES, Start
from rinnalla.guidance.sources import Age, ClientVersion, Contact, CrisisLine, Language, LineCountry, LineKind
from rinnalla.kit.caller import Role
from rinnalla.kit.schema import Language as AppLanguage
from rinnalla.kit.schema import Name, Out

TIMEZONES = {
    LineCountry.FI: "Europe/Helsinki",
    LineCountry.SE: "Europe/Stockholm",
    LineCountry.NO: "Europe/Oslo",
}


class ProgrammeRules(Out):
    """`mentees_may_choose`: a young person may write to a mentor at once. `pairs_begun_by`: whose choice can begin a
    pair; what staff propose, both sides still accept or decline."""

    mentees_may_choose: bool
    pairs_begun_by: list[Role]


class Programme(Out):
    id: UUID
    name: Name
    country: Country
    rules: ProgrammeRules


class CrisisLineBody(Out):
    """`always_open`: at least one of the contacts is. `hours` of the contacts are in `timezone`. `confirmed`: `fresh`;
    `stale` when nobody checked the entry for 90 days, `unconfirmed` after 180 or when nobody ever did: show it all the
    same, and say so. Each country's lines come in order and end with its emergency number."""

    id: Annotated[str, Meta(examples=["fi-112"])]
    country: LineCountry
    name: Annotated[str, Meta(examples=["112"])]
    kind: LineKind
    contacts: list[Contact]
    always_open: bool
    timezone: Annotated[str, Meta(examples=["Europe/Helsinki"])]
    languages: Annotated[list[Language], Meta(examples=[["fi", "sv"]])]
    age_min: Age | None
    age_max: Age | None
    source: Annotated[str, Meta(examples=["https://mentalhealth.fi/where-to-go-in-an-emergency"])]
    verified_at: date | None
    confirmed: Freshness


class StartBody(Out):
    languages: Annotated[list[AppLanguage], Meta(examples=[["fi", "sv"]])]
    clients: list[ClientVersion]
    programmes: list[Programme]
    crisis_lines: list[CrisisLineBody]


def start_body(start: Start) -> StartBody:
    return StartBody(
        languages=list(LANGUAGES),
        clients=list(start.clients),
        programmes=[_programme(organisation) for organisation in start.programmes],
        crisis_lines=[_crisis_line(line, start.today) for line in start.crisis_lines],
    )


def _programme(organisation: Organisation) -> Programme:
    may_choose = organisation.mentees_may_choose
    return Programme(
        id=organisation.id,
        name=organisation.name,
        country=Country(organisation.country),
        rules=ProgrammeRules(
            mentees_may_choose=may_choose,
            pairs_begun_by=[Role.MENTEE, Role.STAFF] if may_choose else [Role.STAFF],
        ),
    )


def _crisis_line(line: CrisisLine, today: date) -> CrisisLineBody:
    return CrisisLineBody(
        id=line.id,
        country=line.country,
        name=line.name,
        kind=line.kind,
        contacts=line.contacts,
        always_open=is_always_open(line),
        timezone=TIMEZONES[line.country],
        languages=languages_of(line),
        age_min=line.age_min,
        age_max=line.age_max,
        source=line.source,
        verified_at=line.verified_at,
        confirmed=freshness(line.verified_at, today),
    )
