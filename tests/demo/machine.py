"""The demo as someone types it: a process of its own, with nothing but an environment."""

import subprocess

from tests import command


def play(**environment: object) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return command.run("demo", environment=command.environment(COLUMNS=100, **{"TEXT": "", **environment}))
