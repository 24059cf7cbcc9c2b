"""Two who are a pair already, were one, were asked before and said no, or not now a short while ago."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from rinnalla.matching.criterion import Evidence, Hard, Level, Texts
from rinnalla.matching.features import Bools, Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool


def kept_apart(pool: Pool) -> Iterator[tuple[UUID, UUID]]:
    """Those two by two."""
    return ((one.mentee_id, one.mentor_id) for one in pool.apart)


def rules_out(features: Features, mentee: Ints, mentor: Ints) -> Bools:
    return features.marked("apart", kept_apart).has(mentee, mentor)


def codes(pool: Pool, mentee: MenteeSide, mentor: MentorSide) -> Sequence[str]:
    """Why, in order of code: `asked_recently`, `declined_before`, `paired_before`, `paired_now`."""
    two = (mentee.account_id, mentor.account_id)
    return sorted(one.reason for one in pool.apart if (one.mentee_id, one.mentor_id) == two)


CRITERION = Hard(
    name="apart",
    why=Texts(
        fi="Samaa paria ei ehdoteta uudelleen.",
        sv="Samma par föreslås inte igen.",
        nb="Samme par blir ikke foreslått igjen.",
        en="The same two are not proposed again.",
    ),
    evidence=Evidence(
        Level.CONSENSUS,
        "A match is not begun against a preference; someone who said no is not asked again and again.",
        "Elements of Effective Practice for Mentoring, 5th ed., standard 9",
    ),
    rules_out=rules_out,
    codes=codes,
)
