"""Three ids for one person, as this contract has them, from the one that Rinnalla has: and back, without a table.

An account's id is ours; a user's and a mentor's are the same 128 bits turned over by a mask, so that each kind is a
stable bijection of the others (docs/adr/0034). An id of the wrong kind turns into an id that nobody has.
"""

from uuid import UUID

from rinnalla.kit.caller import Caller
from rinnalla.kit.errors import Forbidden, NotFound

# uuid5 of NAMESPACE_URL for urn:rinnalla:ylitse:user and urn:rinnalla:ylitse:mentor, with the bits of version and
# variant such that a user's id is of version 8 and a mentor's of version 4 where ours are of version 7.
_USER = UUID("8a97ec2c-7a89-fe28-259a-8c4231b2b6c9")
_MENTOR = UUID("32be748f-01bc-3ca3-20df-e5d209f936e8")


def user_id(account_id: UUID) -> str:
    """The public identity of an account."""
    return str(_turned(account_id, _USER))


def mentor_id(account_id: UUID) -> str:
    """The mentor's profile of an account."""
    return str(_turned(account_id, _MENTOR))


def account_of(text: str) -> UUID:
    """An account's own id. Raises: NotFound (it is no id at all)."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error


def account_of_user(text: str) -> UUID:
    """Whose public identity this is. Raises: NotFound."""
    return _turned(account_of(text), _USER)


def account_of_mentor(text: str) -> UUID:
    """Whose mentor's profile this is. Raises: NotFound."""
    return _turned(account_of(text), _MENTOR)


def check_own(caller: Caller, account_id: UUID) -> None:
    """Raises: Forbidden, alike for someone else's and for nobody's."""
    if account_id != caller.account_id:
        raise Forbidden


def _turned(one: UUID, mask: UUID) -> UUID:
    return UUID(int=one.int ^ mask.int)
