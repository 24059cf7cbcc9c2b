"""Matching over HTTP."""

from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from rinnalla.kit.access import ANYONE_SIGNED_IN, Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.pages import decode_cursor
from rinnalla.kit.params import PageCursor, PageLimit
from rinnalla.matching import schemas as wire
from rinnalla.matching.errors import SuggestionsNotShown
from rinnalla.matching.service import Matching
from rinnalla.pairs.errors import MenteeNotFound

TAGS = ["Matching"]
SUGGESTIONS_AT_ONCE = 20


@get(
    "/v1/matching/criteria",
    operation_id="listCriteria",
    summary="What matching goes by, why, and how well each of it is supported",
    tags=TAGS,
    opt=ANYONE_SIGNED_IN,
)
async def list_criteria(matching: NamedDependency[Matching]) -> wire.CriteriaBody:
    return wire.Shaping(matching.criteria()).criteria()


@get(
    "/v1/staff/mentees/{mentee_id:uuid}/suggestions",
    operation_id="listSuggestions",
    summary="The mentors of your programme, ranked for someone who waits, with reasons",
    description="The same data gives the same answer. It advises: whom to propose is for people to decide.",
    tags=TAGS,
    opt=only(Role.STAFF),
    responses=refusals(MenteeNotFound),
)
async def list_suggestions(
    db: Db,
    caller: Asking,
    matching: NamedDependency[Matching],
    mentee_id: FromPath[UUID],
    cursor: PageCursor = None,
    limit: PageLimit = SUGGESTIONS_AT_ONCE,
) -> wire.SuggestionsBody:
    skip = max(decode_cursor(cursor, tuple[int])[0], 0) if cursor else 0
    found = await matching.suggestions(db, caller, mentee_id, skip, limit)
    return wire.Shaping(matching.criteria()).suggestions(found, skip + limit)


@get(
    "/v1/suggestions",
    operation_id="listOwnSuggestions",
    summary="A few mentors who could suit you, and why, where your programme shows them",
    tags=TAGS,
    opt=only(Role.MENTEE),
    responses=refusals(SuggestionsNotShown),
)
async def list_own_suggestions(db: Db, caller: Asking, matching: NamedDependency[Matching]) -> wire.OwnSuggestionsBody:
    return wire.Shaping(matching.criteria()).own(list(await matching.own_suggestions(db, caller)))


ROUTES = [list_criteria, list_suggestions, list_own_suggestions]
