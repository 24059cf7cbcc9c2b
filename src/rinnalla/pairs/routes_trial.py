"""The trial over HTTP: private answers, of which only what comes of both is shown."""

from uuid import UUID

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile
from rinnalla.pairs import schemas as wire
from rinnalla.pairs.errors import PairNotFound, PairNotOpen
from rinnalla.pairs.lifecycle import WAYS
from rinnalla.pairs.models import Step
from rinnalla.pairs.service import Trials

FOR_MEMBERS = only(Role.MENTEE, Role.MENTOR)
TAGS = ["Matching"]


@get(
    "/v1/pairs/{pair_id:uuid}/fit",
    operation_id="getOwnFit",
    summary="What you have said of a trial; nobody else is told",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(PairNotFound),
)
async def get_own_fit(db: Db, caller: Asking, trials: NamedDependency[Trials], pair_id: FromPath[UUID]) -> wire.FitBody:
    return wire.FitBody(fit=await trials.own_answer(db, caller, pair_id))


@put(
    "/v1/pairs/{pair_id:uuid}/fit",
    operation_id="sayFit",
    summary="Say in private how a trial is; only what comes of both answers is shown",
    description="Two times `good_fit` makes the pair active. A `not_a_good_fit` returns both without anyone's fault, "
    "once the other has answered too or the trial is over. Until then you can say it anew.",
    tags=TAGS,
    opt=only(*WAYS[Step.ANSWER_TRIAL].who),
    responses=refusals(PairNotFound, PairNotOpen),
)
async def say_fit(
    data: JSONBody[wire.SayFit], db: Db, caller: Asking, trials: NamedDependency[Trials], pair_id: FromPath[UUID]
) -> wire.AnsweredBody:
    return wire.answered_body(data.fit, await trials.answer(db, caller, pair_id, data.fit))


@put(
    "/v1/pairs/{pair_id:uuid}/learnt",
    operation_id="sayWhatWasLearnt",
    summary="After a trial that led nowhere: what would matter more next time",
    description="A young person's word is kept among what matters most to them, at the front. Staff see counts, and no "
    "single word; the other side nothing. It can be said for 30 days.",
    tags=TAGS,
    opt=FOR_MEMBERS,
    status_code=204,
    responses=refusals(PairNotFound, PairNotOpen, EditedMeanwhile),
)
async def say_what_was_learnt(
    data: JSONBody[wire.Learn], db: Db, caller: Asking, trials: NamedDependency[Trials], pair_id: FromPath[UUID]
) -> None:
    await trials.learn(db, caller, pair_id, data.codes)


TRIAL_ROUTES = [get_own_fit, say_fit, say_what_was_learnt]
