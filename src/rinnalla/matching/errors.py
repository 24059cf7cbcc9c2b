from rinnalla.kit.errors import DomainError


class SuggestionsNotShown(DomainError):
    code, status, title = (
        "suggestions_not_shown",
        403,
        "In this programme the staff look for a mentor: ask to be paired",
    )


class RunNotFound(DomainError):
    code, status, title = "run_not_found", 404, "There is no such matching run in your programme"


class ProposalNotFound(DomainError):
    code, status, title = "proposal_not_found", 404, "The run has no such young person, or nothing proposed to them"


class RunNotReady(DomainError):
    code, status, title = "run_not_ready", 409, "The run is past that, or not there yet: `state` says where it is"

    def __init__(self, state: str = "solving") -> None:
        super().__init__()
        self.state = state


class RunUnsolved(DomainError):
    code, status, title = (
        "run_unsolved",
        409,
        "What you fixed takes a place that another proposal has: have it solved again first",
    )


class PoolChanged(DomainError):
    code, status, title = (
        "pool_changed",
        412,
        "Someone or something has changed since this was worked out: `errors` say what. It is to be worked out again",
    )


class FollowUpNotFound(DomainError):
    code, status, title = "follow_up_not_found", 404, "There is no such follow-up in your programme"


class FollowUpSettled(DomainError):
    code, status, title = (
        "follow_up_settled",
        409,
        "The follow-up is past that, or not there yet: `state` says where it is",
    )

    def __init__(self, state: str = "proposed") -> None:
        super().__init__()
        self.state = state
