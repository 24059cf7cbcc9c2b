"""How soon someone hopes for an answer, against how soon the mentor answers. All points when the mentor is as quick as
hoped or quicker, half when a step slower, none beyond. A mentor who did not tell counts as the slowest."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rinnalla.matching.criterion import Evidence, Level, Reason, Soft, Texts, Told
from rinnalla.matching.features import MISSING, Features, Ints
from rinnalla.matching.pool import MenteeSide, MentorSide, Pool

STEPS = {"same_day": 0, "few_days": 1, "weekly": 2}
NOT_TOLD = 3
TOO_SLOW = 2


def points(features: Features, mentee: Ints, mentor: Ints, most: int) -> Ints:
    hoped = features.of_mentees("reply_rhythm", lambda one: STEPS.get(one.reply_rhythm))[mentee]
    told = features.of_mentors("reply_rhythm", lambda one: STEPS.get(one.reply_rhythm, NOT_TOLD))[mentor]
    steps = np.where(hoped == MISSING, 0, np.clip(told - hoped, 0, TOO_SLOW))
    return most * (TOO_SLOW - steps) // TOO_SLOW


def tell(pool: Pool, mentee: MenteeSide, mentor: MentorSide) -> Told:
    if mentee.reply_rhythm is None:
        return Told(Reason.NOT_ASKED)
    asked = (mentee.reply_rhythm,)
    if mentor.reply_rhythm is None:
        return Told(Reason.NOT_TOLD, unmet=asked)
    if STEPS[mentor.reply_rhythm] <= STEPS[mentee.reply_rhythm]:
        return Told(Reason.ALL_MET, met=asked)
    return Told(Reason.NONE_MET, unmet=asked)


def nearer(mentee: MenteeSide, mentor: MentorSide) -> Iterator[tuple[str, MentorSide]]:
    told = STEPS.get(mentor.reply_rhythm or "", NOT_TOLD)
    if mentee.reply_rhythm is not None and told > STEPS[mentee.reply_rhythm]:
        yield mentee.reply_rhythm, replace(mentor, reply_rhythm=mentee.reply_rhythm)


CRITERION = Soft(
    name="reply_rhythm",
    most=4,
    why=Texts(
        fi="Odotukset vastausten tahdista on hyvä sovittaa yhteen.",
        sv="Det är bra när förväntningarna på hur snabbt man svarar går ihop.",
        nb="Det er bra når forventningene til hvor raskt man svarer, passer sammen.",
        en="It helps when both expect answers in the same rhythm.",
    ),
    speaks_for=Texts(
        fi="Mentori vastaa siinä tahdissa kuin nuori toivoo.",
        sv="Mentorn svarar i den takt som den unga hoppas på.",
        nb="Mentoren svarer i den takten den unge håper på.",
        en="The mentor answers as soon as the young person hopes.",
    ),
    speaks_against=Texts(
        fi="Mentori vastaa hitaammin kuin nuori toivoo, tai ei ole kertonut tahtiaan.",
        sv="Mentorn svarar långsammare än den unga hoppas på, eller har inte sagt hur snabbt.",
        nb="Mentoren svarer saktere enn den unge håper på, eller har ikke sagt hvor raskt.",
        en="The mentor answers more slowly than the young person hopes, or has not said how soon.",
    ),
    evidence=Evidence(
        Level.QUALITATIVE,
        "Fear of being hurt is the barrier; an adult's patience opens it. What rhythm to expect is told beforehand.",
        "Ahrens et al. 2011 (n = 23, ages 18-25)",
    ),
    points=points,
    tell=tell,
    nearer=nearer,
)
