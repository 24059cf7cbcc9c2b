"""The story, act by act: coming in, being paired, talking, being asked how it went, and leaving without a trace."""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from rinnalla.demo import texts
from rinnalla.demo.lines import MENTOR, YOUNG, Script
from rinnalla.demo.matching_round import MatchingRound
from rinnalla.demo.person import Person
from rinnalla.demo.staff import Staff, log_in
from rinnalla.demo.stage import Stage, StepFailed, must_be
from rinnalla.demo.talk import Talk


@dataclass(frozen=True, slots=True)
class Account:
    """What someone types to log in."""

    login_name: str
    password: str


class Story:
    """Three people and one service."""

    def __init__(self, url: str, stage: Stage, script: Script, staff: Staff) -> None:
        self._url = url
        self._stage = stage
        self._script = script
        self._staff = staff
        self._young, self._mentor, self._worker = (Person(url, stage) for _ in range(3))
        self._people = (self._young, self._mentor, self._worker)
        self._nobody = Person(url, stage)
        tag = secrets.token_hex(3)
        self._young_account = Account(f"yökyöpeli-{tag}", secrets.token_urlsafe(18))
        self._mentor_account = Account(f"maija-{tag}", secrets.token_urlsafe(18))
        self._question_id = ""
        self._round: MatchingRound | None = None

    async def play(self) -> None:
        """Everything, and afterwards what was made for it is taken away. Raises: StepFailed."""
        try:
            await self._come_in()
            thread_id = await self._be_paired()
            await self._talk_and_part(thread_id)
            if self._script.has_round and self._round is not None:
                await self._round.play({self._mentor.id})
        except BaseException:
            await self._take_away_what_goes()
            raise
        else:
            self._stage.chapter("Afterwards")
            await self._take_away()
        finally:
            for person in (*self._people, self._nobody):
                await person.close()

    async def _come_in(self) -> None:
        step = self._stage.step
        self._stage.chapter("Coming in")
        with step("Before anyone logs in: languages, programmes, and lines that always answer"):
            start = (await self._nobody.call("GET", "/v1/start")).body
            if not any(line["always_open"] for line in start["crisis_lines"]):
                raise StepFailed("a crisis line that is always open", "none")
        with step("The programme worker logs in with a second factor"):
            programme = await log_in(self._worker, self._staff, self._stage)
            self._round = MatchingRound(self._url, self._stage, self._worker, programme)
        with step(f"{YOUNG} signs up with a nickname and a password, nothing else; ten recovery codes to keep"):
            body = {
                "nickname": self._young_account.login_name,
                "password": self._young_account.password,
                "organisation_id": programme,
            }
            signed_up = (await self._nobody.call("POST", "/v1/accounts", body, expect=HTTPStatus.CREATED)).body
            self._young.id = signed_up["account"]["id"]
            self._young.keep(signed_up["tokens"])
            must_be("10 recovery codes", len(set(signed_up["recovery_codes"])) == 10, "another number")  # noqa: PLR2004
        await self._invite_mentor()

    async def _invite_mentor(self) -> None:
        step = self._stage.step
        with step(f"The worker makes a mentor, {MENTOR}, who comes in by a one-time invitation"):
            body: dict[str, Any] = {"display_name": MENTOR}
            made = (await self._worker.call("POST", "/v1/mentors", body, expect=HTTPStatus.CREATED)).body
            self._mentor.id = made["mentor"]["card"]["id"]
            body = {
                "invitation": made["invitation"],
                "login_name": self._mentor_account.login_name,
                "password": self._mentor_account.password,
            }
            path = "/v1/invitations/accept"
            self._mentor.keep((await self._nobody.call("POST", path, body, expect=HTTPStatus.CREATED)).body["tokens"])
            await self._nobody.call("POST", path, body, expect=HTTPStatus.NOT_FOUND, code="invitation_not_found")
        with step(f"{MENTOR} writes a card; nobody sees it before the programme has approved it"):
            await self._mentor.edit("/v1/mentors/me", texts.CARD)
            await self._nobody.call("GET", f"/v1/mentors/{self._mentor.id}", expect=HTTPStatus.NOT_FOUND)
            shown_on = {"on": str(datetime.now(UTC).date())}
            await self._worker.call("PUT", f"/v1/mentors/{self._mentor.id}/screening", shown_on)
            await self._worker.call("PUT", f"/v1/mentors/{self._mentor.id}/approval")
            card = (await self._nobody.call("GET", f"/v1/mentors/{self._mentor.id}")).body
            must_be("the card as it was written", card["story"] == texts.CARD["story"], "another story")
        self._stage.note(f"“{texts.CARD['story']}”")

    async def _be_paired(self) -> str:
        step = self._stage.step
        self._stage.chapter("Being paired")
        with step(f"{YOUNG} says what would help, and asks to be paired"):
            await self._young.edit("/v1/wishes", texts.WISHES)
            waiting = (await self._young.call("PUT", "/v1/waiting")).body
            must_be("a place in the queue", waiting["waiting"], "none")
        self._stage.note(f"To whoever matches: “{texts.WISHES['note']}”")
        with step("The worker sees who waits, and why"):
            note = (await self._waiting_entry())["wishes"]["note"]
            must_be("the note for whoever matches", note == texts.WISHES["note"], "another note")
        with step("The worker asks for suggestions"):
            path = f"/v1/staff/mentees/{self._young.id}/suggestions"
            suggestions = (await self._worker.call("GET", path)).body["items"]
            ours = [one for one in suggestions if one["mentor"]["id"] == self._mentor.id]
            must_be(f"{MENTOR} among the suggestions", bool(ours), "not there")
        met = ", ".join(sorted({wish for one in ours[0]["contributions"] for wish in one["met"]}))
        self._stage.note(f"{MENTOR}: {ours[0]['score']} of 100 ({met})")
        return await self._agree()

    async def _waiting_entry(self) -> dict[str, Any]:
        cursor = ""
        while True:
            page = (await self._worker.call("GET", f"/v1/waiting?limit=100{cursor}")).body
            for entry in page["items"]:
                if entry["mentee"]["id"] == self._young.id:
                    return dict(entry)
            if page["next_cursor"] is None:
                raise StepFailed(f"{YOUNG} on the waiting list", "not there")
            cursor = f"&cursor={page['next_cursor']}"

    async def _agree(self) -> str:
        step = self._stage.step
        with step("The worker proposes the pair"):
            body = {"mentee_id": self._young.id, "mentor_id": self._mentor.id}
            pair = (await self._worker.call("POST", "/v1/pairs", body, expect=HTTPStatus.CREATED)).body
            must_be("a proposal", pair["state"] == "proposed", pair["state"])
        path = f"/v1/pairs/{pair['id']}"
        with step("Both say what they expect, and what they don't want to talk about, for the other alone"):
            await self._young.edit("/v1/account/expectations", texts.YOUNG_EXPECTS)
            await self._mentor.edit("/v1/account/expectations", texts.MENTOR_EXPECTS)
        with step(f"{YOUNG} reads what {MENTOR} expects, and says yes"):
            await self._say_yes(self._young, path)
        with step(f"{MENTOR} reads what {YOUNG} expects, and says yes: the two can talk, and their trial begins"):
            pair = await self._say_yes(self._mentor, path)
            must_be("a trial", pair["state"] == "trial", pair["state"])
        thread_id = str(pair["thread_id"])
        with step("The worker may not look into the conversation"):
            await self._worker.call("GET", f"/v1/threads/{thread_id}/messages", expect=HTTPStatus.FORBIDDEN)
        return thread_id

    async def _say_yes(self, person: Person, path: str) -> dict[str, Any]:
        both = (await person.call("GET", f"{path}/expectations")).body
        seen = {"expectations_seen": both["other"]["version"]}
        return dict((await person.call("POST", f"{path}/acceptance", seen)).body)

    async def _talk_and_part(self, thread_id: str) -> None:
        self._stage.chapter("Talking")
        for remark in self._script.remarks:
            self._stage.note(remark)
        talk = Talk(self._stage, self._script, thread_id, self._young, self._mentor)
        try:
            with self._stage.step("Both phones open a socket and say in the first frame who they are"):
                await talk.young.connect()
                await talk.mentor.connect()
            await talk.play()
            await self._be_asked()
            await self._leave(talk, thread_id)
        finally:
            await talk.young.close()
            await talk.mentor.close()

    async def _be_asked(self) -> None:
        step = self._stage.step
        self._stage.chapter("Being asked how it went")
        with step("The worker writes a question, in four languages"):
            asked = (await self._worker.call("POST", "/v1/questions", texts.QUESTION, expect=HTTPStatus.CREATED)).body
            self._question_id = asked["id"]
        with step(f"{YOUNG} is asked"):
            due = (await self._young.call("GET", "/v1/questions/due")).body["items"]
            ours = [one for one in due if one["id"] == self._question_id]
            must_be("the question", bool(ours), "not asked")
        self._stage.note(f"“{texts.QUESTION['titles']['fi']}”")
        with step(f"{YOUNG} answers 5 of 5"):
            path = f"/v1/questions/{self._question_id}/answers/{ours[0]['round']}"
            answer = (await self._young.call("PUT", path, {"value": 5})).body
            must_be("the answer", answer["value"] == 5, str(answer["value"]))  # noqa: PLR2004 - of 1 to 5
        with step("One answer alone is told to nobody: the results wait for others"):
            results = (await self._worker.call("GET", f"/v1/questions/{self._question_id}/results")).body
            must_be("withheld results", results["withheld"], "one person's answer")

    async def _leave(self, talk: Talk, thread_id: str) -> None:
        step = self._stage.step
        self._stage.chapter("Leaving")
        with step(f"{YOUNG} deletes the account"):
            body = {"password": self._young_account.password}
            await self._young.call("POST", "/v1/account/departure", body, expect=HTTPStatus.NO_CONTENT)
        with step("The token is worth nothing any more, and the log-in is unknown"):
            await self._young.call("GET", "/v1/account", expect=HTTPStatus.UNAUTHORIZED, stale_token=True)
            await self._log_in_again(HTTPStatus.UNAUTHORIZED)
        with step(f"The conversation is gone for {MENTOR} too, and the phone is told so at once"):
            await talk.mentor.until_told("thread_gone", thread_id=thread_id)
            for path in (f"/v1/threads/{thread_id}", f"/v1/threads/{thread_id}/messages"):
                await self._mentor.call("GET", path, expect=HTTPStatus.NOT_FOUND, code="thread_not_found")
            threads = (await self._mentor.call("GET", "/v1/threads")).body["items"]
            must_be("no conversations", threads == [], f"{len(threads)}")
        with step("The phone's own socket was closed"):
            await talk.young.until(lambda: talk.young.closed_with is not None, "a closed socket")
        with step("The nickname is free again"):
            body = {"nickname": self._young_account.login_name, "password": self._young_account.password}
            again = (await self._nobody.call("POST", "/v1/accounts", body, expect=HTTPStatus.CREATED)).body
            self._young.keep(again["tokens"])
            must_be("somebody new", again["account"]["id"] != self._young.id, "the account that was deleted")

    async def _log_in_again(self, expect: int) -> None:
        account = self._young_account
        body = {"login_name": account.login_name, "password": account.password}
        await self._nobody.call("POST", "/v1/sessions", body, expect=expect, code="wrong_credentials")

    async def _take_away(self) -> None:
        with self._stage.step("Everyone made for this story has left"):
            if self._round is not None:
                await self._round.take_away()
            for person, method, path, body in self._left_behind():
                await person.call(method, path, body, expect=HTTPStatus.NO_CONTENT)
            await self._mentor.call("GET", "/v1/account", expect=HTTPStatus.UNAUTHORIZED, stale_token=True)

    async def _take_away_what_goes(self) -> None:
        """After a step that failed, whatever can still be reached."""
        if self._round is not None:
            await self._round.take_away()
        for person, method, path, body in self._left_behind():
            with suppress(StepFailed):
                await person.call(method, path, body, expect=HTTPStatus.NO_CONTENT)

    def _left_behind(self) -> Iterator[tuple[Person, str, str, dict[str, str] | None]]:
        leave = "/v1/account/departure"
        if self._young.is_signed_in:
            yield self._young, "POST", leave, {"password": self._young_account.password}
        if self._mentor.id:
            yield self._worker, "DELETE", f"/v1/people/{self._mentor.id}", None
        if self._question_id:
            yield self._worker, "DELETE", f"/v1/questions/{self._question_id}", None
        if self._staff.is_made_for_this and self._worker.is_signed_in:
            yield self._worker, "POST", leave, {"password": self._staff.password}
