"""What people expect of a pair, over HTTP."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.pairs import schemas as pair_wire
from rinnalla.pairs import schemas_expectations as wire
from rinnalla.pairs.errors import PairNotFound, PairNotOpen
from rinnalla.pairs.lifecycle import WAYS
from rinnalla.pairs.models import Step
from rinnalla.pairs.service import ExpectationsBook

FOR_MEMBERS = only(Role.MENTEE, Role.MENTOR)
FOR_STAFF = only(Role.STAFF)
TAGS = ["Matching"]


@get(
    "/v1/account/expectations",
    operation_id="getExpectations",
    summary="What you expect of a pair",
    tags=TAGS,
    opt=FOR_MEMBERS,
)
async def get_expectations(
    db: Db, caller: Asking, expectations: NamedDependency[ExpectationsBook]
) -> Response[wire.ExpectationsBody]:
    view = await expectations.own(db, caller)
    return versioned(wire.expectations_body(view), view.version)


@put(
    "/v1/account/expectations",
    operation_id="setExpectations",
    summary="Say what you expect of a pair: how long, how often, of what, and of what not",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(EditedMeanwhile, PreconditionRequired),
)
async def set_expectations(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.ExpectationsEditBody],
    db: Db,
    caller: Asking,
    expectations: NamedDependency[ExpectationsBook],
) -> Response[wire.ExpectationsBody]:
    view = await expectations.edit_own(db, caller, expected_version(request), wire.expectations_edit(data))
    return versioned(wire.expectations_body(view), view.version)


@get(
    "/v1/pairs/{pair_id:uuid}/expectations",
    operation_id="getPairExpectations",
    summary="What the two of you expect, and in what you differ, until the pair is over",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(PairNotFound, PairNotOpen),
)
async def get_pair_expectations(
    db: Db, caller: Asking, expectations: NamedDependency[ExpectationsBook], pair_id: FromPath[UUID]
) -> wire.BothExpectationsBody:
    return wire.both_body(await expectations.of_pair(db, caller, pair_id))


@get(
    "/v1/pairs/{pair_id:uuid}/override",
    operation_id="getPairOverride",
    summary="Why a pair may begin without having read what the other expects, if so",
    tags=TAGS,
    opt=FOR_STAFF,
    responses=refusals(PairNotFound),
)
async def get_pair_override(
    db: Db, caller: Asking, expectations: NamedDependency[ExpectationsBook], pair_id: FromPath[UUID]
) -> wire.OverrideAnswer:
    return wire.override_answer(await expectations.overridden(db, caller, pair_id))


@post(
    "/v1/pairs/{pair_id:uuid}/override",
    operation_id="overridePair",
    summary="Let two begin who have not both read what the other expects",
    tags=TAGS,
    opt=only(*WAYS[Step.OVERRIDE].who),
    status_code=200,
    responses=refusals(PairNotFound, PairNotOpen),
)
async def override_pair(
    data: JSONBody[wire.OverrideIn],
    db: Db,
    caller: Asking,
    expectations: NamedDependency[ExpectationsBook],
    pair_id: FromPath[UUID],
) -> pair_wire.PairBody:
    return pair_wire.pair_body(await expectations.override(db, caller, pair_id, data.reason))


EXPECTATION_ROUTES = [get_expectations, set_expectations, get_pair_expectations, get_pair_override, override_pair]
