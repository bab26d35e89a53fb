"""Lives: limits on how long something works that was given to a client: a token, a link, a result."""

from dataclasses import dataclass

from reportmocks.kernel.jobs import FOREVER, Phase
from reportmocks.kernel.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Issued:
    """The life of tokens or of links: `what` was given works for the rule's number of `unit` milliseconds.

    It ends at a multiple of `grain` milliseconds, rounded up.
    """

    rule: str
    what: str
    unit: int
    grain: int = 1

    def issue(self, sandbox: Sandbox, subject: str = "") -> int:
        """Until when something works that is given now, by the lease time.

        What is given for the same subject again takes the place of what was given before. Where the next
        one was said to end early, it does.
        """
        early: int | None = sandbox.note(ahead(self.rule))
        if early is not None:
            sandbox.set_note(ahead(self.rule), None)
            ends = (sandbox.lease + early) // self.grain * self.grain  # down: it ends early, not late
        elif sandbox.rules.flag(self.rule):
            life = sandbox.rules.number(self.rule) * self.unit
            ends = -(-(sandbox.lease + life) // self.grain) * self.grain
        else:
            return -(-(sandbox.lease + FOREVER) // self.grain) * self.grain
        sandbox.issue(self.rule, subject or str(ends), ends)
        return ends

    def ends(self, sandbox: Sandbox) -> list[tuple[int, str]]:
        """By the sandbox's time, when each ends that was given and still works, with its event."""
        moved = sandbox.clock.carried
        mine = ((end, subject) for end, rule, subject in sandbox.issued() if rule == self.rule)
        return [(end + moved, self._event(subject)) for end, subject in mine]

    def _event(self, subject: str) -> str:
        return f"{self.what} expired" + (f" ({subject})" if subject.startswith("job ") else "")


@dataclass(frozen=True, slots=True)
class Kept:
    """The life of finished jobs: how long `what` a job has made is kept."""

    rule: str
    what: str
    unit: int

    def ends(self, sandbox: Sandbox) -> list[tuple[int, str]]:
        """When each finished job, or one that will be, has its rows deleted; its events are the job's own."""
        found = [(job.entered(Phase.EXPIRED), f"job {job.number}") for job in sandbox.jobs()]
        return [(at, text) for at, text in found if at is not None and at > sandbox.now]


Life = Issued | Kept


def ahead(rule: str) -> str:
    """The key of the note that the next thing issued under a rule ends early: after how many milliseconds."""
    return f"ahead {rule}"
