"""Nudges and absences over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from rinnalla.chat.schemas import MAX_SEQ
from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.kit.pages import PAGE_SIZE, decode_cursor
from rinnalla.kit.params import PageCursor, PageLimit
from rinnalla.pairs.errors import PairNotFound
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.support import schemas_transitions as wire
from rinnalla.support.errors import (
    AbsenceNotFound,
    CoverNotAsked,
    NotAway,
    NudgeNotDue,
    NudgeNotFound,
    QuietHours,
)
from rinnalla.support.service import Absences, Nudges

FOR_MENTEES = only(Role.MENTEE)
FOR_MENTORS = only(Role.MENTOR)
FOR_MEMBERS = only(Role.MENTEE, Role.MENTOR)
FOR_SIGNERS = only(Role.MENTOR, Role.STAFF)
SUPPORT = ["Support"]
ABSENCES = ["Absences"]
Seq = Annotated[int, Meta(ge=0, le=MAX_SEQ)]


@get(
    "/v1/nudges",
    operation_id="listNudges",
    summary="Silences into which you could send a kind word, newest first",
    description="Nothing is ever sent by itself. Staff see those of their programme, a mentor those of the young "
    "people they talk with.",
    tags=SUPPORT,
    opt=FOR_SIGNERS,
)
async def list_nudges(
    db: Db,
    caller: Asking,
    nudges: NamedDependency[Nudges],
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.NudgeList:
    before = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = await nudges.drafts(db, caller, before, limit)
    return wire.NudgeList(items=[wire.nudge_body(one) for one in page.items], next_cursor=page.next_cursor)


@post(
    "/v1/nudges/{nudge_id:uuid}/sending",
    operation_id="sendNudge",
    summary="Sign and send a kind word, in your own words and with your name",
    description="With the version that you read as If-Match. It is refused when someone has written or said not now "
    "meanwhile, when enough was sent by anyone, and in quiet hours.",
    tags=SUPPORT,
    opt=FOR_SIGNERS,
    status_code=200,
    responses=refusals(NudgeNotFound, NudgeNotDue, QuietHours, EditedMeanwhile, PreconditionRequired),
)
async def send_nudge(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.SendNudge],
    db: Db,
    caller: Asking,
    nudges: NamedDependency[Nudges],
    nudge_id: FromPath[UUID],
) -> Response[wire.NudgeBody]:
    view = await nudges.send(db, caller, nudge_id, expected_version(request), data.text)
    return versioned(wire.nudge_body(view), view.nudge.version)


@delete(
    "/v1/nudges/{nudge_id:uuid}",
    operation_id="leaveNudge",
    summary="Leave a silence as it is for now",
    tags=SUPPORT,
    opt=FOR_SIGNERS,
    responses=refusals(NudgeNotFound, EditedMeanwhile, PreconditionRequired),
)
async def leave_nudge(
    request: Request[Any, Any, Any],
    db: Db,
    caller: Asking,
    nudges: NamedDependency[Nudges],
    nudge_id: FromPath[UUID],
) -> None:
    await nudges.leave(db, caller, nudge_id, expected_version(request))


@post(
    "/v1/pairs/{pair_id:uuid}/not-now",
    operation_id="sayNotNow",
    summary="Not now: nobody will nudge you until that day, or until you write",
    description="It holds in all your pairs. What you write in one of them takes it back there.",
    tags=SUPPORT,
    opt=FOR_MEMBERS,
    status_code=204,
    responses=refusals(PairNotFound),
)
async def say_not_now(
    data: JSONBody[wire.NotNow],
    db: Db,
    caller: Asking,
    nudges: NamedDependency[Nudges],
    pair_id: FromPath[UUID],
) -> None:
    await nudges.not_now(db, caller, pair_id, data.until)


@get(
    "/v1/absences",
    operation_id="listAbsences",
    summary="Absences that concern you: your own, your mentors', those for which you were asked to stand in",
    tags=ABSENCES,
    opt=FOR_MEMBERS,
)
async def list_absences(
    db: Db,
    caller: Asking,
    absences: NamedDependency[Absences],
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.AbsenceList:
    after = decode_cursor(cursor, tuple[UUID])[0] if cursor else None
    page = await absences.known(db, caller, after, limit)
    return wire.AbsenceList(items=[wire.absence_body(one) for one in page.items], next_cursor=page.next_cursor)


@put(
    "/v1/absences/own/cover",
    operation_id="nameCover",
    summary="Ask another mentor to stand in while you are away; the days are those on your card",
    tags=ABSENCES,
    opt=FOR_MENTORS,
    responses=refusals(NotAway, MentorNotFound),
)
async def name_cover(
    data: JSONBody[wire.NameCover], db: Db, caller: Asking, absences: NamedDependency[Absences]
) -> wire.AbsenceBody:
    return wire.absence_body(await absences.name_cover(db, caller, data.cover_id))


@put(
    "/v1/absences/{absence_id:uuid}/acceptance",
    operation_id="answerCover",
    summary="Say whether you stand in for someone",
    tags=ABSENCES,
    opt=FOR_MENTORS,
    responses=refusals(AbsenceNotFound),
)
async def answer_cover(
    data: JSONBody[wire.AnswerCover],
    db: Db,
    caller: Asking,
    absences: NamedDependency[Absences],
    absence_id: FromPath[UUID],
) -> wire.AbsenceBody:
    return wire.absence_body(await absences.answer(db, caller, absence_id, accepts=data.accepts))


@put(
    "/v1/absences/{absence_id:uuid}/consent",
    operation_id="consentToCover",
    summary="Say whether the one who stands in may write with you; you may change your mind at any time",
    description="They see nothing of what you and your mentor said.",
    tags=ABSENCES,
    opt=FOR_MENTEES,
    responses=refusals(AbsenceNotFound, CoverNotAsked),
)
async def consent_to_cover(
    data: JSONBody[wire.ConsentToCover],
    db: Db,
    caller: Asking,
    absences: NamedDependency[Absences],
    absence_id: FromPath[UUID],
) -> wire.AbsenceBody:
    return wire.absence_body(await absences.consent(db, caller, absence_id, consents=data.consents))


NUDGE_AND_ABSENCE_ROUTES = [
    list_nudges,
    send_nudge,
    leave_nudge,
    say_not_now,
    list_absences,
    name_cover,
    answer_cover,
    consent_to_cover,
]
