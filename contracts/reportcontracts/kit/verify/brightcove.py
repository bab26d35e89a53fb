"""Checks of Brightcove Interactivity."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from reportcontracts.kit.verify.engagement import Engagement
from reportcontracts.kit.verify.probe import Check, DiffersError, Probe, expect, same
from reportcontracts.kit.verify.wire import Reply, basic
from reportcontracts.rules import RuleValues, load_rulebook

TOKENS: Final = "/v4/access_token"
ANALYTICS: Final = ("gradebook/summary", "gradebook/users/answers", "quiz/actions")
RANGE: Final = {"start_time": "2026-01-05T00:00:00Z", "end_time": "2026-01-12T00:00:00Z"}


def grant(probe: Probe, secret: str | None = None, **form: str) -> Reply:
    """Ask for a token."""
    given = probe.credentials
    head = {"Authorization": basic(given["client_id"], secret or given["client_secret"])}
    return probe.call("POST", TOKENS, headers=head, form={"grant_type": "client_credentials"} | form)


def bearer(probe: Probe) -> dict[str, str]:
    """The header of a call, with a new token."""
    reply = expect(grant(probe), 200, what="a token request")
    return {"Authorization": f"Bearer {reply.json['access_token']}"}


def ask(probe: Probe, report: str, **asked: str) -> Reply:
    """Ask for an engagement report, or poll it."""
    query = {"send_status": "true", "account_id": probe.credentials["account_id"]} | asked
    return probe.call("GET", f"/api/reports/v2/{report}", query, bearer(probe))


def analytics(probe: Probe, report: str, head: dict[str, str], **asked: str) -> Reply:
    """Ask for an analytics report."""
    path = f"/v1/accounts/{probe.credentials['account_id']}/reports/{report}"
    return probe.call("GET", path, RANGE | asked, head)


def checks() -> Iterator[Check]:
    """Every check."""
    yield Check(rule="brightcove.token-answer", what="get a token", see=_token_answer)
    yield Check(rule="brightcove.credentials", what="ask for a token with a bad secret", see=_credentials)
    yield Check(rule="brightcove.grant", what="ask for a token with another grant", see=_grant)
    yield Check(rule="brightcove.token", what="call without a token, and with a bad one", see=_token)
    yield Check(rule="brightcove.token-life", what="use a token to its end", see=_token_life, steers=True)
    for report in ANALYTICS:
        yield Check(
            rule="brightcove.analytics-answer", what=f"fetch {report}", see=partial(_analytics, report=report)
        )
    yield Check(rule="brightcove.missing-project", what="ask for no project", see=_missing_project)
    yield Check(rule="brightcove.time-bounds", what="fetch two ranges that meet", see=_time_bounds)
    yield from Engagement("brightcove", ask).checks()


def _token_answer(probe: Probe) -> None:
    reply = expect(grant(probe), 200, what="a token request")
    life = RuleValues(load_rulebook("brightcove")).number("brightcove.token-life")
    same(reply.json.get("expires_in"), life, "expires_in")


def _credentials(probe: Probe) -> None:
    expect(grant(probe, "invalid"), 400, 401, what="a secret that is not valid")


def _grant(probe: Probe) -> None:
    expect(grant(probe, grant_type="password"), 400, what="the grant type password")


def _token(probe: Probe) -> None:
    expect(analytics(probe, ANALYTICS[0], {}), 401, what="no token")
    bad = {"Authorization": "Bearer nonsense"}
    expect(analytics(probe, ANALYTICS[0], bad), 401, what="a token that was never given")


def _token_life(probe: Probe) -> None:
    head = bearer(probe)
    life = RuleValues(load_rulebook("brightcove")).number("brightcove.token-life")
    probe.advance(f"{life - 1}s")
    expect(analytics(probe, ANALYTICS[0], head), 200, what="a token a second before its end")
    probe.advance("2s")
    expect(analytics(probe, ANALYTICS[0], head), 401, what="a token a second after its end")


def _analytics(probe: Probe, report: str) -> None:
    reply = expect(analytics(probe, report, bearer(probe)), 200, what=report)
    if not isinstance(reply.json, dict) or "result" not in reply.json:
        raise DiffersError(f"{report} has no result")


def _missing_project(probe: Probe) -> None:
    reply = analytics(probe, "quiz/project/summary", bearer(probe))
    expect(reply, 400, what="quiz/project/summary without a project_id")


def _time_bounds(probe: Probe) -> None:
    """Ranges that meet count each action once."""
    head = bearer(probe)
    middle = "2026-01-08T00:00:00Z"
    parts = [
        _actions(probe, head, start_time=RANGE["start_time"], end_time=middle),
        _actions(probe, head, start_time=middle, end_time=RANGE["end_time"]),
    ]
    same(sum(parts), _actions(probe, head), "the actions of two ranges that meet, against those of both")


def _actions(probe: Probe, head: dict[str, str], **asked: str) -> int:
    """How many actions there are in all projects."""
    reply = expect(analytics(probe, "quiz/actions", head, **asked), 200, what="quiz/actions")
    return sum(int(project["actions"]) for project in reply.json["result"])
