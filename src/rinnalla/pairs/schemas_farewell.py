"""Goodbyes on the wire: letters, keepsakes, the rule on later contact, figures."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from rinnalla.kit.schema import In, Moment, Out
from rinnalla.pairs.models import EndKind, PairState
from rinnalla.pairs.service import (
    ContactRuleView,
    Keepsake,
    LettersView,
    LetterView,
    PairStatistics,
)

LetterText = Annotated[
    str, Meta(min_length=1, max_length=8000, pattern=r"\S", examples=["Thank you for every late evening."])
]
RuleText = Annotated[
    str, Meta(min_length=1, max_length=2000, pattern=r"\S", examples=["You can reach each other through us."])
]
Version = Annotated[int, Meta(ge=0, description="0: nothing yet", examples=[1])]
Name = Annotated[str, Meta(examples=["Aino"])]
Message = Annotated[str, Meta(examples=["Moi! Olen tässä."])]
Figure = Annotated[int | None, Meta(description="null: too few to be told", examples=[12])]
StepReason = Annotated[str, Meta(examples=["goal_reached"])]
CriterionName = Annotated[str, Meta(max_length=40, examples=["times"])]
PLAIN_TEXT = "text/plain"


class WriteLetter(In):
    text: LetterText


class LetterBody(Out):
    text: LetterText
    updated_at: Moment


class LettersBody(Out):
    """`own` can be changed until the pair closes, and `other` is there from then on. `version` is that of your own."""

    own: LetterBody | None
    other: LetterBody | None
    version: Version


class KeptMessageBody(Out):
    """`text` is null where it can't be opened any more."""

    at: Moment
    by: Literal["mentee", "mentor"]
    text: Message | None


class KeepsakeBody(Out):
    """The conversation from its first message on. `messages` comes last, so that a reader can take it as it arrives."""

    pair_id: UUID
    mentee: Name
    mentor: Name
    began_at: Moment | None
    closed_at: Moment | None
    letter_of_mentee: LetterText | None
    letter_of_mentor: LetterText | None
    messages: list[KeptMessageBody]


class RuleTexts(In):
    """The rule in each language that your programme speaks."""

    fi: RuleText | None
    sv: RuleText | None
    nb: RuleText | None
    en: RuleText | None


class ContactRuleBody(Out):
    """`standard`: your programme says nothing of its own, and contact after the end goes through the programme; `own`:
    it says `texts`, in the languages that it has."""

    rule: Literal["standard", "own"]
    texts: RuleTexts
    updated_at: Moment | None
    version: Version


class EndCountBody(Out):
    """`kind` and `reason` where the end has them."""

    state: PairState
    kind: EndKind | None
    reason: StepReason | None
    count: Figure


class LearntCountBody(Out):
    """In how many trials one of the two said so: five at the least."""

    code: CriterionName
    count: int


class PairStatisticsBody(Out):
    """From `since` until before `until`. A count below five is null, as is another from which it could be worked out.
    `learnt` is told 30 days after the quarter, and only what was said in five trials or more."""

    since: Moment
    until: Moment
    total: Figure
    ends: list[EndCountBody]
    learnt: list[LearntCountBody]


def letters_body(view: LettersView) -> LettersBody:
    return LettersBody(
        own=_letter_body(view.own), other=_letter_body(view.other), version=view.own.version if view.own else 0
    )


def _letter_body(view: LetterView | None) -> LetterBody | None:
    return LetterBody(text=view.text, updated_at=view.updated_at) if view else None


async def keepsake_json(keepsake: Keepsake, mentee_id: UUID) -> AsyncIterator[bytes]:
    """A `KeepsakeBody`, a stretch at a time."""
    letters = keepsake.letters
    head = KeepsakeBody(
        pair_id=keepsake.pair_id,
        mentee=keepsake.mentee_name,
        mentor=keepsake.mentor_name,
        began_at=keepsake.began_at,
        closed_at=keepsake.closed_at,
        letter_of_mentee=letters.own.text if letters.own else None,
        letter_of_mentor=letters.other.text if letters.other else None,
        messages=[],
    )
    yield msgspec.json.encode(head).removesuffix(b"]}")
    comma = b""
    async for stretch in keepsake.messages:
        for message in stretch:
            by: Literal["mentee", "mentor"] = "mentee" if message.author_id == mentee_id else "mentor"
            yield comma + msgspec.json.encode(KeptMessageBody(at=message.created_at, by=by, text=message.text))
            comma = b","
    yield b"]}"


async def keepsake_text(keepsake: Keepsake, mentee_id: UUID) -> AsyncIterator[bytes]:
    """The same for a person to read: names, times in UTC and texts, and no words of ours."""
    names = (keepsake.mentee_name, keepsake.mentor_name)
    yield f"{names[0]} · {names[1]}\n".encode()
    async for stretch in keepsake.messages:
        lines = [
            f"\n{message.created_at:%Y-%m-%d %H:%M} {names[message.author_id != mentee_id]}\n{message.text or '…'}\n"
            for message in stretch
        ]
        yield "".join(lines).encode()
    for name, letter in zip(names, (keepsake.letters.own, keepsake.letters.other), strict=True):
        if letter is not None:
            yield f"\n* * *\n\n{letter.text}\n\n{name}\n".encode()


def contact_rule_body(view: ContactRuleView) -> ContactRuleBody:
    texts = view.texts
    return ContactRuleBody(
        rule="own" if texts else "standard",
        texts=RuleTexts(fi=texts.get("fi"), sv=texts.get("sv"), nb=texts.get("nb"), en=texts.get("en")),
        updated_at=view.updated_at,
        version=view.version,
    )


def rule_texts(body: RuleTexts) -> dict[str, str]:
    """The languages that have a text."""
    by_language = {"fi": body.fi, "sv": body.sv, "nb": body.nb, "en": body.en}
    return {language: text.strip() for language, text in by_language.items() if text is not None}


def statistics_body(view: PairStatistics) -> PairStatisticsBody:
    return PairStatisticsBody(
        since=view.since,
        until=view.until,
        total=view.total,
        ends=[EndCountBody(state=one.state, kind=one.kind, reason=one.reason, count=one.count) for one in view.ends],
        learnt=[LearntCountBody(code=code, count=count) for code, count in view.learnt],
    )
