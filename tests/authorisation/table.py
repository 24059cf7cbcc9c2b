"""Who may do what. A new route without a line here fails the tests: add one, and think about each column.

`mentee` and `mentor` are the pair whose things are asked for; `mentee2` and `mentor2` are another pair of the same
organisation as `staff`; `staff2` works elsewhere. A suspended and a deleted person are tried at every line as well.
"""

from io import BytesIO
from uuid import UUID, uuid4

from PIL import Image

from tests.authorisation.row import row
from tests.authorisation.scene import Scene
from tests.factories import PASSWORD
from tests.feedback.questions import question
from tests.matching.running import ready_run
from tests.programme import EXPECTED, YES, at_once, expects, settings
from tests.support.scenes import TALKED, days_pass

LONG = "a password for a programme"
PROGRAMME = {"name": "Rinnalla Oulu", "country": "FI"}
EDIT = {"display_name": "Aino", "email": None}
CARD = {
    "story": "", "topics": [], "languages": ["fi"], "region": "", "gender": None, "birth_year": None,
    "channels": [], "times": [], "status_line": "", "capacity": 2, "away": None,
}  # fmt: skip
WISHES = {
    "languages": ["fi"], "region": "", "gender_wish": None, "age_min": None, "age_max": None,
    "times": [], "topics": [], "note": None,
}  # fmt: skip
SETTINGS = settings()
A_PNG = {"Content-Type": "image/png"}
CLIENT_ID = "01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"


async def an_invited_one(scene: Scene) -> None:
    answer = await scene.admin.post(f"/v1/organisations/{scene.home}/staff", {"display_name": "Tuula"})
    scene.made["invited"] = answer.json()["staff"]["id"]
    scene.made["invitation"] = answer.json()["invitation"]


async def a_photo(scene: Scene) -> None:
    picture = BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    answer = await scene.mentor.call("PUT", "/v1/mentors/me/photo", content=picture.getvalue(), headers=A_PNG)
    scene.made["photo"] = answer.json()["photo_id"]


async def an_invited_mentor(scene: Scene) -> None:
    answer = await scene.staff.post("/v1/mentors", {"display_name": "Aino"})
    scene.made["mentor"] = answer.json()["mentor"]["card"]["id"]


async def a_question(scene: Scene) -> None:
    answer = await scene.staff.post("/v1/questions", question(audience=["mentee", "mentor"]))
    scene.made["question"] = answer.json()["id"]


async def a_report(scene: Scene) -> None:
    body = {"reported_id": str(scene.mentee.id), "reason": "other", "text": "Olen huolissani."}
    scene.made["report"] = (await scene.mentor.post("/v1/reports", body)).json()["id"]


async def a_mentee_who_waits(scene: Scene) -> None:
    await scene.mentee.put("/v1/waiting")


async def private_lists(scene: Scene) -> None:
    for mentee in (scene.mentee, scene.mentee2):
        await mentee.put(f"/v1/account/never/{scene.mentor.id}")


async def shown_suggestions(scene: Scene) -> None:
    await scene.staff.edit("PUT", "/v1/staff/matching-settings", settings(mentees_see_suggestions=True))


async def a_proposal(scene: Scene) -> None:
    await a_mentee_who_waits(scene)
    body = {"mentee_id": str(scene.mentee.id), "mentor_id": str(scene.mentor.id)}
    scene.made["pair"] = (await scene.staff.post("/v1/pairs", body)).json()["id"]


async def a_proposal_to_say_yes_to(scene: Scene) -> None:
    for member in (scene.mentee, scene.mentor):
        await expects(member)
    await a_proposal(scene)


async def a_pair_in_trial(scene: Scene) -> None:
    await a_proposal_to_say_yes_to(scene)
    for member in (scene.mentee, scene.mentor):
        await member.post(f"/v1/pairs/{scene.made['pair']}/acceptance", YES)


async def a_pair_that_ends(scene: Scene) -> None:
    await a_pair_in_trial(scene)
    await scene.mentee.post(f"/v1/pairs/{scene.made['pair']}/end", {"kind": "planned"})


async def a_closed_pair(scene: Scene) -> None:
    await a_pair_in_trial(scene)
    await scene.staff.post(f"/v1/pairs/{scene.made['pair']}/end", at_once())


