"""A day in the life of the app: a mentor with sixty contacts, people who write all the time, and at the end exactly
what the database has. The same day when all is well and while the service is broken under it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from uuid import UUID, uuid4

import asyncpg
import httpx

from rinnalla.app import Services
from rinnalla.chat.policy import message_context
from rinnalla.kit.vault import Sealed, WrappedKey
from rinnalla.ylitse.ids import user_id
from tests.api import Contract, ok
from tests.factories import Factory, Person
from tests.faults.journal import Fault
from tests.ylitse.app import PAGE, PROPER, App, Unanswered
from tests.ylitse.client import user
from tests.ylitse.test_feedback import rules

VALUE = 4
ALL_READ, GOOD_NIGHT, REPORT = "luin kaiken", "hyvää yötä", "Hän uhkaili."
Breach = Callable[[Fault, str], None]
"""Told of a promise that was broken, and in words how."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a day goes. Of the `contacts` some, `writers`, have written `earlier` messages each, and as many others write
    while the app is open, until the evening or so many messages. `pause`: seconds between two polls, and two messages.
    `at_most`: how often a message may stand that was said once by this face, where the network repeats what is said."""

    contacts: int = 60
    writers: int = 8
    earlier: int = 23
    messages: int | None = None
    pause: float = 0.2
    at_most: int = 1


class Writer:
    """Someone who writes to the mentor, half of it by this face and half by the other, and notes what became of it."""

    def __init__(self, app: App, person: Person, mentor: Person, thread: UUID) -> None:
        self.app = app
        self.person = person
        self._mentor = user(mentor)
        self._thread = thread
        self.stored: set[str] = set()
        self.unknown: set[str] = set()
        self.by_v1: set[str] = set()

    async def write(self, name: str, course: Course, *, until: asyncio.Event, messages: int | None) -> None:
        for number in count():
            if until.is_set() or number == messages:
                return
            await self.say(f"{self.person.login_name} {name} {number}", by_this_face=number % 2 == 1)
            await asyncio.sleep(course.pause)

    async def say(self, text: str, *, by_this_face: bool = True) -> None:
        """Over `/v1` a message is said until it is stored; here it may be said once."""
        if not by_this_face:
            path, body = f"/v1/threads/{self._thread}/messages", {"client_id": str(uuid4()), "text": text}
            answer = await self.app.call("POST", path, body, once=False, headers=PROPER)
            assert answer.status_code in {httpx.codes.OK, httpx.codes.CREATED}, answer.text
            self.stored.add(text)
            self.by_v1.add(text)
            return
        try:
            await self.app.say(self._mentor, text)
            self.stored.add(text)
        except Unanswered:
            self.unknown.add(text)

    async def is_refused(self) -> bool:
        """Whether they are told what they would be told of someone who has left."""
        body = {"recipient_id": self._mentor, "content": "kuuleeko", "sender_id": "", "opened": False}
        return (await self.app.ask("POST", self.app.own("/messages"), body)).status_code == httpx.codes.FORBIDDEN


class Day:
    """One mentor's day. `breach` is told what does not hold."""

    def __init__(self, app: App, mentor: Person, staff: App, writers: Sequence[Writer], course: Course) -> None:
        self.app = app
        self._mentor = mentor
        self._staff = staff
        self._writers = writers
        self._course = course
        self.first, self._archived, self._banned, self._deleted, self._leaver = writers[:5]
        self._answered = 0
        self._reported = False
        self.evening = asyncio.Event()

    @classmethod
    async def dawn(cls, make: Factory, urls: Sequence[str], contract: Contract, course: Course) -> "Day":
        """Everyone there, and what was said before."""
        home = await make.organisation()
        mentor, staff = await make.mentor(home), await make.staff(home)

        def phone(person: Person) -> App:
            app = App(urls, contract, person.token)
            app.scopes = {"user_id": user(person)}
            return app

        writers = []
        for _ in range(course.contacts):
            mentee = await make.mentee(home)
            writers.append(Writer(phone(mentee), mentee, mentor, await make.thread(mentee, mentor)))
        day = cls(App(urls, contract), mentor, phone(staff), writers, course)
        at_once = replace(course, pause=0)
        await asyncio.gather(
            *(writer.write("aiemmin", at_once, until=day.evening, messages=course.earlier) for writer in day._early)
        )
        for writer in writers[course.writers :]:
            await writer.say(f"moi, {writer.person.login_name}")
        ok(await day._staff.ask("POST", "/feedback/questions", rules(recipients=["mentor"])), 201)
        return day

    async def close(self) -> None:
        """Put all phones away."""
        for app in (self.app, self._staff, *(writer.app for writer in self._writers)):
            await app.__aexit__()

    @property
    def _early(self) -> Sequence[Writer]:
        return self._writers[: self._course.writers]

    @property
    def _late(self) -> Sequence[Writer]:
        return self._writers[-self._course.writers :]

    async def live(self, breach: Breach) -> None:
        """From the log-in until the evening, or until everyone has written what they had to."""
        app, course = self.app, self._course
        await app.log_in(self._mentor.login_name)
        await app.start()
        known = len(self._early) * min(PAGE, course.earlier) + course.contacts - len(self._early)
        if (len(app.contacts), len(app.messages)) != (course.contacts, known):
            breach("lost", f"an app began with {len(app.contacts)} contacts and {len(app.messages)} messages")
        writing = [
            asyncio.create_task(one.write("nyt", course, until=self.evening, messages=course.messages))
            for one in self._late
        ]
        try:
            await self._do_what_people_do(breach)
            while not all(task.done() for task in writing):
                await app.poll()
                await asyncio.sleep(course.pause)
        finally:
            self.evening.set()
            await asyncio.gather(*writing)
        await self._leaver.app.ask("DELETE", f"/accounts/{self._leaver.person.id}")
        await self.first.say(GOOD_NIGHT)

    async def _do_what_people_do(self, breach: Breach) -> None:
        app, first = self.app, user(self.first.person)
        await app.scroll_up(first)
        if len(app.of(first)) < self._course.earlier:
            breach("lost", f"{len(app.of(first))} messages are there to be scrolled up, of {self._course.earlier}")
        await app.poll()
        statuses = {self._archived: "archived", self._banned: "banned", self._deleted: "deleted"}
        await app.file(**{user(one.person): status for one, status in statuses.items()})
        if not await self._banned.is_refused():
            breach("leaked", "someone who is banned can write")
        await app.poll()
        await app.open(app.of(first)[-1])
        with suppress(Unanswered):
            await app.say(first, ALL_READ)
        self._answered = await app.answer_questions(VALUE)
        if await app.answer_questions(VALUE):
            breach("doubled", "a question is asked twice")
        report = {"reported_user_id": user(self._banned.person), "contact_field": "", "report_reason": REPORT}
        with suppress(Unanswered):  # a report has no id either, to be known by when it comes again
            ok(await app.ask("POST", "/reports", report, once=True), 201)
            self._reported = True
        app.tokens["access_token"] = "expired"

    async def end(self, services: Services, raw_db: asyncpg.Connection, breach: Breach) -> None:
        """Read the rest, and hold what the app has against what the database has."""
        app, leaver = self.app, user(self._leaver.person)
        while await app.poll():
            pass
        for person in app.contacts.keys() - {leaver}:
            await app.scroll_up(person)
        if app.repeated:
            breach("doubled", f"polls told {app.repeated} messages again")
        gone = {one["id"] for one in app.of(leaver)}
        had = {
            key: (one["sender_id"], one["recipient_id"], one["content"])
            for key, one in app.messages.items()
            if key not in gone
        }
        stored = await everything(services, raw_db, self._mentor)
        if had != stored:
            breach("lost", f"an app has {len(had)} messages, and {len(had.items() ^ stored.items())} are not as stored")
        self._check_sends(Counter(text for _, _, text in stored.values()), breach)
        await self._check_order(raw_db, breach)
        await self._check_deeds(raw_db, breach)

    def _check_sends(self, stored: Counter[str], breach: Breach) -> None:
        for writer in self._writers:
            if writer is self._leaver:
                continue
            for text in writer.stored | writer.unknown:
                times, at_most = stored[text], 1 if text in writer.by_v1 else self._course.at_most
                if times == 0 and text in writer.stored:
                    breach("lost", f"{text!r} was acknowledged and is not stored")
                elif times > at_most:
                    breach("doubled", f"{text!r} is stored {times} times")

    async def _check_order(self, raw_db: asyncpg.Connection, breach: Breach) -> None:
        rows = await raw_db.fetch(
            """
            SELECT mentee_id, array_agg(message.id::text ORDER BY seq) AS ids
            FROM message JOIN thread ON thread.id = thread_id WHERE mentor_id = $1 GROUP BY mentee_id
            """,
            self._mentor.id,
        )
        for row in rows:
            if [one["id"] for one in self.app.of(user_id(row["mentee_id"]))] != row["ids"]:
                breach("reordered", "an app shows a conversation in another order than it had")

    async def _check_deeds(self, raw_db: asyncpg.Connection, breach: Breach) -> None:
        app = self.app
        await app.start()
        wanted = {self._archived: "archived", self._banned: "banned", self._deleted: "deleted"}
        for writer in self._writers:
            status = app.contacts[user(writer.person)]["status"]
            if writer is not self._leaver and status != wanted.get(writer, "ok"):
                breach("lost", f"a contact is filed as {status}, not as {wanted.get(writer, 'ok')}")
        heard = [one for one in app.of(user(self.first.person)) if one["recipient_id"] == user(self._mentor)]
        unopened = {one["content"] for one in heard if not one["opened"]}
        if not unopened <= {GOOD_NIGHT}:
            breach("lost", f"{len(unopened)} messages are unopened again")
        answers = await raw_db.fetch("SELECT value FROM answer WHERE account_id = $1", self._mentor.id)
        if [row["value"] for row in answers] != [VALUE] and (self._answered or answers):
            breach("lost", "an answer that was taken is not there, or not alone")
        reports = ok(await self._staff.ask("GET", "/reports"))["resources"]
        if len(reports) < self._reported or any(one["report_reason"] != REPORT for one in reports):
            breach("lost", "a report that was taken is not there as it was made")
        if len(reports) > self._course.at_most:
            breach("doubled", f"what was reported once is there {len(reports)} times")


async def everything(services: Services, raw_db: asyncpg.Connection, person: Person) -> dict[str, tuple[str, str, str]]:
    """All that is stored of someone's conversations, opened: sender, recipient and text by id."""
    rows = await raw_db.fetch(
        """
        SELECT message.id, thread_id, author_id, mentee_id, mentor_id, body, author.wrapped_key
        FROM message JOIN thread ON thread.id = thread_id
        JOIN thread_member AS author USING (thread_id) WHERE author.account_id = author_id AND mentor_id = $1
        """,
        person.id,
    )
    found = {}
    for row in rows:
        context = message_context(row["id"], row["thread_id"], row["author_id"])
        text = services.vault.open(WrappedKey(row["wrapped_key"]), Sealed(row["body"]), context)
        other = row["mentee_id"] if row["author_id"] == row["mentor_id"] else row["mentor_id"]
        found[str(row["id"])] = (user_id(row["author_id"]), user_id(other), text)
    return found
