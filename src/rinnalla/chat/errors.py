from rinnalla.kit.errors import DomainError


class ThreadNotFound(DomainError):
    code, status, title = "thread_not_found", 404, "You have no such thread"


class MessageNotFound(DomainError):
    code, status, title = "message_not_found", 404, "You have no such message"


class ThreadClosed(DomainError):
    code, status, title = "thread_closed", 409, "The pair has ended: this thread can be read and not written to"


class ThreadBlocked(DomainError):
    code, status, title = "thread_blocked", 409, "You have blocked this thread: file it elsewhere to write"


class ThreadHandedOver(DomainError):
    code, status, title = "thread_handed_over", 409, "Your next mentor has taken over: this thread stays where it is"


class ClientIdReused(DomainError):
    code, status, title = "client_id_reused", 422, "This client_id was used for another text: make a new one"
