from rinnalla.kit.errors import DomainError


class PairNotFound(DomainError):
    code, status, title = "pair_not_found", 404, "There is no such pair that you may know of"


class MenteeNotFound(DomainError):
    code, status, title = "mentee_not_found", 404, "No such young person waits for a mentor in your programme"


class ProgrammeMatches(DomainError):
    code, status, title = (
        "programme_matches",
        403,
        "In this programme the staff bring people together: ask to be paired",
    )


class MentorFull(DomainError):
    code, status, title = "mentor_full", 409, "The mentor has no free place"


class MentorAway(DomainError):
    code, status, title = "mentor_away", 409, "The mentor is away"


class MentorUnavailable(DomainError):
    """Someone may be kept apart from a mentor by what the mentor said to nobody: which it is of all that can't be seen
    on a card, must not be found by trying. What is noted with it stays, so that the next try is answered the same."""

    code, status, title = (
        "mentor_unavailable",
        409,
        "The mentor can't begin with you now: look at others, or ask the staff",
    )
    keeps = True


class OnYourList(DomainError):
    code, status, title = "on_your_list", 409, "You said that you never want this mentor: take them off your list first"


class AlreadyPaired(DomainError):
    code, status, title = "already_paired", 409, "These two have a pair already that is proposed or talks"


class ProposalOpen(DomainError):
    code, status, title = (
        "proposal_open",
        409,
        "You have asked a mentor who has not answered yet: wait, or decline that proposal first",
    )


class AlreadyAccepted(DomainError):
    code, status, title = "already_accepted", 409, "You have said yes to this pair already"


class PartedBefore(DomainError):
    code, status, title = (
        "parted_before",
        409,
        "One of the two said no, or their trial led nowhere: not these two again",
    )


class CannotBePaired(DomainError):
    code, status, title = "cannot_be_paired", 409, "Something rules these two out that nobody may look past"


class ReasonNeeded(DomainError):
    code, status, title = (
        "reason_needed",
        409,
        "A wish, or an absence, keeps these two apart: `errors` name it. Say a `reason` to look past it",
    )


class PairNotOpen(DomainError):
    code, status, title = "pair_not_open", 409, "The pair is past that, or not there yet: `state` says where it is"

    def __init__(self, state: str = "closed", *, keeps: bool = False) -> None:
        super().__init__()
        self.state = state
        self.keeps = keeps


class ExpectationsMissing(DomainError):
    code, status, title = "expectations_missing", 409, "One of the two has not said yet what they expect"


class ExpectationsNotSeen(DomainError):
    code, status, title = (
        "expectations_not_seen",
        409,
        "Read what the other expects now, and send the version that you have read",
    )


class SettingsNotFound(DomainError):
    code, status, title = "settings_not_found", 404, "Your programme has no such version of its settings"


class LettersOver(DomainError):
    code, status, title = "letters_over", 409, "It is not the time to write a goodbye letter, or it has been read"
