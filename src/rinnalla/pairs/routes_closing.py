"""The end of a pair over HTTP."""

from uuid import UUID

from litestar import post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.pairs import schemas as wire
from rinnalla.pairs.errors import PairNotFound, PairNotOpen, PartedBefore
from rinnalla.pairs.lifecycle import WAYS
from rinnalla.pairs.models import EndKind, Step
from rinnalla.pairs.service import Closings

FOR_MENTEES = only(Role.MENTEE)
FOR_MEMBERS = only(Role.MENTEE, Role.MENTOR)
TAGS = ["Matching"]


@post(
    "/v1/pairs/{pair_id:uuid}/end",
    operation_id="endPair",
    summary="Say that a pair will end, and when; its thread can be read after that",
    tags=TAGS,
    opt=only(*WAYS[Step.END].who),
    status_code=200,
    responses=refusals(PairNotFound, PairNotOpen),
)
async def end_pair(
    data: JSONBody[wire.EndPair],
    db: Db,
    caller: Asking,
    closings: NamedDependency[Closings],
    pair_id: FromPath[UUID],
) -> wire.PairBody:
    ended = await closings.end(db, caller, pair_id, EndKind(data.kind), data.reason, data.ends_on)
    return wire.pair_body(ended)


@post(
    "/v1/pairs/{pair_id:uuid}/close",
    operation_id="closePair",
    summary="End before its last day a pair that is ending",
    tags=TAGS,
    opt=only(*WAYS[Step.CLOSE].who),
    status_code=200,
    responses=refusals(PairNotFound, PairNotOpen),
)
async def close_pair(
    db: Db, caller: Asking, closings: NamedDependency[Closings], pair_id: FromPath[UUID]
) -> wire.PairBody:
    return wire.pair_body(await closings.close(db, caller, pair_id))


@post(
    "/v1/pairs/{pair_id:uuid}/safeguarding",
    operation_id="closePairForSafety",
    summary="End a pair at once because someone is not safe in it",
    tags=TAGS,
    opt=only(*WAYS[Step.SAFEGUARD].who),
    status_code=200,
    responses=refusals(PairNotFound, PairNotOpen),
)
async def close_pair_for_safety(
    db: Db, caller: Asking, closings: NamedDependency[Closings], pair_id: FromPath[UUID]
) -> wire.PairBody:
    return wire.pair_body(await closings.safeguard(db, caller, pair_id))


@put(
    "/v1/pairs/{pair_id:uuid}/last-talk",
    operation_id="markLastTalk",
    summary="Mark that the last conversation of a pair that is ending has been",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(PairNotFound, PairNotOpen),
)
async def mark_last_talk(
    db: Db, caller: Asking, closings: NamedDependency[Closings], pair_id: FromPath[UUID]
) -> wire.PairBody:
    return wire.pair_body(await closings.talked_last(db, caller, pair_id))


@post(
    "/v1/pairs/{pair_id:uuid}/again",
    operation_id="askAgain",
    summary="The door is open: after a pair has closed, ask for a mentor again",
    tags=TAGS,
    opt=FOR_MENTEES,
    status_code=200,
    responses=refusals(PairNotFound, PairNotOpen, PartedBefore),
)
async def ask_again(
    data: JSONBody[wire.AskAgain],
    db: Db,
    caller: Asking,
    closings: NamedDependency[Closings],
    pair_id: FromPath[UUID],
) -> wire.OwnWaitingBody:
    return wire.own_waiting_body(await closings.ask_again(db, caller, pair_id, same_mentor=data.same_mentor))


CLOSING_ROUTES = [end_pair, close_pair, close_pair_for_safety, mark_last_talk, ask_again]
