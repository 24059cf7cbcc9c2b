"""Who may do what in matching, and in what becomes of it: proposals, pairs, their trial and their end."""

from uuid import UUID, uuid4

from tests.authorisation.row import row
from tests.authorisation.scene import Scene
from tests.matching.running import ready_run
from tests.patience import eventually
from tests.programme import EXPECTED, YES, at_once, expects, settings

SETTINGS = settings()


async def a_mentee_who_waits(scene: Scene) -> None:
    await scene.mentee.put("/v1/waiting")


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
        "INSERT INTO matching_follow_up (id, organisation_id, run_id, kind, for_id, version)"
        " SELECT $1, organisation_id, id, 'place', $3, 8 FROM matching_run WHERE id = $2",
        follow_up,
        UUID(scene.made["run"]),
        scene.mentor.id,
    )

    async def looked_for() -> bool:
        await scene.make.services.jobs.turn("follow_ups")
        return await scene.raw_db.fetchval("SELECT state = 'open' FROM matching_follow_up") is True

    await eventually(looked_for)
    scene.made["follow_up"] = str(follow_up)


# fmt: off
ROWS = [
    # matching                      nobody mentee mentor mentee2 mentor2 staff staff2 admin
    row("askToBePaired",            "401    200    403    200     403     403   403    403"),
    row("getOwnWaiting",            "401    200    403    200     403     403   403    403"),
    row("stopWaiting",              "401    204    403    204     403     403   403    403"),
    row("listWaiting",              "401    403    403    403     403     200   200    403"),
    row("getMatchingSettings",      "401    403    403    403     403     200   200    403"),
    row("getMatchingSettingsVersion", "401  403    403    403     403     200   200    403", number=lambda _: 0),
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
]
# fmt: on
