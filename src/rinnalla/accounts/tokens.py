"""Access tokens: short-lived signed JWTs (RFC 9068 shape, HS256 with a named key). They name the session, not the
rights: those are read from the database at each use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

import jwt

from rinnalla.kit.clock import Clock
from rinnalla.kit.errors import InvalidToken
from rinnalla.kit.settings import Keys

AUDIENCE = "rinnalla-api"
TYPE = "at+jwt"
ALGORITHM = "HS256"
LEEWAY_SECONDS = 30
# An app shows the same token with each of its requests, and a signature that was good once stays good.
KNOWN_AT_ONCE = 4096
_REQUIRED = ["exp", "iat", "sub", "aud", "iss", "jti", "sid"]


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says. `expires_at` is in seconds since 1970."""

    account_id: UUID
    session_id: UUID
    expires_at: int


class Tokens:
    """Signs and reads access tokens. Lifetimes are in seconds."""

    def __init__(self, keys: Keys, clock: Clock, *, issuer: str, lifetime: int) -> None:
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self._signed = lru_cache(KNOWN_AT_ONCE)(self._claims)
        self.lifetime = lifetime

    def issue(self, account_id: UUID, session_id: UUID) -> str:
        """A fresh access token."""
        now = self._clock.now()
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": str(account_id),
            "sid": str(session_id),
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + timedelta(seconds=self.lifetime),
        }
        headers = {"typ": TYPE, "kid": self._keys.active}
        return jwt.encode(claims, self._keys.by_name[self._keys.active], ALGORITHM, headers=headers)

    def read(self, token: str) -> AccessClaims:
        """What a token says. Raises: InvalidToken when it is not one of ours, of another kind, or expired."""
        try:
            claims = self._signed(token)
            self._check_time(claims)
            return AccessClaims(UUID(claims["sub"]), UUID(claims["sid"]), int(claims["exp"]))
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, OverflowError) as error:
            raise InvalidToken from error

    def _claims(self, token: str) -> Mapping[str, Any]:
        """What stands in a token that we have signed, at any time. Raises: InvalidToken, and what PyJWT raises."""
        header = jwt.get_unverified_header(token)
        key = self._keys.by_name.get(str(header.get("kid")))
        if key is None or header.get("typ") != TYPE:
            raise InvalidToken
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key,
            [ALGORITHM],
            audience=AUDIENCE,
            issuer=self._issuer,
            options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        return claims

    def _check_time(self, claims: Mapping[str, Any]) -> None:
        """By the clock that signs, which PyJWT would not ask. Raises: InvalidToken."""
        now = self._clock.now().timestamp()
        begins = max(int(claims["iat"]), int(claims.get("nbf", 0)))
        if not begins - LEEWAY_SECONDS <= now < int(claims["exp"]) + LEEWAY_SECONDS:
            raise InvalidToken
