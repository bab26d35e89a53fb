"""The world of a sandbox, and who calls in it."""

from reportfixtures.saferme_questions import SaferMeWorld, User
from reportmocks.kernel.sandbox import Sandbox
from reportmocks.worlds import world_of


def team_world(sandbox: Sandbox) -> SaferMeWorld:
    """The world that a sandbox's dials make."""
    its = world_of(sandbox)
    assert isinstance(its, SaferMeWorld)  # noqa: S101 - for the type checker: the vendor's world is one
    return its


def caller(its: SaferMeWorld, email: str, now: int) -> User:
    """The user who calls: the one of this e-mail address, or else the first."""
    users = its.team.users
    return next((user for user in users if user.email == email and user.joined < now), users[0])
