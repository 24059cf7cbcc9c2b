"""Who may do what in support: check-ins, nudges, cover, what catches someone after a loss, hand-overs."""

from tests.authorisation.row import row
from tests.authorisation.scene import Scene
from tests.authorisation.table import CLIENT_ID
from tests.authorisation.table_pairs import a_closed_pair, a_pair_in_trial
from tests.programme import YES, expects, settings
from tests.support.scenes import TALKED, days_pass


async def a_check_in(scene: Scene) -> None:
    await a_pair_in_trial(scene)
    query = "SELECT id FROM checkin WHERE account_id = $1 ORDER BY number LIMIT 1"
    scene.made["checkin"] = await scene.raw_db.fetchval(query, scene.mentee.id)


async def a_notice(scene: Scene) -> None:
    await a_pair_in_trial(scene)
    colleague = await scene.make.staff(scene.home)
    path = f"/v1/staff/pairs/{scene.made['pair']}/contact"
    await scene.staff.edit("PUT", path, {"staff_id": str(colleague.id)})
    scene.made["notice"] = (await scene.mentee.get("/v1/notices")).json()["items"][0]["id"]


async def a_nudge(scene: Scene) -> None:
    await a_pair_in_trial(scene)
    at_any_hour = settings(quiet_from=0, quiet_until=0)
    await scene.staff.edit("PUT", "/v1/staff/matching-settings", at_any_hour)
    await days_pass(scene.raw_db, 15)
    await scene.make.services.jobs.turn("silences")
    scene.made["nudge"] = (await scene.staff.get("/v1/nudges")).json()["items"][0]["id"]


async def an_absence(scene: Scene) -> None:
    """Of `mentor2`, for whom `mentor` is to stand in with `mentee2`."""
    await scene.raw_db.execute(
        "UPDATE mentor_card SET away_from = current_date + 1, away_until = current_date + 9 WHERE account_id = $1",
        scene.mentor2.id,
    )
    for member in (scene.mentee2, scene.mentor2):
        await expects(member)
    await scene.mentee2.put("/v1/waiting")
    body = {"mentee_id": str(scene.mentee2.id), "mentor_id": str(scene.mentor2.id)}
    pair = (await scene.staff.post("/v1/pairs", body)).json()["id"]
    for member in (scene.mentee2, scene.mentor2):
        await member.post(f"/v1/pairs/{pair}/acceptance", YES)
    answer = await scene.mentor2.put("/v1/absences/own/cover", {"cover_id": str(scene.mentor.id)})
    scene.made["absence"] = answer.json()["id"]


async def a_cover(scene: Scene) -> None:
    await an_absence(scene)
    await scene.mentor.put(f"/v1/absences/{scene.made['absence']}/acceptance", {"accepts": True})


async def a_lost_mentor(scene: Scene) -> None:
    await a_pair_in_trial(scene)
    spare = await scene.make.mentor(scene.home)
    scene.made["spare"] = spare.id
    await scene.staff.put(f"/v1/people/{scene.mentor.id}/suspension")
    await scene.staff.delete(f"/v1/people/{scene.mentor.id}/suspension")
    scene.made["interim"] = (await scene.mentee.get("/v1/interim-contact")).json()["id"]


async def a_change_of_mentors(scene: Scene) -> None:
    """`mentee` had `mentor` and now has `mentor2`."""
    await a_closed_pair(scene)
    scene.made["before"] = scene.made["pair"]
    await expects(scene.mentor2)
    await scene.mentee.put("/v1/waiting")
    body = {"mentee_id": str(scene.mentee.id), "mentor_id": str(scene.mentor2.id)}
    scene.made["after"] = (await scene.staff.post("/v1/pairs", body)).json()["id"]
    for member in (scene.mentee, scene.mentor2):
        await member.post(f"/v1/pairs/{scene.made['after']}/acceptance", YES)


async def a_handover(scene: Scene) -> None:
    await a_change_of_mentors(scene)
    body = {"from_pair_id": scene.made["before"], "to_pair_id": scene.made["after"]}
    scene.made["handover"] = (await scene.staff.post("/v1/handovers", body)).json()["id"]


async def a_handover_of(scene: Scene, **choice: object) -> None:
    await a_handover(scene)
    path = f"/v1/handovers/{scene.made['handover']}/choice"
    await scene.mentee.call("PUT", path, json=choice, headers={"If-Match": '"1"'})


async def a_summary_to_write(scene: Scene) -> None:
    await a_handover_of(scene, choice="summary")


async def a_summary(scene: Scene) -> None:
    await a_summary_to_write(scene)
    path = f"/v1/handovers/{scene.made['handover']}/summary"
    await scene.mentee.call("PUT", path, json={"text": "Moi!"}, headers={"If-Match": '"2"'})


