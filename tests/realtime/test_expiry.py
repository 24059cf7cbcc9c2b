"""A socket outlives the token that opened it only if a new one comes in time."""

from rinnalla.accounts.tokens import Tokens
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.settings import Settings
from rinnalla.realtime import frames
from tests.factories import Factory, Person
from tests.phone import Phone

WARNED_BEFORE = 60


def token(settings: Settings, person: Person, seconds: int) -> str:
    assert settings.token_keys is not None
    tokens = Tokens(settings.token_keys, SystemClock(), issuer=settings.issuer, lifetime=seconds)
    return tokens.issue(person.id, person.session_id)


async def test_a_token_that_expires_closes_the_socket_after_a_warning(make: Factory, settings: Settings) -> None:
    mentee = await make.mentee()
    mentee.token = token(settings, mentee, 2)
    async with await Phone.let_in(mentee) as phone:
        assert phone.hello.expires_in <= 2
        assert (await phone.expect(frames.Expiring)).expires_in <= 2
        assert await phone.closed_with() == frames.CloseCode.UNAUTHENTICATED


async def test_a_new_token_keeps_the_socket_open(make: Factory, settings: Settings) -> None:
    mentee = await make.mentee()
    mentee.token = token(settings, mentee, 2)
    async with await Phone.let_in(mentee) as phone:
        await phone.expect(frames.Expiring)
        await phone.say({"type": "auth", "access_token": token(settings, mentee, WARNED_BEFORE + 3)})
        # The next warning comes after the first token has expired.
        assert (await phone.expect(frames.Expiring)).expires_in in {WARNED_BEFORE - 1, WARNED_BEFORE}
        await phone.resume(0)
        await phone.until(frames.CaughtUp)


async def test_an_expired_token_opens_nothing(make: Factory, settings: Settings) -> None:
    mentee = await make.mentee()
    async with await Phone.open(mentee) as phone:
        await phone.say({"type": "auth", "access_token": token(settings, mentee, -3600)})
        assert await phone.closed_with() == frames.CloseCode.UNAUTHENTICATED


async def test_a_token_within_the_leeway_of_clocks_has_no_time_left(make: Factory, settings: Settings) -> None:
    mentee = await make.mentee()
    mentee.token = token(settings, mentee, -10)
    async with await Phone.let_in(mentee) as phone:
        assert phone.hello.expires_in == 0
        assert (await phone.expect(frames.Expiring)).expires_in == 0
        assert await phone.closed_with() == frames.CloseCode.UNAUTHENTICATED
