"""The world of a sandbox, and who calls in it."""

import json
from functools import lru_cache

from reportfixtures import world
from reportfixtures.saferme_questions import SaferMeWorld, User
from reportmocks.kernel.sandbox import Sandbox


def team_world(sandbox: Sandbox) -> SaferMeWorld:
    """The world that a sandbox's dials name."""
    return _world(sandbox.dials)


@lru_cache(maxsize=64)
def _dials(text: str) -> tuple[int, str]:
    dials = json.loads(text)
    return dials["seed"], dials["size"]


def _world(text: str) -> SaferMeWorld:
    seed, size = _dials(text)
    its = world("saferme", seed, size=size)
    assert isinstance(its, SaferMeWorld)  # noqa: S101 - for the type checker
    return its


def caller(its: SaferMeWorld, email: str, now: int) -> User:
    """The user who calls: the one of this e-mail address, or else the first."""
    users = its.team.users
    return next((user for user in users if user.email == email and user.joined < now), users[0])
