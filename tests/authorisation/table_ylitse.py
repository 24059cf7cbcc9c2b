"""Who may do what under `/ylitse`: the same people as in `table`, at the doors of that face.

Of someone else's things members are told 403, whether they are there or not; staff and administrators, who manage
others, are told 404 of whom they don't manage.
"""

from typing import Any
from uuid import uuid4

from rinnalla.ylitse import ids
from tests.authorisation.row import Row, row
from tests.authorisation.scene import Scene
from tests.factories import PASSWORD
from tests.ylitse.client import user
from tests.ylitse.test_feedback import rules

LONG = "a password for a programme"
VERSIONS = {"resources": [{"client": "ylitse_ios", "version": "1.2.3"}]}
PROFILE = {"story": "Tarina", "languages": ["fi"], "skills": []}


async def a_question(scene: Scene) -> None:
    scene.made["question"] = (await scene.staff.post("/ylitse/feedback/questions", rules())).json()["id"]


async def an_asked_question(scene: Scene) -> None:
    await a_question(scene)
    scene.made["answer"] = f"{scene.made['question']}.1"


async def a_report(scene: Scene) -> None:
    body = {"reported_user_id": user(scene.mentee), "report_reason": "Olen huolissani."}
    scene.made["report"] = (await scene.mentor.post("/ylitse/reports", body)).json()["id"]


async def a_skill(scene: Scene) -> None:
    scene.made["skill"] = (await scene.staff.post("/ylitse/skills", {"name": "Lemmikit"})).json()["id"]


async def a_message(scene: Scene) -> None:
    body = {"recipient_id": user(scene.mentee), "content": "hei"}
    path = f"/ylitse/users/{user(scene.mentor)}/messages"
    scene.made["message"] = (await scene.mentor.post(path, body)).json()["id"]


def of_mentee(scene: Scene) -> str:
    return user(scene.mentee)


def log_in(scene: Scene) -> dict[str, Any]:
    return {"login_name": scene.mentee.login_name, "password": PASSWORD}


def account(scene: Scene) -> dict[str, Any]:
    return {"login_name": scene.mentee.login_name, "role": "mentee"}


# fmt: off
ROWS: list[Row] = [
    # coming in                     nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("getVersion",               "200    200    200    200     200     200   200    200"),
    row("getClientVersions",        "401    200    200    200     200     200   200    200"),
    row("setClientVersions",        "401    403    403    403     403     200   200    200", body=VERSIONS),
    row("logIn",                    "200    200    200    200     200     200   200    200", body=log_in),
    row("refresh",                  "401    401    401    401     401     401   401    401",
        body={"refresh_token": "made up"}),
    row("logOut",                   "401    200    200    200     200     200   200    200"),
    row("webLogIn",                 "200    200    200    200     200     200   200    200",
        form=lambda scene: {"username": (None, scene.mentee.login_name), "password": (None, PASSWORD)}),
    row("webRefresh",               "401    401    401    401     401     401   401    401"),
    row("searchLoginName",          "204    204    204    204     204     204   204    204",
        request={"params": {"login_name": "nobody has this"}}),

    # people                        nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("createAccount",            "401    403    403    403     403     201   201    403", gone=401,
        body=lambda _: {"password": PASSWORD, "account": {"role": "mentor", "login_name": str(uuid4())}}),
    row("listAccounts",             "401    403    403    403     403     200   200    200"),
    row("getAccount",               "401    200    403    403     403     200   404    404",
        account_id=lambda scene: scene.mentee.id),
    row("editAccount",              "401    200    403    403     403     200   404    404",
        account_id=lambda scene: scene.mentee.id, body=account),
    row("changePassword",           "401    200    403    403     403     403   403    403",
        account_id=lambda scene: scene.mentee.id, body={"current_password": PASSWORD, "new_password": LONG}),
    row("deleteAccount",            "401    403    204    403     403     204   404    404",
        account_id=lambda scene: scene.mentor.id),
    row("getMyself",                "401    200    200    200     200     200   200    200"),
    row("listUsers",                "401    403    403    403     403     200   200    200"),
    row("getUser",                  "401    200    403    403     403     200   404    404", user_id=of_mentee),
    row("editUser",                 "401    200    403    403     403     200   404    404", user_id=of_mentee,
        body=lambda scene: {"display_name": scene.mentee.login_name}),
    row("keepDevice",               "401    200    403    403     403     403   403    403", user_id=of_mentee,
        body={"token": "tunniste", "platform": "ios"}),

    # mentors and skills            nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("listMentors",              "200    200    200    200     200     200   200    200"),
    row("getMentor",                "200    200    200    200     200     200   200    200",
        mentor_id=lambda scene: ids.mentor_id(scene.mentor.id)),
    row("editMentor",               "401    403    200    403     403     200   404    403",
        mentor_id=lambda scene: ids.mentor_id(scene.mentor.id), body=PROFILE),
    row("listSkills",               "200    200    200    200     200     200   200    200"),
    row("getSkill",                 "401    200    200    200     200     200   200    200",
        skill_id=lambda _: "housing"),
    row("createSkill",              "401    403    403    403     403     201   201    201", body={"name": "Lemmikit"}),
    row("deleteSkill",              "401    403    403    403     403     204   204    204", given=a_skill,
        skill_id=lambda scene: scene.made["skill"]),

    # conversations                 nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("listContacts",             "401    200    403    403     403     403   403    403", user_id=of_mentee),
    row("fileContact",              "401    200    403    403     403     403   403    403", user_id=of_mentee,
        contact_id=lambda scene: user(scene.mentor), body={"status": "archived"}),
    row("fileContacts",             "401    200    403    403     403     403   403    403", user_id=of_mentee,
        body=lambda scene: [{"id": user(scene.mentor), "status": "archived"}]),
    row("listMessages",             "401    200    403    403     403     403   403    403", user_id=of_mentee),
    row("sendMessage",              "401    201    403    403     403     403   403    403", user_id=of_mentee,
        body=lambda scene: {"recipient_id": user(scene.mentor), "content": "hei"}),
    row("openMessage",              "401    200    403    403     403     403   403    403", given=a_message,
        user_id=of_mentee, message_id=lambda scene: scene.made["message"], body={"opened": True}),

    # safety and feedback           nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("report",                   "401    404    201    404     404     201   404    403",
        body=lambda scene: {"reported_user_id": user(scene.mentee), "report_reason": "Olen huolissani."}),
    row("listReports",              "401    403    403    403     403     200   200    403"),
    row("moveReport",               "401    403    403    403     403     200   404    403", given=a_report,
        report_id=lambda scene: scene.made["report"], body={"status": "closed"}),
    row("listDueQuestions",         "401    200    200    200     200     200   200    200"),
    row("answerQuestion",           "401    201    404    201     404     403   403    403", given=an_asked_question,
        body=lambda scene: {"answer_id": scene.made["answer"], "value": 3}),
    row("listQuestions",            "401    403    403    403     403     200   200    403"),
    row("writeQuestion",            "401    403    403    403     403     201   201    403", body=rules()),
    row("retireQuestion",           "401    403    403    403     403     204   404    403", given=a_question,
        question_id=lambda scene: scene.made["question"]),
    row("countEvents",              "401    201    201    201     201     201   201    201",
        body=[{"name": "filter_skills", "props": {"skills": ["Asuminen"]}}]),
]
# fmt: on
