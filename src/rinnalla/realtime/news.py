"""What a member is told has changed: the kind, and ids and numbers. What it says is read where it is stored."""

from uuid import UUID

from rinnalla.chat.schemas import Seq
from rinnalla.kit.schema import Out


class ReadEvent(Out, tag="read", tag_field="type"):
    """You have read up to a message, on one of your devices."""

    seq: Seq
    thread_id: UUID
    up_to_seq: Seq


class ThreadChanged(Out, tag="thread_changed", tag_field="type"):
    """A thread was opened, closed or filed: get it again."""

    seq: Seq
    thread_id: UUID


class ThreadGone(Out, tag="thread_gone", tag_field="type"):
    """A thread is no longer yours to see, nor is a pair that talked in it: remove them from the device."""

    seq: Seq
    thread_id: UUID


class PairChanged(Out, tag="pair_changed", tag_field="type"):
    """A proposal or a pair has changed: get it again."""

    seq: Seq
    pair_id: UUID


class ProposalWaits(Out, tag="proposal_waits", tag_field="type"):
    """A proposed pair still waits for your answer: a reminder, once."""

    seq: Seq
    pair_id: UUID


class MatchingRunChanged(Out, tag="matching_run_changed", tag_field="type"):
    """A matching run that you started is ready, or has failed, or a colleague has done something with it, or something
    came of a proposal that it made: get it again."""

    seq: Seq
    run_id: UUID


class NoticeCame(Out, tag="notice", tag_field="type"):
    """The programme has a word for you: read your notices."""

    seq: Seq
    notice_id: UUID


class AccountChanged(Out, tag="account_changed", tag_field="type"):
    """Your account or your card was changed by staff: get it again."""

    seq: Seq


class Unavailable(Out, tag="unavailable", tag_field="type"):
    """Something was here that you can't see any more. Move your cursor past it."""

    seq: Seq


PlainEvent = (
    ReadEvent
    | ThreadChanged
    | ThreadGone
    | PairChanged
    | ProposalWaits
    | NoticeCame
    | MatchingRunChanged
    | AccountChanged
)
"""Those that say no more than what is stored of them: the kind, and ids and numbers."""
