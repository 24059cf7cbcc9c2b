"""Only mentors whose background was checked, by a check that still holds."""

from datetime import date

from rinnalla.matching.criterion import Evidence, Hard, Level, Texts
from rinnalla.matching.features import MISSING, Bools, Features, Ints

WITHOUT_END = date.max.toordinal()


def rules_out(features: Features, mentee: Ints, mentor: Ints) -> Bools:
    since = features.of_mentors("screened_on", lambda one: one.screened_on and one.screened_on.toordinal())
    until = features.of_mentors(
        "screened_until", lambda one: one.screened_until.toordinal() if one.screened_until else WITHOUT_END
    )
    today = features.pool.today.toordinal()
    not_yet = (since[mentor] == MISSING) | (since[mentor] > today)
    return not_yet | (until[mentor] < today)


CRITERION = Hard(
    name="not_screened",
    why=Texts(
        fi="Mentorin taustan tarkistuksen on oltava voimassa.",
        sv="Mentorns bakgrundskontroll ska vara giltig.",
        nb="Mentorens bakgrunnssjekk må være gyldig.",
        en="The mentor's background check must be valid.",
    ),
    evidence=Evidence(
        Level.RULE,
        "Screening before the match; an expired check rules out new pairs and leaves those that live.",
        "Elements of Effective Practice for Mentoring, 5th ed.",
    ),
    rules_out=rules_out,
)
