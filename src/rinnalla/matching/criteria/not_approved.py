"""Only mentors whose card staff have approved."""

from rinnalla.matching.criterion import Evidence, Hard, Level, Texts
from rinnalla.matching.features import Bools, Features, Ints


def rules_out(features: Features, mentee: Ints, mentor: Ints) -> Bools:
    approved = features.of_mentors("approved", lambda one: int(one.approved))
    return approved[mentor] == 0


CRITERION = Hard(
    name="not_approved",
    why=Texts(
        fi="Ehdolla ovat vain mentorit, jotka ohjelma on hyväksynyt.",
        sv="Bara mentorer som programmet har godkänt kommer i fråga.",
        nb="Bare mentorer som programmet har godkjent, er aktuelle.",
        en="Only mentors whom the programme has approved are considered.",
    ),
    evidence=Evidence(
        Level.RULE,
        "Selection and training of mentors come before any match.",
        "Elements of Effective Practice for Mentoring, 5th ed.; Scottish Government, peer mentoring report",
    ),
    rules_out=rules_out,
)
