"""Who may do what. A new route without a line here fails the tests: add one, and think about each column.

`mentee` and `mentor` are the pair whose things are asked for; `mentee2` and `mentor2` are another pair of the same
organisation as `staff`; `staff2` works elsewhere. A suspended and a deleted person are tried at every line as well.

What is asked of matching and of pairs stands in `table_pairs`, of support in `table_support`.
"""

from io import BytesIO
from uuid import uuid4

from PIL import Image

from tests.authorisation.row import row
from tests.authorisation.scene import Scene
from tests.factories import PASSWORD
from tests.feedback.questions import question

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


async def private_lists(scene: Scene) -> None:
    for mentee in (scene.mentee, scene.mentee2):
        await mentee.put(f"/v1/account/never/{scene.mentor.id}")


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
    row("report",                   "401    404    201    404     404     201   404    403",
        body=lambda scene: {"reported_id": str(scene.mentee.id), "reason": "other", "text": "Olen huolissani."}),
    row("listOwnReports",           "401    200    200    200     200     200   200    403"),
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
]
# fmt: on
