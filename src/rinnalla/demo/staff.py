"""The programme worker, who logs in with a second factor."""

import asyncio
import time
from dataclasses import dataclass, field
from http import HTTPStatus

import pyotp

from rinnalla.demo.person import Person
from rinnalla.demo.stage import Stage, StepFailed

TOTP_STEP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff. `is_made_for_this`: leaves when the story is over."""

    login_name: str
    password: str = field(repr=False)
    totp_secret: str = field(repr=False)
    is_made_for_this: bool


def staff_named(text: str) -> Staff | None:
    """LOGIN:PASSWORD:TOTPSECRET, as someone typed it; None when it is not that. The password may hold colons."""
    login_name, _, rest = text.partition(":")
    password, _, secret = rest.rpartition(":")
    return Staff(login_name, password, secret, is_made_for_this=False) if login_name and password and secret else None


async def log_in(worker: Person, staff: Staff, stage: Stage) -> str:
    """Log in; the programme that the worker belongs to. A code works once, so that a second log-in within half a minute
    waits for the next. Raises: StepFailed.
    """
    totp = pyotp.TOTP(staff.totp_secret)
    body = {"login_name": staff.login_name, "password": staff.password, "totp_code": totp.now()}
    try:
        started = await worker.call("POST", "/v1/sessions", body, expect=HTTPStatus.CREATED)
    except StepFailed as error:
        if "second_factor_used" not in error.came:
            raise
        wait = TOTP_STEP_SECONDS - time.time() % TOTP_STEP_SECONDS
        stage.note(f"that code was used already: waiting {wait:.0f} s for the next")
        await asyncio.sleep(wait)
        started = await worker.call(
            "POST", "/v1/sessions", {**body, "totp_code": totp.now()}, expect=HTTPStatus.CREATED
        )
    worker.keep(started.body["tokens"])
    programme = started.body["account"]["organisation_id"]
    if programme is None:
        raise StepFailed("a member of staff", "an administrator, who belongs to no programme")
    return str(programme)
