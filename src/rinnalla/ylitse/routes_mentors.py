"""Mentors and skills."""

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from rinnalla.accounts.errors import AccountNotFound
from rinnalla.kit import database
from rinnalla.kit.access import ANYONE_SIGNED_IN, PUBLIC, Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.profiles.errors import MentorNotFound, TopicCarried, TopicNotFound
from rinnalla.profiles.service import Cards, Topics
from rinnalla.ylitse import ids
from rinnalla.ylitse import schemas as record
from rinnalla.ylitse import schemas_bodies as wire
from rinnalla.ylitse.people import People
from rinnalla.ylitse.records import skill_record
from rinnalla.ylitse.refusals import refusals
from rinnalla.ylitse.shelf import Shelf

FOR_ADMINS = only(Role.STAFF, Role.ADMIN)
TAGS = ["Mentors"]


@get("/mentors", operation_id="listMentors", summary="Mentors to choose from", tags=TAGS, opt=PUBLIC)
async def list_mentors(db: Db, shelf: NamedDependency[Shelf], language: NamedDependency[str]) -> wire.Mentors:
    return wire.Mentors(resources=await shelf.told(db, *await shelf.published(db), language))


@get(
    "/mentors/{mentor_id:str}",
    operation_id="getMentor",
    summary="One mentor",
    tags=TAGS,
    opt=PUBLIC,
    responses=refusals(MentorNotFound),
)
async def get_mentor(
    db: Db,
    cards: NamedDependency[Cards],
    shelf: NamedDependency[Shelf],
    language: NamedDependency[str],
    mentor_id: FromPath[str],
) -> record.Mentor:
    full, today = await cards.published_one(db, ids.account_of_mentor(mentor_id))
    return (await shelf.told(db, [full], today, language))[0]


@put(
    "/mentors/{mentor_id:str}",
    operation_id="editMentor",
    summary="Change your profile; skills that are not known yet are made known",
    tags=TAGS,
    opt=only(Role.MENTOR, Role.STAFF),
    responses=refusals(AccountNotFound, MentorNotFound),
)
async def edit_mentor(
    data: JSONBody[wire.MentorEdit],
    db: Db,
    caller: Asking,
    people: NamedDependency[People],
    shelf: NamedDependency[Shelf],
    language: NamedDependency[str],
    mentor_id: FromPath[str],
) -> record.Mentor:
    account_id = ids.account_of_mentor(mentor_id)
    await people.edit_user(db, caller, account_id, role=None, display_name=data.display_name)
    full = await shelf.edit(db, caller, account_id, data, language)
    return (await shelf.told(db, [full], (await database.now(db)).date(), language))[0]


@get("/skills", operation_id="listSkills", summary="What can be talked about", tags=TAGS, opt=PUBLIC)
async def list_skills(db: Db, topics: NamedDependency[Topics], language: NamedDependency[str]) -> wire.Skills:
    return wire.Skills(resources=[skill_record(topic, language) for topic in await topics.all(db)])


@get(
    "/skills/{skill_id:str}",
    operation_id="getSkill",
    summary="One skill",
    tags=TAGS,
    opt=ANYONE_SIGNED_IN,
    responses=refusals(TopicNotFound),
)
async def get_skill(
    db: Db, shelf: NamedDependency[Shelf], language: NamedDependency[str], skill_id: FromPath[str]
) -> record.Skill:
    return skill_record(await shelf.skill(db, skill_id), language)


@post(
    "/skills",
    operation_id="createSkill",
    summary="Make a skill known; one that is known already stays as it is",
    tags=TAGS,
    opt=FOR_ADMINS,
)
async def create_skill(
    data: JSONBody[wire.NewSkill],
    db: Db,
    caller: Asking,
    topics: NamedDependency[Topics],
    shelf: NamedDependency[Shelf],
    language: NamedDependency[str],
) -> record.Skill:
    (skill_id,) = await topics.make_known(db, caller, [data.name], language)
    return skill_record(await shelf.skill(db, skill_id), language)


@delete(
    "/skills/{skill_id:str}",
    operation_id="deleteSkill",
    summary="Take a skill off the list and off your programme's profiles",
    tags=TAGS,
    opt=FOR_ADMINS,
    responses=refusals(TopicNotFound, TopicCarried),
)
async def delete_skill(
    db: Db, caller: Asking, topics: NamedDependency[Topics], shelf: NamedDependency[Shelf], skill_id: FromPath[str]
) -> None:
    await topics.remove(db, caller, (await shelf.skill(db, skill_id)).id)


MENTOR_ROUTES = [list_mentors, get_mentor, edit_mentor, list_skills, get_skill, create_skill, delete_skill]
