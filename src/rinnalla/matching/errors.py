from rinnalla.kit.errors import DomainError


class SuggestionsNotShown(DomainError):
    code, status, title = (
        "suggestions_not_shown",
        403,
        "In this programme the staff look for a mentor: ask to be paired",
    )
