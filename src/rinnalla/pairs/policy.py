"""When a mentor can take someone, who is not brought together (again) or only with a reason, what two private answers
come to, and how soon a pair may end. No I/O."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from rinnalla.kit.caller import Role
from rinnalla.pairs.models import NOT_NOW_LASTS, Answer, EndKind, Pair, PairState
from rinnalla.pairs.models_members import Fit
from rinnalla.profiles.service import Asked, CardView, PrivateOf, age_fits


def is_full(card: CardView, taken: int = 0) -> bool:
    """Whether the mentor has no place for one more, when so many more places are taken than the card says."""
    return card.open_pairs + taken >= card.capacity


def is_away(card: CardView, today: date) -> bool:
    """Whether the mentor is away that day. The first and the last day count."""
    return card.away_from is not None and card.away_until is not None and card.away_from <= today <= card.away_until


def parted_before(earlier: Iterable[Pair]) -> bool:
    """Whether two people are not to be brought together again: one of them said no (not now is no no), their trial led
    nowhere, or it ended for someone's safety."""
    return any(
        pair.state == PairState.RETURNED or pair.ending_kind == EndKind.SAFEGUARDING or pair.answer == Answer.NO
        for pair in earlier
    )


def knows_of_parting(earlier: Iterable[Pair], role: Role) -> bool:
    """Whether two have parted in a way that this side knows of: their trial led nowhere, or they ended it for safety
    themself. What another said is told to nobody, and one's own no may be taken back."""
    return any(
        pair.state == PairState.RETURNED or (pair.ending_kind == EndKind.SAFEGUARDING and pair.closed_by_role == role)
        for pair in earlier
    )


def thread_of(earlier: Iterable[Pair]) -> UUID | None:
    """Where two who talked before have talked: whoever was blocked there sees nothing of a new pair either."""
    return next((pair.thread_id for pair in earlier if pair.thread_id is not None), None)


def was_turned_down(earlier: Iterable[Pair], moment: datetime, *, asking: Role) -> bool:
    """Whether somebody else than the side who asks said no to the two, ended it for safety, or said not now and is
    still left in peace."""
    recently = moment - NOT_NOW_LASTS
    return any(
        pair.closed_by_role != asking
        and pair.closed_at is not None
        and (
            pair.ending_kind == EndKind.SAFEGUARDING
            or pair.answer == Answer.NO
            or (pair.answer == Answer.NOT_NOW and pair.closed_at > recently)
        )
        for pair in earlier
    )


def age_rule_holds(
    mentor_born: int | None, mentee_born: int | None, today: date, *, least: int, years_older: int
) -> bool:
    """Whether a mentor is old enough for a programme, and enough older than the young person, by birth years. What
    someone did not tell is not held against them."""
    if mentor_born is None:
        return True
    is_adult = today.year - mentor_born >= least
    return is_adult and (mentee_born is None or mentee_born - mentor_born >= years_older)


def can_take(mentor: PrivateOf, asked: Asked, today: date) -> bool:
    """Whether a mentor's private wishes leave room for what someone asks for. An age that was not told does."""
    if not mentor.cannot_carry.isdisjoint(asked.topics):
        return False
    if asked.birth_year is None:
        return True
    return age_fits(asked.birth_year, mentor.mentee_age_min, mentor.mentee_age_max, today)


MAY_LOOK_PAST = frozenset({"age_wish", "away", "gender_wish", "no_common_language"})
"""What staff may look past with a reason, by the names of matching's criteria: wishes that they can read, and an
absence. Never a private wish, which they would not know from what, nor a rule, a no, or a mentor's limit."""


def kept_apart_by(asked: Asked, card: CardView, today: date) -> list[str]:
    """What of all that staff may look past keeps two apart, in order of name."""
    applies = {
        "age_wish": not age_fits(card.birth_year, asked.age_min, asked.age_max, today),
        "away": is_away(card, today),
        "gender_wish": asked.gender_wish is not None and card.gender != asked.gender_wish,
        "no_common_language": bool(asked.languages) and asked.languages.isdisjoint(card.languages),
    }
    return [name for name, it_does in applies.items() if it_does]


class Joint(StrEnum):
    """What comes of two private answers."""

    UNDECIDED = "undecided"
    BOTH_GOOD = "both_good"
    NOT_THESE_TWO = "not_these_two"


def joint_result(mentee: Fit | None, mentor: Fit | None, *, is_over: bool) -> Joint:
    """What two answers (None: not given) come to. A single "not a good fit" waits for the other answer or for the end
    of the trial, so that nobody can tell from the moment who said it."""
    answers = (mentee, mentor)
    if answers == (Fit.GOOD_FIT, Fit.GOOD_FIT):
        return Joint.BOTH_GOOD
    if Fit.NOT_A_GOOD_FIT in answers and (is_over or None not in answers):
        return Joint.NOT_THESE_TWO
    return Joint.UNDECIDED


NOTICE = {
    EndKind.PLANNED: timedelta(days=14),
    EndKind.UNPLANNED: timedelta(days=7),
    EndKind.ONE_SIDE_GONE: timedelta(days=7),
    EndKind.PROGRAMME: timedelta(days=14),
}
"""How long a pair that is to end goes on when nobody says when it ends."""
LONGEST_NOTICE = timedelta(days=90)
MENTORS_NOTICE = timedelta(days=1)
"""A mentor does not vanish from one moment to the next. A young person may leave at once, and staff may have to."""


def ends_on(role: Role, kind: EndKind, wished: date | None, today: date) -> date | None:
    """When a pair ends that someone ends today; None when that is sooner or later than they may say."""
    earliest = today + MENTORS_NOTICE if role == Role.MENTOR else today
    day = wished or max(earliest, today + NOTICE[kind])
    return day if earliest <= day <= today + LONGEST_NOTICE else None
