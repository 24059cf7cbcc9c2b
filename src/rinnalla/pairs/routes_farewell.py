"""Goodbyes over HTTP: letters, what a young person keeps, the rule on later contact, and how pairs end in figures."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream

from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.pairs import schemas_farewell as wire
from rinnalla.pairs.errors import LettersOver, PairNotFound, PairNotOpen
from rinnalla.pairs.service import ContactRules, Keepsakes, Letters, Statistics

FOR_MENTEES = only(Role.MENTEE)
FOR_STAFF = only(Role.STAFF)
FOR_MEMBERS = only(Role.MENTEE, Role.MENTOR)
FOR_MEMBERS_AND_STAFF = only(Role.MENTEE, Role.MENTOR, Role.STAFF)
TAGS = ["Matching"]
Year = Annotated[int, QueryParameter(ge=2020, le=2200, description="A year", examples=[Example(value=2026)])]
Quarter = Annotated[int, QueryParameter(ge=1, le=4, description="Which quarter of it", examples=[Example(value=4)])]
KEPT_AS_JSON = {200: ResponseSpec(wire.KeepsakeBody, generate_examples=False, description="What you keep")}
KEPT_AS_TEXT = {
    200: ResponseSpec(str, media_type=wire.PLAIN_TEXT, generate_examples=False, description="What you keep")
}


@get(
    "/v1/pairs/{pair_id:uuid}/letter",
    operation_id="getLetters",
    summary="Your goodbye letter, and once the pair has closed the other's",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(PairNotFound),
)
async def get_letters(
    db: Db, caller: Asking, letters: NamedDependency[Letters], pair_id: FromPath[UUID]
) -> Response[wire.LettersBody]:
    body = wire.letters_body(await letters.read(db, caller, pair_id))
    return versioned(body, body.version)


@put(
    "/v1/pairs/{pair_id:uuid}/letter",
    operation_id="writeLetter",
    summary="Write a goodbye letter to the other side of a pair that is ending",
    description="The other reads it once the pair has closed; until then you can change it. What was not written by "
    "then can be written for 30 days after, and arrives at once. Nobody gets a letter from someone with whom they were "
    "not safe.",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(PairNotFound, LettersOver, EditedMeanwhile, PreconditionRequired),
)
async def write_letter(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.WriteLetter],
    db: Db,
    caller: Asking,
    letters: NamedDependency[Letters],
    pair_id: FromPath[UUID],
) -> Response[wire.LettersBody]:
    body = wire.letters_body(await letters.write(db, caller, pair_id, expected_version(request), data.text))
    return versioned(body, body.version)


@get(
    "/v1/pairs/{pair_id:uuid}/keepsake",
    operation_id="takeKeepsake",
    summary="Your conversation and the letters, to keep",
    description="Of a pair that is ending or has ended. A download that breaks off was cut because something changed "
    "on the way: begin again.",
    tags=TAGS,
    opt=FOR_MENTEES,
    media_type="application/json",
    responses=KEPT_AS_JSON | refusals(PairNotFound, PairNotOpen),
)
async def take_keepsake(
    db: Db, caller: Asking, keepsakes: NamedDependency[Keepsakes], pair_id: FromPath[UUID]
) -> Stream:
    keepsake = await keepsakes.take(db, caller, pair_id)
    return Stream(wire.keepsake_json(keepsake, caller.account_id), media_type="application/json")


@get(
    "/v1/pairs/{pair_id:uuid}/keepsake/text",
    operation_id="takeKeepsakeAsText",
    summary="The same as plain text, to read",
    tags=TAGS,
    opt=FOR_MENTEES,
    media_type=wire.PLAIN_TEXT,
    responses=KEPT_AS_TEXT | refusals(PairNotFound, PairNotOpen),
)
async def take_keepsake_as_text(
    db: Db, caller: Asking, keepsakes: NamedDependency[Keepsakes], pair_id: FromPath[UUID]
) -> Stream:
    keepsake = await keepsakes.take(db, caller, pair_id)
    return Stream(wire.keepsake_text(keepsake, caller.account_id), media_type=wire.PLAIN_TEXT)


@get(
    "/v1/contact-rule",
    operation_id="getContactRule",
    summary="What your programme says of contact after a pair has ended",
    tags=TAGS,
    opt=FOR_MEMBERS_AND_STAFF,
)
async def get_contact_rule(
    db: Db, caller: Asking, contact_rules: NamedDependency[ContactRules]
) -> Response[wire.ContactRuleBody]:
    view = await contact_rules.of_home(db, caller)
    return versioned(wire.contact_rule_body(view), view.version)


@put(
    "/v1/contact-rule",
    operation_id="setContactRule",
    summary="Say what holds for contact after a pair has ended; nothing at all is the standard rule",
    tags=TAGS,
    opt=FOR_STAFF,
    responses=refusals(EditedMeanwhile, PreconditionRequired),
)
async def set_contact_rule(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.RuleTexts],
    db: Db,
    caller: Asking,
    contact_rules: NamedDependency[ContactRules],
) -> Response[wire.ContactRuleBody]:
    view = await contact_rules.edit(db, caller, expected_version(request), wire.rule_texts(data))
    return versioned(wire.contact_rule_body(view), view.version)


@get(
    "/v1/staff/pair-statistics",
    operation_id="getPairStatistics",
    summary="How pairs of your programme ended in a quarter, without a figure that points at a person",
    tags=TAGS,
    opt=FOR_STAFF,
)
async def get_pair_statistics(
    db: Db, caller: Asking, pair_statistics: NamedDependency[Statistics], year: Year, quarter: Quarter
) -> wire.PairStatisticsBody:
    return wire.statistics_body(await pair_statistics.of_quarter(db, caller, year, quarter))


FAREWELL_ROUTES = [
    get_letters,
    write_letter,
    take_keepsake,
    take_keepsake_as_text,
    get_contact_rule,
    set_contact_rule,
    get_pair_statistics,
]
