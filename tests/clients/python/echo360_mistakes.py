"""Clients of Echo360 with one mistake each, in how they follow a report."""

from datetime import date, timedelta
from typing import Any

import requests

from clients.python import echo360
from clients.python.echo360 import Echo360Client
from clients.python.mistakes import mistake


@mistake("echo360", "polls-politely", "slow")
class TightLoop(Echo360Client):
    """It looks again at once."""

    def wait(self, request: echo360.Request) -> dict[str, Any]:
        while (status := self.look(request))["status"] == "Pending":
            pass
        return status


@mistake("echo360", "gives-up", "never")
class WaitsForEver(Echo360Client):
    """It has no time of its own."""

    def wait(self, request: echo360.Request) -> dict[str, Any]:
        while (status := self.look(request))["status"] == "Pending":
            self.sleep(self.poll)
        return status


@mistake("echo360", "stops-at-failed", "failed")
class FailedIsEmpty(Echo360Client):
    """It takes a failed report for one without rows."""

    def result(self, request: echo360.Request) -> list[echo360.Row]:
        try:
            return super().result(request)
        except echo360.ReportError:
            return []


@mistake("echo360", "stops-at-missing", "missing")
class MissingIsPending(Echo360Client):
    """It knows Failed, and waits for anything else."""

    def look(self, request: echo360.Request) -> dict[str, Any]:
        status = super().look(request)
        return status | {"status": "Pending"} if status["status"] == "Missing" else status


@mistake("echo360", "resubmits-expired", "expired")
class ExpiredIsTheEnd(Echo360Client):
    """It gives up on a report that was deleted."""

    def result(self, request: echo360.Request) -> list[echo360.Row]:
        status = self.wait(request)
        if status["status"] != "Available":
            raise echo360.ReportError(status["status"])
        return self.download(request, status["signedAssets"])


@mistake("echo360", "submits-once", "slow")
class SubmitsAgain(Echo360Client):
    """It submits once more when the report is not there at once."""

    def result(self, request: echo360.Request) -> list[echo360.Row]:
        if self.look(request)["status"] == "Pending":
            request = self.submit(request.report, request.parameters, request.output)
        return super().result(request)


@mistake("echo360", "waits-for-a-slot", "fourth-in-flight")
class NoSlotIsAnError(Echo360Client):
    """It takes a full house for a failure."""

    def submit(self, report: str, parameters: dict[str, str], output: dict[str, Any]) -> echo360.Request:
        answer = self.call("POST", f"/requests/{report}", json={"parameters": parameters, "output": output})
        if answer.status_code != 200:
            raise echo360.refused(answer)
        return echo360.Request(answer.json()["requestId"], report, parameters, output)


@mistake("echo360", "keeps-in-flight", "long-range")
class AllAtOnce(Echo360Client):
    """It submits every part before it looks at the first, and is refused until others are done."""

    def fetch(
        self, report: str, start: str | None = None, end: str | None = None, **output: Any
    ) -> list[Any]:
        requests_ = [self.submit(report, piece, output) for piece in echo360.pieces(start, end)]
        return [row for request in requests_ for row in self.result(request)]


@mistake("echo360", "splits-range", "long-range")
class EndIsInclusive(Echo360Client):
    """It starts each part a day after the end of the one before."""

    def fetch(
        self, report: str, start: str | None = None, end: str | None = None, **output: Any
    ) -> list[Any]:
        first, last = date.fromisoformat(str(start)), date.fromisoformat(str(end))
        rows = []
        while first < last:
            until = min(first + timedelta(days=6), last)
            rows += super().fetch(report, first.isoformat(), until.isoformat(), **output)
            first = until + timedelta(days=1)
        return rows


@mistake("echo360", "keeps-range", "long-range")
class AsksForAll(Echo360Client):
    """It asks for the whole range first, and for parts when it is refused."""

    def fetch(
        self, report: str, start: str | None = None, end: str | None = None, **output: Any
    ) -> list[Any]:
        self.call("POST", f"/requests/{report}", json={"parameters": {"start": start, "end": end}})
        return super().fetch(report, start, end, **output)


@mistake("echo360", "honours-retry-after", "rate-limited")
class Impatient(Echo360Client):
    """It waits a little when it is refused, however long it was told to."""

    def patiently(self, method: str, path: str, **options: Any) -> requests.Response:
        while True:
            answer = self.session.request(method, self.base_url + path, timeout=60, **options)
            if answer.status_code != 429:
                return answer
            self.sleep(2.0)


@mistake("echo360", "backs-off", "rate-limited")
class RefusedIsOver(Echo360Client):
    """It takes 429 for an error."""

    def patiently(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.base_url + path, timeout=60, **options)


@mistake("echo360", "renews-token", "token-expires")
class OneToken(Echo360Client):
    """It gets one token, and keeps it."""

    def token(self, *, fresh: bool) -> str:
        self._renew_at = float("inf")
        return super().token(fresh=fresh and not self._token)


@mistake("echo360", "refresh-token-once", "token-expires")
class RefreshesTwice(Echo360Client):
    """It keeps the first refresh token, and uses it again."""

    refresh = ""

    def token(self, *, fresh: bool) -> str:
        if fresh or not self._token or self.clock() >= self._renew_at:
            form = {"grant_type": "client_credentials", "client_secret": self.client_secret}
            if self.refresh:
                form = {"grant_type": "refresh_token", "refresh_token": self.refresh}
            answer = self.patiently(
                "POST", "/oauth2/access_token", data={"client_id": self.client_id, **form}
            )
            if answer.status_code != 200:
                self.refresh = ""
                return self.token(fresh=True)
            granted = answer.json()
            self.refresh = self.refresh or granted["refresh_token"]
            self._token = granted["access_token"]
            self._renew_at = self.clock() + 900
        return self._token


@mistake("echo360", "finishes", "ordinary")
class LooksOnce(Echo360Client):
    """It takes a report that is not there at once for one that never comes."""

    def wait(self, request: echo360.Request) -> dict[str, Any]:
        status = self.look(request)
        if status["status"] == "Pending":
            raise echo360.ReportError("not ready")
        return status


@mistake("echo360", "survives-reset", "lost-answer")
class OneConnection(Echo360Client):
    """It takes a broken connection for the end."""

    def patiently(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.base_url + path, timeout=60, **options)
