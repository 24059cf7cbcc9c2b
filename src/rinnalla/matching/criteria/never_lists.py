"""Either side's private list of people with whom they never want to be a pair."""

from collections.abc import Iterator
from uuid import UUID

from rinnalla.matching.criterion import Evidence, Hard, Level, Texts
from rinnalla.matching.features import Bools, Features, Ints
from rinnalla.matching.pool import Pool


def unwanted(pool: Pool) -> Iterator[tuple[UUID, UUID]]:
    """The pairs that one of the two does not want."""
    for mentee in pool.mentees:
        yield from ((mentee.account_id, other) for other in mentee.never)
    for mentor in pool.mentors:
        yield from ((other, mentor.account_id) for other in mentor.never)


def rules_out(features: Features, mentee: Ints, mentor: Ints) -> Bools:
    return features.marked("never", unwanted).has(mentee, mentor)


CRITERION = Hard(
    name="never_lists",
    why=Texts(
        fi="Yksityisiä toiveita noudatetaan, eikä niitä kerrota kenellekään.",
        sv="Privata önskemål respekteras och berättas inte för någon.",
        nb="Private ønsker blir fulgt og fortelles ikke til noen.",
        en="Private wishes are honoured, and told to nobody.",
    ),
    evidence=Evidence(
        Level.CONSENSUS,
        "A match is not begun against a preference of either side.",
        "Elements of Effective Practice for Mentoring, 5th ed., standard 9",
    ),
    rules_out=rules_out,
    private=True,
)
