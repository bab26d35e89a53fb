"""SaferMe's sessions against a model in a few lines, and its counts against each other."""

from typing import Any

import httpx
from hypothesis.stateful import Bundle, initialize, rule

from reportmocks.kernel.clock import DAY
from support.answers import rules_of
from support.machines import Machine, play
from support.saferme import BASE, SaferMe, log_in, total

LIFE = 365 * DAY


class Course(Machine):
    """Sessions that begin, go on and end, and calls with their tokens."""

    vendor = "saferme"
    spans = (DAY, 365 * DAY - 1000, 365 * DAY)
    sessions: "Bundle[dict[str, Any]]" = Bundle("sessions")

    def __init__(self, client: httpx.Client) -> None:
        super().__init__(client)
        self.round = 0
        self.begin()

    def begin(self) -> None:
        """No session; those of before are of another round."""
        self.round += 1

    @initialize()
    def first(self) -> None:
        """The machine is ready as it is."""

    def told(self, answer: httpx.Response) -> dict[str, Any]:
        """A session as an answer begins it."""
        assert answer.status_code == 200, answer.text
        return {"round": self.round, "at": self.now, "good": True, **answer.json()["session"]}

    @rule(target=sessions)
    def log_in(self) -> dict[str, Any]:
        """Each session has tokens of its own."""
        return self.told(log_in(self.client, self.name))

    @rule(session=sessions)
    def call(self, session: dict[str, Any]) -> None:
        """A token is good for a year, until its session is renewed or ends; all counts are of one world."""
        if session["round"] != self.round:
            return
        its = SaferMe(self.client, session["access_token"], self.name)
        answer = its.ask()
        if session["good"] and self.now < session["at"] + LIFE:
            assert answer.status_code == 200, answer.text
            assert total(answer.json()) == total(its.rows("reports_per_week_day"))
        else:
            assert answer.status_code == 401
            ended = "saferme.session-life" if session["good"] else "saferme.session-end"
            assert rules_of(answer)[0] in {ended, "saferme.session-life"}

    @rule(target=sessions, session=sessions)
    def renew(self, session: dict[str, Any]) -> dict[str, Any]:
        """Both tokens are changed once, also after their life."""
        if session["round"] != self.round:
            return {"round": 0}
        both = {name: session[name] for name in ("access_token", "refresh_token")}
        answer = self.client.patch(f"{BASE}/session", json={"session": both})
        if not session["good"]:
            assert answer.status_code == 401
            return {"round": 0}
        session["good"] = False
        return self.told(answer)

    @rule(session=sessions)
    def log_out(self, session: dict[str, Any]) -> None:
        """Its tokens are good for nothing any more."""
        if session["round"] != self.round:
            return
        answer = SaferMe(self.client, session["access_token"], self.name).send("DELETE", "session")
        good = session["good"] and self.now < session["at"] + LIFE
        assert (answer.status_code == 200) is good, answer.text
        session["good"] = session["good"] and not good


def test_any_course_of_steps_goes_as_the_model_says(in_process: httpx.Client) -> None:
    """saferme.session, saferme.session-refresh, saferme.session-end, saferme.session-life together."""
    play(lambda: Course(in_process))
