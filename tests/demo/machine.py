"""The demo as someone types it: a process of its own, with nothing but an environment."""

import os
import subprocess
import sys


def play(**environment: object) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("RINNALLA_", "DATABASE_", "TEXT"))
    }
    return subprocess.run(
        [sys.executable, "-m", "rinnalla", "demo"],
        env={**kept, "COLUMNS": "100", **{name: str(value) for name, value in environment.items()}},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
