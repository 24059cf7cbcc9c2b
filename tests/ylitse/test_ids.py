"""Three ids for one person: each stands for the others, and none passes for another."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import Forbidden, NotFound
from rinnalla.kit.ids import new_id
from rinnalla.ylitse import ids

UUIDS = st.uuids()


@given(UUIDS)
def test_each_id_leads_back(account_id: UUID) -> None:
    assert ids.account_of(str(account_id)) == account_id
    assert ids.account_of_user(ids.user_id(account_id)) == account_id
    assert ids.account_of_mentor(ids.mentor_id(account_id)) == account_id


@given(UUIDS)
def test_the_three_differ_and_stand_for_nobody_elsewhere(account_id: UUID) -> None:
    assert len({str(account_id), ids.user_id(account_id), ids.mentor_id(account_id)}) == 3
    assert ids.account_of_user(str(account_id)) != account_id
    assert ids.account_of_mentor(ids.user_id(account_id)) != account_id
    assert ids.account_of(ids.mentor_id(account_id)) != account_id


def test_each_kind_has_a_version_of_its_own() -> None:
    """Whoever looks at an id sees what it is of; and the masks stay what they are, as clients have stored ids."""
    account_id = new_id()
    versions = [UUID(one).version for one in (str(account_id), ids.user_id(account_id), ids.mentor_id(account_id))]
    assert versions == [7, 8, 4]
    assert ids.user_id(UUID(int=0)) == "8a97ec2c-7a89-fe28-259a-8c4231b2b6c9"
    assert ids.mentor_id(UUID(int=0)) == "32be748f-01bc-3ca3-20df-e5d209f936e8"


@pytest.mark.parametrize("text", ["", "x", "a" * 64, "8a97ec2c-7a89-fe28-259a", "\ud800"])
def test_what_is_no_id_is_nobodys(text: str) -> None:
    for read in (ids.account_of, ids.account_of_user, ids.account_of_mentor):
        with pytest.raises(NotFound):
            read(text)


def test_ones_own() -> None:
    caller = Caller(uuid4(), Role.MENTEE, uuid4(), uuid4())
    ids.check_own(caller, caller.account_id)
    with pytest.raises(Forbidden):
        ids.check_own(caller, uuid4())
