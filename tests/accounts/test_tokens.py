"""Access tokens that are not ours, not for this, or not for now."""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from rinnalla.accounts.tokens import AUDIENCE, Tokens
from rinnalla.kit.clock import SystemClock
from rinnalla.kit.errors import InvalidToken
from rinnalla.kit.settings import Keys, Settings
from tests.api import Api, ok, refused
from tests.factories import Factory, Person

Mint = Callable[..., str]


@pytest.fixture
def mint(settings: Settings) -> Mint:
    """Signs a token with the service's own key, right but for what the test changes (None leaves a claim out)."""
    assert settings.token_keys is not None
    keys = settings.token_keys

    def minted(person: Person, *, algorithm: str = "HS256", key: Any = None, header: Any = None, **changed: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": settings.issuer,
            "aud": AUDIENCE,
            "sub": str(person.id),
            "sid": str(person.session_id),
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + 600,
            **changed,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {"typ": "at+jwt", "kid": keys.active, **(header or {})}
        return jwt.encode(claims, keys.by_name[keys.active] if key is None else key, algorithm, headers=headers)

    return minted


async def status(person: Person, token: str) -> int:
    header = b"Bearer " + token.encode("latin-1")
    answer = await person.get("/v1/account", headers={"Authorization": header})
    if answer.status_code != 200:
        refused(answer, 401, "invalid_token")
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    return answer.status_code


async def test_a_right_token_lets_in(make: Factory, mint: Mint) -> None:
    mentee = await make.mentee()
    assert await status(mentee, mint(mentee)) == 200
    header, claims = (
        jwt.get_unverified_header(mentee.token),
        jwt.decode(mentee.token, options={"verify_signature": False}),
    )
    assert header == {"alg": "HS256", "typ": "at+jwt", "kid": "local"}
    assert set(claims) == {"iss", "aud", "sub", "sid", "jti", "iat", "exp"}
    assert claims["exp"] - claims["iat"] == 600


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "someone-else"},
        {"aud": "another-api"},
        {"aud": ["another-api"]},
        {"header": {"typ": "JWT"}},
        {"header": {"typ": "refresh+jwt"}},
        {"header": {"kid": "unknown"}},
        {"header": {"kid": "../../etc/passwd"}},
        {"header": {"crit": ["exp"], "exp": 1}},
        {"key": b"another key of thirty-two bytes!!"},
        {"algorithm": "HS512", "key": b"k" * 64},
        {"sub": "not an id"},
        {"sub": "01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"},
        {"sid": "01938c2e-4b5a-7c3d-9e1f-2a3b4c5d6e7f"},
        {"sid": 17},
        {"sid": ["x"]},
        {"iss": None},
        {"aud": None},
        {"sub": None},
        {"sid": None},
        {"jti": None},
        {"iat": None},
        {"exp": None},
        {"exp": "soon"},
    ],
    ids=str,
)
async def test_anything_else_does_not(make: Factory, mint: Mint, changed: dict[str, Any]) -> None:
    mentee = await make.mentee()
    assert await status(mentee, mint(mentee, **changed)) == 401


@pytest.mark.parametrize(
    ("exp", "iat", "expected"), [(-33, -633, 401), (-27, -627, 200), (600, 27, 200), (700, 60, 401)]
)
async def test_half_a_minute_of_skew_is_forgiven(make: Factory, mint: Mint, exp: int, iat: int, expected: int) -> None:
    mentee, now = await make.mentee(), int(time.time())
    assert await status(mentee, mint(mentee, exp=now + exp, iat=now + iat)) == expected


async def test_unsigned_broken_and_huge_ones_are_refused(make: Factory, mint: Mint) -> None:
    mentee = await make.mentee()
    head, claims, signature = mentee.token.split(".")

    def encoded(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    nobody = encoded({"alg": "none", "typ": "at+jwt", "kid": "local"})
    deep = encoded({"alg": "HS256", "typ": "at+jwt", "kid": {"a": [[[]]]}})
    for token in (
        f"{nobody}.{claims}.",
        f"{nobody}.{claims}.{signature}",
        f"{head}.{claims}",
        f"{head}.{claims}.",
        f"{head}.{claims}.{signature[:-2]}",
        f"{head}.{encoded({'sub': str(mentee.id)})}.{signature}",
        f"{deep}.{claims}.{signature}",
        f"{encoded([])}.{claims}.{signature}",
        f"{encoded('x')}.{claims}.{signature}",
        mentee.token + "x" * 100_000,
        "x" * 100_000,
        "." * 1000,
        "ä.ä.ä",
        mentee.refresh_token,
        ok(await mentee.post("/v1/realtime/tickets"), 201)["ticket"],
    ):
        assert await status(mentee, token) == 401
    flipped = signature[:-3] + ("A" if signature[-3] != "A" else "B") + signature[-2:]
    assert await status(mentee, f"{head}.{claims}.{flipped}") == 401


async def test_a_token_goes_into_its_header_and_nowhere_else(api: Api, make: Factory) -> None:
    mentee = await make.mentee()
    bare = await api.get("/v1/account", params={"access_token": mentee.token})
    refused(bare, 401, "unauthenticated")
    assert bare.headers["www-authenticate"] == "Bearer"
    for value in ("", "Bearer", "Basic", f"Basic {mentee.token}", mentee.token):
        refused(await api.get("/v1/account", headers={"Authorization": value}), 401, "unauthenticated")
    ok(await api.get("/v1/account", headers={"Authorization": f"bearer {mentee.token}"}))


def test_keys_are_rotated_without_logging_anyone_out() -> None:
    old, new = b"o" * 32, b"n" * 32

    def tokens(active: str, **keys: bytes) -> Tokens:
        return Tokens(Keys(keys, active), SystemClock(), issuer="rinnalla", lifetime=600)

    account, session = uuid4(), uuid4()
    issued = tokens("old", old=old).issue(account, session)
    both = tokens("new", old=old, new=new)
    assert both.read(issued).session_id == session
    assert jwt.get_unverified_header(both.issue(account, session))["kid"] == "new"
    with pytest.raises(InvalidToken):
        tokens("new", new=new).read(issued)
    with pytest.raises(InvalidToken):
        tokens("old", old=new).read(issued)


@dataclass(frozen=True)
class WrongBy:
    """The clock of a machine that is so many seconds ahead."""

    seconds: int

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.seconds)


def at_a_machine(wrong_by: int) -> Tokens:
    return Tokens(Keys({"key": b"k" * 32}, "key"), WrongBy(wrong_by), issuer="rinnalla", lifetime=600)


@pytest.mark.parametrize(
    ("mints", "reads", "works"),
    [
        (120, 120, True),
        (-120, -120, True),
        (20, 0, True),
        (-20, 0, True),
        (-120, 0, True),
        (0, 120, True),
        (120, 0, False),
        (0, -120, False),
    ],
)
def test_a_machine_believes_its_own_clock(mints: int, reads: int, works: bool) -> None:
    issued = at_a_machine(mints).issue(uuid4(), uuid4())
    if works:
        at_a_machine(reads).read(issued)
    else:
        with pytest.raises(InvalidToken):
            at_a_machine(reads).read(issued)


def test_a_token_has_run_out_by_the_clock_of_who_reads_it() -> None:
    issued = at_a_machine(-700).issue(uuid4(), uuid4())
    assert at_a_machine(-700).read(issued)
    with pytest.raises(InvalidToken):
        at_a_machine(0).read(issued)
