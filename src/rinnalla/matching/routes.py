"""Matching over HTTP."""

from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.matching import schemas as wire
from rinnalla.matching.service import Matching
from rinnalla.pairs.errors import MenteeNotFound

TAGS = ["Matching"]


@get(
    "/v1/waiting/{mentee_id:uuid}/suggestions",
    operation_id="listSuggestions",
    summary="The mentors of your programme, ranked for someone who waits, with reasons",
    description="The same data gives the same answer. It advises: whom to propose is for people to decide.",
    tags=TAGS,
    opt=only(Role.STAFF),
    responses=refusals(MenteeNotFound),
)
async def list_suggestions(
    db: Db, caller: Asking, matching: NamedDependency[Matching], mentee_id: FromPath[UUID]
) -> wire.SuggestionsBody:
    return wire.suggestions_body(await matching.suggestions(db, caller, mentee_id))


ROUTES = [list_suggestions]