async def a_pair_that_was_returned(scene: Scene) -> None:
    await a_pair_in_trial(scene)
    for member in (scene.mentee, scene.mentor):
        await member.put(f"/v1/pairs/{scene.made['pair']}/fit", {"fit": "not_a_good_fit"})


async def a_run(scene: Scene) -> None:
    """One that proposes the two to each other, in its ninth version."""
    await a_mentee_who_waits(scene)
    scene.made["run"] = await ready_run(scene.staff, scene.make.services)
    await scene.raw_db.execute("UPDATE matching_run SET version = 9")


async def a_follow_up(scene: Scene) -> None:
    """That suggests the two to each other, in its ninth version."""
    await a_run(scene)
    follow_up = uuid4()
    await scene.raw_db.execute(
        "INSERT INTO matching_follow_up (id, organisation_id, run_id, kind, state, for_id, with_id, version)"
        " SELECT $1, organisation_id, id, 'place', 'open', $3, $4, 9 FROM matching_run WHERE id = $2",
        follow_up,
        UUID(scene.made["run"]),
        scene.mentor.id,
        scene.mentee.id,
    )
    scene.made["follow_up"] = str(follow_up)


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
    # coming in                     nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("signUp",                   "201    201    201    201     201     201   201    201",
        body=lambda _: {"nickname": str(uuid4()), "password": PASSWORD}),
    row("logIn",                    "201    201    201    201     201     201   201    201",
        body=lambda scene: {"login_name": scene.mentee.login_name, "password": PASSWORD}),
    row("refreshSession",           "200    200    200    200     200     200   200    200",
        body=lambda scene: {"refresh_token": scene.mentee.refresh_token}),
    row("recoverAccount",           "401    401    401    401     401     401   401    401",
        body=lambda scene: {"login_name": scene.mentee.login_name, "recovery_code": "AAAA", "new_password": LONG}),
    row("acceptInvitation",         "201    201    201    201     201     201   201    201", given=an_invited_one,
        body=lambda scene: {"invitation": scene.made["invitation"], "login_name": str(scene.home), "password": LONG}),

    # one's own account             nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("listSessions",             "401    200    200    200     200     200   200    200"),
    row("endOtherSessions",         "401    204    204    204     204     204   204    204"),
    row("endSession",               "401    204    404    404     404     404   404    404",
        session_id=lambda scene: scene.mentee.session_id),
    row("getAccount",               "401    200    200    200     200     200   200    200"),
    row("editAccount",              "401    200    200    200     200     200   200    200", version=1, body=EDIT),
    row("getVisibility",            "401    200    200    200     200     403   403    403"),
    row("editVisibility",           "401    200    200    200     200     403   403    403", version=1,
        body={"presence": "day", "read_marks": True}),
    row("changePassword",           "401    204    204    204     204     204   204    204",
        body={"current_password": PASSWORD, "new_password": LONG}),
    row("replaceRecoveryCodes",     "401    201    201    201     201     201   201    201",
        body={"password": PASSWORD}),
    row("createRealtimeTicket",     "401    201    201    201     201     201   201    201"),

    # administration                nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("listOrganisations",        "401    403    403    403     403     403   403    200"),
    row("createOrganisation",       "401    403    403    403     403     403   403    201", body=PROGRAMME),
    row("getOrganisation",          "401    403    403    403     403     403   403    200",
        organisation_id=lambda scene: scene.home),
    row("editOrganisation",         "401    403    403    403     403     403   403    200", version=1, body=PROGRAMME,
        organisation_id=lambda scene: scene.home),
    row("listStaff",                "401    403    403    403     403     403   403    200",
        organisation_id=lambda scene: scene.home),
    row("inviteStaff",              "401    403    403    403     403     403   403    201",
        organisation_id=lambda scene: scene.home, body={"display_name": "Tuula"}),
    row("inviteStaffAgain",         "401    403    403    403     403     403   403    201", given=an_invited_one,
        account_id=lambda scene: scene.made["invited"]),
    row("removeStaff",              "401    403    403    403     403     403   403    204",
        account_id=lambda scene: scene.staff.id),

    # operation                     nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("isAlive",                  "200    200    200    200     200     200   200    200"),
    row("isReady",                  "200    200    200    200     200     200   200    200"),

    # conversations                 nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("listThreads",              "401    200    200    200     200     403   403    403"),
    row("listWaitingThreads",       "401    200    200    200     200     403   403    403"),
    row("getThread",                "401    200    200    404     404     403   403    403",
        thread_id=lambda scene: scene.thread_id),
    row("sendMessage",              "401    201    201    404     404     403   403    403",
        thread_id=lambda scene: scene.thread_id, body={"client_id": CLIENT_ID, "text": "Moi!"}),
    row("listMessages",             "401    200    200    404     404     403   403    403",
        thread_id=lambda scene: scene.thread_id),
    row("markRead",                 "401    200    200    404     404     403   403    403",
        thread_id=lambda scene: scene.thread_id, body={"up_to_seq": 0}),
    row("markDelivered",            "401    200    200    404     404     403   403    403",
        thread_id=lambda scene: scene.thread_id, body={"up_to_seq": 0}),
    row("fileThread",               "401    200    200    404     404     403   403    403",
        thread_id=lambda scene: scene.thread_id, body={"filing": "archived"}),
    row("sync",                     "401    200    200    200     200     403   403    403"),

    # before log-in                 nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("getStart",                 "200    200    200    200     200     200   200    200"),
    row("listTopics",               "200    200    200    200     200     200   200    200"),
    row("listMentors",              "200    200    200    200     200     200   200    200"),
    row("getMentor",                "200    200    200    200     200     200   200    200",
        mentor_id=lambda scene: scene.mentor.id),
    row("getPhoto",                 "200    200    200    200     200     200   200    200", given=a_photo,
        photo_id=lambda scene: scene.made["photo"]),

    # cards and wishes              nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("getOwnCard",               "401    403    200    403     200     403   403    403"),
    row("editOwnCard",              "401    403    200    403     200     403   403    403", version=1, body=CARD),
    row("replaceOwnPhoto",          "401    403    415    403     415     403   403    403"),
    row("removeOwnPhoto",           "401    403    204    403     204     403   403    403"),
    row("previewPhoto",             "401    403    200    403     404     200   404    403", given=a_photo,
        photo_id=lambda scene: scene.made["photo"]),
    row("getPrivateWishes",         "401    403    200    403     200     403   403    403"),
    row("setPrivateWishes",         "401    403    200    403     200     403   403    403", version=0,
        body={"cannot_carry": [], "mentee_age_min": None, "mentee_age_max": None}),
    row("listNever",                "401    200    200    200     200     403   403    403"),
    row("addToNever",               "401    204    404    204     404     403   403    403",
        account_id=lambda scene: scene.mentor.id),
    row("removeFromNever",          "401    204    404    204     404     403   403    403", given=private_lists,
        account_id=lambda scene: scene.mentor.id),
    row("getWishes",                "401    200    403    200     403     403   403    403"),
    row("setWishes",                "401    200    403    200     403     403   403    403", version=0, body=WISHES),

    # a programme's mentors         nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("createMentor",             "401    403    403    403     403     201   201    403",
        body={"display_name": "Aino"}),
    row("inviteMentorAgain",        "401    403    403    403     403     201   404    403", given=an_invited_mentor,
        mentor_id=lambda scene: scene.made["mentor"]),
    row("listOwnMentors",           "401    403    403    403     403     200   200    403"),
    row("approveMentor",            "401    403    403    403     403     200   404    403",
        mentor_id=lambda scene: scene.mentor.id),
    row("screenMentor",             "401    403    403    403     403     200   404    403", body={"on": "2026-01-02"},
        mentor_id=lambda scene: scene.mentor.id),
    row("withdrawMentorApproval",   "401    403    403    403     403     204   404    403",
        mentor_id=lambda scene: scene.mentor.id),

    # feedback                      nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("writeQuestion",            "401    403    403    403     403     201   201    403", body=question()),
    row("listQuestions",            "401    403    403    403     403     200   200    403"),
    row("getQuestion",              "401    403    403    403     403     200   404    403", given=a_question,
        question_id=lambda scene: scene.made["question"]),
    row("editQuestion",             "401    403    403    403     403     200   404    403", given=a_question,
        question_id=lambda scene: scene.made["question"], version=1, body=question()),
    row("retireQuestion",           "401    403    403    403     403     204   404    403", given=a_question,
        question_id=lambda scene: scene.made["question"]),
    row("getResults",               "401    403    403    403     403     200   404    403", given=a_question,
        question_id=lambda scene: scene.made["question"]),
    row("listDueQuestions",         "401    200    200    200     200     403   403    403"),
    row("answerQuestion",           "401    200    200    200     200     403   403    403", given=a_question,
        question_id=lambda scene: scene.made["question"], round_number=lambda _: 1, body={"value": 3}),
    row("skipQuestion",             "401    204    204    204     204     403   403    403", given=a_question,
        question_id=lambda scene: scene.made["question"]),

    # safety                        nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("report",                   "401    404    201    404     404     403   403    403",
        body=lambda scene: {"reported_id": str(scene.mentee.id), "reason": "other", "text": "Olen huolissani."}),
    row("listOwnReports",           "401    200    200    200     200     403   403    403"),
    row("listReports",              "401    403    403    403     403     200   200    403"),
    row("readReport",               "401    403    403    403     403     200   404    403", given=a_report,
        report_id=lambda scene: scene.made["report"]),
    row("moveReport",               "401    403    403    403     403     200   404    403", given=a_report,
        report_id=lambda scene: scene.made["report"], version=1, body={"state": "closed"}),
    row("suspend",                  "401    403    403    403     403     204   404    404",
        account_id=lambda scene: scene.mentee.id),
    row("readmit",                  "401    403    403    403     403     204   404    404",
        account_id=lambda scene: scene.mentee.id),
    row("removeMentor",             "401    403    403    403     403     204   404    403",
        account_id=lambda scene: scene.mentor.id),
    row("listAudit",                "401    403    403    403     403     403   403    200"),
    row("leave",                    "401    204    204    204     204     204   204    409",
        body={"password": PASSWORD}),

    # matching                      nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("askToBePaired",            "401    200    403    200     403     403   403    403"),
    row("getOwnWaiting",            "401    200    403    200     403     403   403    403"),
    row("stopWaiting",              "401    204    403    204     403     403   403    403"),
    row("listWaiting",              "401    403    403    403     403     200   200    403"),
    row("getMatchingSettings",      "401    403    403    403     403     200   200    403"),
    row("setMatchingSettings",      "401    403    403    403     403     200   200    403", version=0, body=SETTINGS),
    row("listCriteria",             "401    200    200    200     200     200   200    200"),
    row("listOwnSuggestions",       "401    200    403    200     403     403   403    403", given=shown_suggestions),
    row("listSuggestions",          "401    403    403    403     403     200   404    403", given=a_mentee_who_waits,
        mentee_id=lambda scene: scene.mentee.id),
    # The programme of the scene matches by staff: a young person who names both is told so before anything else.
    row("startMatchingRun",         "401    403    403    403     403     201   201    403",
        body=lambda _: {"client_id": str(uuid4())}),
    row("listMatchingRuns",         "401    403    403    403     403     200   200    403"),
    row("getMatchingRun",           "401    403    403    403     403     200   404    403", given=a_run,
        run_id=lambda scene: scene.made["run"]),
    row("listRunProposals",         "401    403    403    403     403     200   404    403", given=a_run,
        run_id=lambda scene: scene.made["run"]),
    row("fixRunProposal",           "401    403    403    403     403     200   404    403", given=a_run, version=9,
        run_id=lambda scene: scene.made["run"], mentee_id=lambda scene: scene.mentee.id,
        body=lambda scene: {"mentor_id": str(scene.mentor.id)}),
    row("strikeRunProposal",        "401    403    403    403     403     200   404    403", given=a_run, version=9,
        run_id=lambda scene: scene.made["run"], mentee_id=lambda scene: scene.mentee.id),
    row("solveMatchingRun",         "401    403    403    403     403     200   404    403", given=a_run, version=9,
        run_id=lambda scene: scene.made["run"]),
    row("releaseMatchingRun",       "401    403    403    403     403     200   404    403", given=a_run, version=9,
        run_id=lambda scene: scene.made["run"]),
    row("discardMatchingRun",       "401    403    403    403     403     200   404    403", given=a_run, version=9,
        run_id=lambda scene: scene.made["run"]),
    row("listFollowUps",            "401    403    403    403     403     200   200    403"),
    row("proposeFollowUp",          "401    403    403    403     403     200   404    403", given=a_follow_up,
        version=9, follow_up_id=lambda scene: scene.made["follow_up"]),
    row("dismissFollowUp",          "401    403    403    403     403     200   404    403", given=a_follow_up,
        version=9, follow_up_id=lambda scene: scene.made["follow_up"]),
    row("createPair",               "401    400    403    400     403     201   404    403", given=a_mentee_who_waits,
        body=lambda scene: {"mentee_id": str(scene.mentee.id), "mentor_id": str(scene.mentor.id)}),
    row("listPairs",                "401    200    200    200     200     200   200    403"),
    row("getPair",                  "401    200    200    404     404     200   404    403", given=a_proposal,
        pair_id=lambda scene: scene.made["pair"]),
    row("listPairSteps",            "401    200    200    404     404     200   404    403", given=a_proposal,
        pair_id=lambda scene: scene.made["pair"]),
    row("acceptPair",               "401    200    200    404     404     403   403    403",
        given=a_proposal_to_say_yes_to, pair_id=lambda scene: scene.made["pair"], body=YES),
    row("declinePair",              "401    200    200    404     404     403   403    403", given=a_proposal,
        pair_id=lambda scene: scene.made["pair"], body={"reason": "no_time"}),
    row("withdrawPair",             "401    403    403    403     403     200   404    403", given=a_proposal,
        pair_id=lambda scene: scene.made["pair"]),
    row("getExpectations",          "401    200    200    200     200     403   403    403"),
    row("setExpectations",          "401    200    200    200     200     403   403    403", version=0, body=EXPECTED),
    row("getPairExpectations",      "401    200    200    404     404     403   403    403", given=a_proposal,
        pair_id=lambda scene: scene.made["pair"]),
    row("getPairOverride",          "401    403    403    403     403     200   404    403", given=a_proposal,
        pair_id=lambda scene: scene.made["pair"]),
    row("overridePair",             "401    403    403    403     403     200   404    403", given=a_proposal,
        pair_id=lambda scene: scene.made["pair"], body={"reason": "They met with us."}),
    row("getOwnFit",                "401    200    200    404     404     403   403    403", given=a_pair_in_trial,
        pair_id=lambda scene: scene.made["pair"]),
    row("sayFit",                   "401    200    200    404     404     403   403    403", given=a_pair_in_trial,
        pair_id=lambda scene: scene.made["pair"], body={"fit": "still_deciding"}),
    row("sayWhatWasLearnt",         "401    204    204    404     404     403   403    403",
        given=a_pair_that_was_returned, pair_id=lambda scene: scene.made["pair"], body={"codes": ["times"]}),
    row("endPair",                  "401    200    200    404     404     200   404    403", given=a_pair_in_trial,
        pair_id=lambda scene: scene.made["pair"], body={"kind": "planned", "reason": "as_planned"}),
    row("closePair",                "401    200    403    404     403     200   404    403", given=a_pair_that_ends,
        pair_id=lambda scene: scene.made["pair"]),
    row("closePairForSafety",       "401    200    200    404     404     200   404    403", given=a_pair_in_trial,
        pair_id=lambda scene: scene.made["pair"]),
    row("markLastTalk",             "401    200    200    404     404     403   403    403", given=a_pair_that_ends,
        pair_id=lambda scene: scene.made["pair"]),
    row("getLetters",               "401    200    200    404     404     403   403    403", given=a_pair_that_ends,
        pair_id=lambda scene: scene.made["pair"]),
    row("writeLetter",              "401    200    200    404     404     403   403    403", given=a_pair_that_ends,
        pair_id=lambda scene: scene.made["pair"], version=0, body={"text": "Kiitos!"}),
    row("takeKeepsake",             "401    200    403    404     403     403   403    403", given=a_pair_that_ends,
        pair_id=lambda scene: scene.made["pair"]),
    row("takeKeepsakeAsText",       "401    200    403    404     403     403   403    403", given=a_pair_that_ends,
        pair_id=lambda scene: scene.made["pair"]),
    row("getContactRule",           "401    200    200    200     200     200   200    403"),
    row("setContactRule",           "401    403    403    403     403     200   200    403", version=0,
        body={"fi": "Meidän kautta.", "sv": None, "nb": None, "en": None}),
    row("getPairStatistics",        "401    403    403    403     403     200   200    403",
        request={"params": {"year": 2026, "quarter": 4}}),
    row("askAgain",                 "401    200    403    404     403     403   403    403", given=a_closed_pair,
        pair_id=lambda scene: scene.made["pair"], body={"same_mentor": True}),

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
    row("sayNotNow",                "401    204    403    404     403     403   403    403", given=a_pair_in_trial,
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
