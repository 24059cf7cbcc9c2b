"""The two need a language in common. Who named none speaks with everyone."""

from rinnalla.matching.criterion import Evidence, Hard, Level, Texts
from rinnalla.matching.features import Bools, Features, Ints


def rules_out(features: Features, mentee: Ints, mentor: Ints) -> Bools:
    languages = features.overlap("languages")
    return (languages.asked[mentee] > 0) & (languages.common(mentee, mentor) == 0)


CRITERION = Hard(
    name="no_common_language",
    why=Texts(
        fi="Parilla on oltava yhteinen kieli.",
        sv="De två behöver ett gemensamt språk.",
        nb="De to trenger et felles språk.",
        en="The two need a language in common.",
    ),
    evidence=Evidence(
        Level.CONSENSUS,
        "Compatibility that lets the two talk at all comes first.",
        "Elements of Effective Practice for Mentoring, 5th ed., standard 9",
    ),
    rules_out=rules_out,
)