async def a_history(scene: Scene) -> None:
    await scene.mentee.post(f"/v1/threads/{scene.thread_id}/messages", {"client_id": CLIENT_ID, "text": "Moi!"})
    await a_handover_of(scene, choice="history", from_seq=1)


# fmt: off
ROWS = [
    # support                       nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("listNotices",              "401    200    200    200     200     403   403    403"),
    row("markNoticeSeen",           "401    204    404    404     404     403   403    403", given=a_notice,
        notice_id=lambda scene: scene.made["notice"]),
    row("listNextCheckIns",         "401    200    200    200     200     403   403    403"),
    row("listCheckIns",             "401    403    403    403     403     200   200    403"),
    row("getCheckInFigures",        "401    403    403    403     403     200   200    403"),
    row("getCheckIn",               "401    403    403    403     403     200   404    403", given=a_check_in,
        checkin_id=lambda scene: scene.made["checkin"]),
    row("finishCheckIn",            "401    403    403    403     403     200   404    403", given=a_check_in,
        checkin_id=lambda scene: scene.made["checkin"], version=1, body=TALKED),
    row("getPairContact",           "401    403    403    403     403     200   404    403", given=a_pair_in_trial,
        pair_id=lambda scene: scene.made["pair"]),
    row("setPairContact",           "401    403    403    403     403     200   404    403", given=a_pair_in_trial,
        pair_id=lambda scene: scene.made["pair"], version=1, body=lambda scene: {"staff_id": str(scene.staff.id)}),
    row("listNudges",               "401    403    200    403     200     200   200    403"),
    row("sendNudge",                "401    403    200    403     404     200   404    403", given=a_nudge,
        nudge_id=lambda scene: scene.made["nudge"], version=1, body={"text": "Moi!"}),
    row("leaveNudge",               "401    403    204    403     404     204   404    403", given=a_nudge,
        nudge_id=lambda scene: scene.made["nudge"], version=1),
    row("sayNotNow",                "401    204    204    404     404     403   403    403", given=a_pair_in_trial,
        pair_id=lambda scene: scene.made["pair"], body={}),
    row("listAbsences",             "401    200    200    200     200     403   403    403"),
    row("nameCover",                "401    403    409    403     200     403   403    403", given=an_absence,
        body=lambda scene: {"cover_id": str(scene.mentor.id)}),
    row("answerCover",              "401    403    200    403     404     403   403    403", given=an_absence,
        absence_id=lambda scene: scene.made["absence"], body={"accepts": True}),
    row("consentToCover",           "401    404    403    200     403     403   403    403", given=a_cover,
        absence_id=lambda scene: scene.made["absence"], body={"consents": True}),
    row("standMentorDown",          "401    403    403    403     403     204   404    403",
        mentor_id=lambda scene: scene.mentor.id),
    row("getInterimContact",        "401    200    401    404     403     403   403    403", given=a_lost_mentor),
    row("waitAgain",                "401    200    401    404     403     403   403    403", given=a_lost_mentor),
    row("listInterimContacts",      "401    403    403    403     403     200   200    403"),
    row("changeInterimContact",     "401    403    401    403     403     200   404    403", given=a_lost_mentor,
        interim_id=lambda scene: scene.made["interim"], body=lambda scene: {"contact_id": str(scene.made["spare"])}),
    row("getInterimMentor",         "401    403    403    403     403     200   200    403"),
    row("nameInterimMentor",        "401    403    403    403     403     200   404    403",
        body=lambda scene: {"mentor_id": str(scene.mentor.id)}),
    row("openHandover",             "401    201    403    404     403     201   404    403", given=a_change_of_mentors,
        body=lambda scene: {"from_pair_id": scene.made["before"], "to_pair_id": scene.made["after"]}),
    row("listHandovers",            "401    200    200    200     200     200   200    403"),
    row("getHandover",              "401    200    200    404     404     200   404    403", given=a_summary,
        handover_id=lambda scene: scene.made["handover"]),
    row("chooseHandover",           "401    200    403    404     403     403   403    403", given=a_handover,
        handover_id=lambda scene: scene.made["handover"], version=1, body={"choice": "nothing"}),
    row("writeSummary",             "401    200    200    404     404     200   404    403", given=a_summary_to_write,
        handover_id=lambda scene: scene.made["handover"], version=2, body={"text": "Moi!"}),
    row("agreeToSummary",           "401    200    403    404     403     403   403    403", given=a_summary,
        handover_id=lambda scene: scene.made["handover"], version=3),
    row("withdrawHandover",         "401    204    403    404     403     403   403    403", given=a_summary,
        handover_id=lambda scene: scene.made["handover"]),
    row("listHandedOverMessages",   "401    403    404    403     200     403   403    403", given=a_history,
        handover_id=lambda scene: scene.made["handover"]),
]
# fmt: on
