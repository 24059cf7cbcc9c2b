"""Rules of writing in a thread: no I/O."""

from rinnalla.chat.errors import ThreadBlocked, ThreadClosed, ThreadNotFound
from rinnalla.chat.models import HIDING, Filing, ThreadState
from rinnalla.kit.errors import DomainError
from rinnalla.kit.limits import Limit

MAX_TEXT = 4000
SENDS = Limit("send", 120, 60)
"""Two messages a second for as long as anyone can type, and a pocketful written offline at once."""

MARKS = Limit("mark", 300, 60)
"""Reading marks and signs of typing, together: five a second from all devices of a person, and a minute's worth at
once."""


def refusal_to_write(state: str, own_filing: str, other_filing: str) -> DomainError | None:
    """Why someone may not write in a thread now. Who was blocked is told what they would be told if the other had
    left: that there is no such thread."""
    if other_filing in HIDING:
        return ThreadNotFound()
    if own_filing == Filing.BLOCKED:
        return ThreadBlocked()
    if state == ThreadState.CLOSED:
        return ThreadClosed()
    return None


def message_context(message_id: object, thread_id: object, author_id: object) -> str:
    """What a sealed message is bound to."""
    return f"message:{message_id}:{thread_id}:{author_id}"
