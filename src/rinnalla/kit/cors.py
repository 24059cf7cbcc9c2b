"""From which other origins' pages the service may be asked. Those may send cookies along, which one face takes."""

from litestar.config.cors import CORSConfig


def cors(allowed_origins: tuple[str, ...]) -> CORSConfig | None:
    """None: from its own pages only."""
    if not allowed_origins:
        return None
    return CORSConfig(
        allow_origins=list(allowed_origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "If-Match", "If-None-Match"],
        allow_credentials=True,
        expose_headers=["ETag", "Retry-After"],
        max_age=600,
    )
