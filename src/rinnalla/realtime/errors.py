"""Why a socket is not opened."""

from rinnalla.kit.errors import DomainError


class OriginRefused(DomainError):
    code, status, title = "origin_refused", 403, "Pages of this origin may not open sockets here"


class TlsRequired(DomainError):
    code, status, title = "tls_required", 403, "A socket is opened over TLS only"
