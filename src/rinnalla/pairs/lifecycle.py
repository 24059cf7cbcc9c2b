"""The way of a pair: every step there is, whence it may be taken, where it leads, and who may take it. No I/O.

The routes let in whom this table names, the services ask it before each step, and the database refuses every other way
(migration 0007 has the same pairs of states, and a test walks all of them on both sides).

    propose -> proposed -> trial -> active -> closing -> closed
               |           |  \\                /
               |           |   returned        |
               |           +--- (at once) -----+
               declined, withdrawn, expired
"""

from dataclasses import dataclass

from rinnalla.kit.caller import Role
from rinnalla.pairs.models import PairState, Step

PROPOSED, TRIAL, ACTIVE = PairState.PROPOSED, PairState.TRIAL, PairState.ACTIVE
CLOSING, CLOSED, RETURNED = PairState.CLOSING, PairState.CLOSED, PairState.RETURNED
MEMBERS = (Role.MENTEE, Role.MENTOR)
TIME: tuple[Role, ...] = ()
"""Nobody takes these steps: time does, or what both have said."""


@dataclass(frozen=True, slots=True)
class Way:
    """Whence (None: there is no pair yet), where to, and by whom."""

    whence: frozenset[PairState | None]
    to: frozenset[PairState]
    who: tuple[Role, ...]


def _way(whence: set[PairState | None], to: set[PairState], who: tuple[Role, ...]) -> Way:
    return Way(frozenset(whence), frozenset(to), who)


WAYS: dict[Step, Way] = {
    # A young person, too, where the programme lets them ask a mentor.
    Step.PROPOSE: _way({None}, {PROPOSED}, (Role.STAFF, Role.MENTEE)),
    # Where the programme lets young people choose: a mentor's open card is the other yes.
    Step.CHOOSE: _way({None}, {TRIAL}, (Role.MENTEE,)),
    # The first yes, and the second.
    Step.ACCEPT: _way({PROPOSED}, {PROPOSED, TRIAL}, MEMBERS),
    Step.DECLINE: _way({PROPOSED}, {PairState.DECLINED}, MEMBERS),
    Step.WITHDRAW: _way({PROPOSED}, {PairState.WITHDRAWN}, (Role.STAFF,)),
    Step.EXPIRE: _way({PROPOSED}, {PairState.EXPIRED}, TIME),
    Step.OVERRIDE: _way({PROPOSED}, {PROPOSED}, (Role.STAFF,)),
    # What one says alone moves nothing that can be seen. When both have spoken, or time is up, one of the next four.
    Step.ANSWER_TRIAL: _way({TRIAL}, {TRIAL}, MEMBERS),
    Step.EXTEND: _way({TRIAL}, {TRIAL}, TIME),
    Step.RUN_OUT: _way({TRIAL}, {TRIAL}, TIME),
    Step.CONFIRM: _way({TRIAL}, {ACTIVE}, TIME),
    Step.RETURN: _way({TRIAL}, {RETURNED}, TIME),
    # A young person may leave at once.
    Step.END: _way({TRIAL, ACTIVE}, {CLOSING, CLOSED}, (Role.MENTEE, Role.MENTOR, Role.STAFF)),
    # At its date by time, or before that.
    Step.CLOSE: _way({CLOSING}, {CLOSED}, (Role.MENTEE, Role.STAFF)),
    Step.SAFEGUARD: _way({TRIAL, ACTIVE, CLOSING}, {CLOSED}, (Role.MENTEE, Role.MENTOR, Role.STAFF)),
}


def may(step: Step, state: PairState | None) -> bool:
    """Whether that step can be taken from there."""
    return state in WAYS[step].whence


def leads(step: Step, was: PairState | None, now: PairState) -> bool:
    """Whether that step leads from the one state to the other."""
    return may(step, was) and now in WAYS[step].to


def passages() -> set[tuple[PairState | None, PairState]]:
    """Every change of state that some step makes, beginnings included."""
    return {(was, now) for way in WAYS.values() for was in way.whence for now in way.to if was != now}
