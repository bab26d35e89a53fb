"""Clients of the other vendors with one mistake each."""

import warnings
from datetime import date, timedelta

import requests

from clients.python import brightcove, hapyak, khoros, saferme
from clients.python.brightcove import BrightcoveClient
from clients.python.hapyak import HapyakClient
from clients.python.khoros import KhorosClient
from clients.python.mistakes import mistake
from clients.python.saferme import SafermeClient


@mistake("hapyak", "sends-send-status", "ordinary")
class WithoutStatus(HapyakClient):
    """It asks for rows, and looks whether these are any."""

    def call(self, path: str, asked: dict[str, str]) -> requests.Response:
        answer = super().call(path, {name: value for name, value in asked.items() if name != "send_status"})
        if answer.content.startswith(b"{"):
            answer.status_code = 202
        return answer


@mistake("hapyak", "submits-once", "ordinary")
class BustsCaches(HapyakClient):
    """It makes every request unlike the one before, so that nobody answers it with an old one."""

    count = 0

    def call(self, path: str, asked: dict[str, str]) -> requests.Response:
        self.count += 1
        return super().call(path, asked | {"_": str(self.count // 2)})


@mistake("hapyak", "splits-range", "long-range")
class EndIsExclusive(HapyakClient):
    """It starts each part on the last day of the one before."""

    def fetch(self, report: str, start: str, end: str, **options: str) -> list[hapyak.Row]:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
        rows: list[hapyak.Row] = []
        while first < last:
            until = min(first + timedelta(days=150), last)
            rows += self.complete(report, first, until, options)
            first = until
        return rows


@mistake("hapyak", "keeps-range", "long-range")
class NineMonths(HapyakClient):
    """It never heard of six months."""

    def fetch(self, report: str, start: str, end: str, **options: str) -> list[hapyak.Row]:
        return self.complete(report, date.fromisoformat(start), date.fromisoformat(end), options)


@mistake("hapyak", "notices-row-cap", "row-cap")
class TakesWhatComes(HapyakClient):
    """It never heard of a row cap."""

    def complete(self, report: str, first: date, last: date, options: dict[str, str]) -> list[hapyak.Row]:
        return self.rows(report, first, last, options)


@mistake("hapyak", "keeps-rate", "row-cap")
class DayByDay(HapyakClient):
    """It starts a report for each day at once, more of them in a minute than are allowed."""

    def fetch(self, report: str, start: str, end: str, **options: str) -> list[hapyak.Row]:
        first, last = date.fromisoformat(start), date.fromisoformat(end)
        each = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        for day in each:
            asked = {"start": day.isoformat(), "end": day.isoformat(), "format": "csv", "send_status": "true"}
            self.call(f"{hapyak.API}/{report}", asked | options)
        return [row for day in each for row in self.rows(report, day, day, options)]


@mistake("hapyak", "stops-at-refusal", "refused")
class NoKeyNoRows(HapyakClient):
    """It takes a refusal for a report without rows."""

    def fetch(self, report: str, start: str, end: str, **options: str) -> list[hapyak.Row]:
        try:
            return super().fetch(report, start, end, **options)
        except hapyak.ReportError:
            return []


@mistake("brightcove", "renews-token", "token-expires")
class FiveMinutes(BrightcoveClient):
    """It gets one token, and keeps it."""

    def token(self, *, fresh: bool) -> str:
        self._renew_at = float("inf")
        return super().token(fresh=fresh and not self._token)


@mistake("khoros", "waits-for-link", "no-link-yet")
class CompletedIsAll(KhorosClient):
    """It looks no more when a run is COMPLETED."""

    def completed(self, status_url: str) -> str:
        while True:
            run = self.call("GET", status_url).json()["result"]
            if run["result"]["detail"] == "COMPLETED":
                if not run["jobInfo"]["downloadUrl"]:
                    raise khoros.ReportError("no downloadUrl")
                return str(run["jobInfo"]["downloadUrl"])
            self.sleep(self.poll)


@mistake("khoros", "stops-at-failed", "failed")
class ClosedIsDone(KhorosClient):
    """It takes CLOSED for completed."""

    def fetch(self, export: str, start: str, end: str, **options: str) -> list[khoros.Row]:
        try:
            return super().fetch(export, start, end, **options)
        except khoros.ReportError:
            return []


@mistake("khoros", "follows-redirect", "ordinary")
class StaysHere(KhorosClient):
    """It takes the body of a redirect for the file."""

    def file(self, url: str) -> bytes:
        return self.call("GET", url, allow_redirects=False).content


@mistake("khoros", "no-credentials-to-storage", "ordinary")
class TellsEverybody(KhorosClient):
    """It follows the redirect with its user name and password."""

    def file(self, url: str) -> bytes:
        location = self.call("GET", url, allow_redirects=False).headers["Location"]
        requests.get(location, auth=(self.username, self.password), timeout=60)
        return super().file(url)


@mistake("khoros", "detects-truncation", "truncation")
class TakesHalf(KhorosClient):
    """It reads what comes, and does not ask whether that is all."""

    def file(self, url: str) -> bytes:
        location = self.call("GET", url, allow_redirects=False).headers["Location"]
        with requests.get(location, timeout=60, stream=True) as answer:
            answer.raw.enforce_content_length = False
            whole, _, _ = b"".join(answer.raw.stream(decode_content=True)).rpartition(b"\n")
        return whole


@mistake("khoros", "resubmits-expired", "expired")
class OnceOnly(KhorosClient):
    """It has one try."""

    def download(self, url: str, form: str) -> list[khoros.Row]:
        try:
            return super().download(url, form)
        except khoros.Gone:
            raise khoros.ReportError("gone") from None


@mistake("saferme", "delivers-every-row", "reports-per-user")
class OnlyWarns(SafermeClient):
    """It drops rows and says so, which helps nobody who counts."""

    def once(self, call: str, asked: dict[str, str]) -> list[saferme.Row]:
        rows = super().once(call, asked)
        warnings.warn("only the first rows", stacklevel=2)
        return rows[:1]


@mistake("saferme", "renews-token", "token-expires")
class SignsInOnce(SafermeClient):
    """It signs in when it starts, and goes on with that."""

    def signed_in(self) -> str:
        if self.access_token:
            raise saferme.ReportError("the session is over")
        return super().signed_in()


@mistake("saferme", "stops-at-refusal", "token-refused")
class SignsInForEver(SafermeClient):
    """It takes every 401 for a token that was too old, and signs in again, as often as it must."""

    def once(self, call: str, asked: dict[str, str]) -> list[saferme.Row]:
        for _ in range(50):
            self.access_token = self.signed_in()
            answer = self.got(call, asked)
            if answer.status_code != 401:
                break
        return list(saferme.told(answer, call))


@mistake("brightcove", "delivers-every-row", "gradebook-answers")
class OneProjectEach(BrightcoveClient):
    """It takes the first project of each user for all of them."""

    def analytics(self, report: str, asked: dict[str, str]) -> list[brightcove.Row]:
        rows = super().analytics(report, asked)
        return [{**row, "projects": row["projects"][:1]} if "projects" in row else row for row in rows]


@mistake("brightcove", "delivers-every-row", "gradebook-project")
class EveryProject(BrightcoveClient):
    """It asks for all projects, whichever it is asked for."""

    def analytics(self, report: str, asked: dict[str, str]) -> list[brightcove.Row]:
        every = {name: value for name, value in asked.items() if name != "project_id"}
        return super().analytics(report, every)
