"""A young person's wish for a mentor's age is honoured. A birth year leaves two possible ages: one within the wish is
enough. A mentor who did not tell can't meet it."""

from rinnalla.matching.criterion import Evidence, Hard, Level, Texts
from rinnalla.matching.features import MISSING, Bools, Features, Ints

NO_LIMIT = 1000


def rules_out(features: Features, mentee: Ints, mentor: Ints) -> Bools:
    lowest = features.of_mentees("age_min", lambda one: one.age_min or 0)[mentee]
    highest = features.of_mentees("age_max", lambda one: NO_LIMIT if one.age_max is None else one.age_max)[mentee]
    asked = features.of_mentees("age asked", lambda one: int(one.age_min is not None or one.age_max is not None))[
        mentee
    ]
    born = features.of_mentors("birth_year", lambda one: one.birth_year)[mentor]
    oldest = features.pool.today.year - born
    return (asked == 1) & ((born == MISSING) | (oldest < lowest) | (oldest - 1 > highest))


CRITERION = Hard(
    name="age_wish",
    why=Texts(
        fi="Nuoren toivetta mentorin iästä noudatetaan.",
        sv="Den ungas önskan om mentorns ålder respekteras.",
        nb="Den unges ønske om mentorens alder blir fulgt.",
        en="The young person's wish about the mentor's age is honoured.",
    ),
    evidence=Evidence(
        Level.CONSENSUS,
        "A match is not begun against a preference.",
        "Elements of Effective Practice for Mentoring, 5th ed., standard 9",
    ),
    rules_out=rules_out,
)
