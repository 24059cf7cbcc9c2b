"""A young person's wish for a mentor of a gender is honoured. A mentor who did not tell can't meet it."""

from rinnalla.matching.criterion import Evidence, Hard, Level, Texts
from rinnalla.matching.features import MISSING, Bools, Features, Ints


def rules_out(features: Features, mentee: Ints, mentor: Ints) -> Bools:
    wished, told = features.codes("gender_wish", "gender")
    return (wished[mentee] != MISSING) & (wished[mentee] != told[mentor])


CRITERION = Hard(
    name="gender_wish",
    why=Texts(
        fi="Nuoren toivetta mentorin sukupuolesta noudatetaan.",
        sv="Den ungas önskan om mentorns kön respekteras.",
        nb="Den unges ønske om mentorens kjønn blir fulgt.",
        en="The young person's wish about the mentor's gender is honoured.",
    ),
    evidence=Evidence(
        Level.MODERATE,
        "Few differences between same- and cross-gender pairs: a wish is honoured, nothing else is read into it.",
        "Kanchewa et al. 2014 (n = 1,513)",
    ),
    rules_out=rules_out,
)
