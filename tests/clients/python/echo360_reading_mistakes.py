"""Clients of Echo360 with one mistake each, in how they treat links, secrets and files."""

import csv
import gzip
import io
from typing import Any

import requests

from clients.python import echo360
from clients.python.echo360 import Echo360Client
from clients.python.mistakes import mistake


@mistake("echo360", "no-credentials-to-storage", "ordinary")
class TellsStorage(Echo360Client):
    """It sends its token with everything, and again without when that is refused."""

    def file(self, link: str) -> bytes:
        requests.get(link, headers={"Authorization": f"Bearer {self._token}"}, timeout=60)
        return super().file(link)


@mistake("echo360", "link-as-given", "ordinary")
class TidiesLinks(Echo360Client):
    """It decodes a link before it uses it, and takes it as it is only when that fails."""

    def file(self, link: str) -> bytes:
        requests.get(link + "&download=1", timeout=60)
        return super().file(link)


@mistake("echo360", "renews-late-link", "late-link")
class LateIsOver(Echo360Client):
    """It has no other link to try."""

    def download(self, request: echo360.Request, links: list[str]) -> list[echo360.Row]:
        return [row for link in links for row in echo360.parsed(self.file(link), request.output)]


@mistake("echo360", "no-secret-in-url", "ordinary")
class TokenInUrl(Echo360Client):
    """It hands over its token in the query."""

    def look(self, request: echo360.Request) -> dict[str, Any]:
        path = f"{echo360.API}/requests/{request.id}?access_token={self.token(fresh=False)}"
        status: dict[str, Any] = self.patiently("GET", path).json()
        return status


@mistake("echo360", "no-secret-in-output", "refused")
class TellsSecret(Echo360Client):
    """It says with what it failed."""

    def token(self, *, fresh: bool) -> str:
        try:
            return super().token(fresh=fresh)
        except echo360.ReportError as error:
            raise echo360.ReportError(f"{error} with {self.client_id}:{self.client_secret}") from None


@mistake("echo360", "empty-is-empty", "empty")
class EmptyIsAnError(Echo360Client):
    """It cannot do without rows."""

    def result(self, request: echo360.Request) -> list[echo360.Row]:
        rows = super().result(request)
        if not rows:
            raise echo360.ReportError("no rows")
        return rows


@mistake("echo360", "reads-text", "text")
class SplitsLines(Echo360Client):
    """It takes a line for a row, and a comma for the end of a cell."""

    def download(self, _request: echo360.Request, links: list[str]) -> list[echo360.Row]:
        lines = gzip.decompress(self.file(links[0])).decode().splitlines()
        header = lines[0].replace('"', "").split(",")
        return [dict(zip(header, line.replace('"', "").split(","), strict=False)) for line in lines[1:]]


@mistake("echo360", "reads-formats", "pipes")
class OnlyCommas(Echo360Client):
    """It asks for pipes and reads commas."""

    def download(self, _request: echo360.Request, links: list[str]) -> list[echo360.Row]:
        return echo360.parsed(self.file(links[0]), {})


@mistake("echo360", "detects-corruption", "corruption")
class NeverMind(Echo360Client):
    """It takes what it can get of a damaged file."""

    def download(self, _request: echo360.Request, links: list[str]) -> list[echo360.Row]:
        text = io.StringIO(newline="")
        try:
            with gzip.open(io.BytesIO(self.file(links[0])), "rt", encoding="utf-8", newline="") as file:
                while chunk := file.read(256):
                    text.write(chunk)
        except (OSError, EOFError, ValueError, echo360.zlib.error):
            pass
        return list(csv.DictReader(io.StringIO(text.getvalue(), newline="")))


@mistake("echo360", "survives-5xx", "5xx")
class OneTry(Echo360Client):
    """It takes every error for the last word."""

    def patiently(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.base_url + path, timeout=60, **options)


@mistake("echo360", "survives-slowness", "slowness")
class CutsShort(Echo360Client):
    """It waits half a second for an answer, and no more than once."""

    def patiently(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.base_url + path, timeout=0.5, **options)


@mistake("echo360", "rereads-incomplete-days", "late-data")
class ReadsOnce(Echo360Client):
    """It keeps what it has read, complete or not."""

    kept: dict[Any, Any] = {}  # noqa: RUF012 - kept by all of them: that is the mistake

    def fetch(
        self, report: str, start: str | None = None, end: str | None = None, **output: Any
    ) -> list[Any]:
        key = (self.client_id, report, start, end)
        if key not in self.kept:
            self.kept[key] = super().fetch(report, start, end, **output)
        rows: list[Any] = self.kept[key]
        return rows


@mistake("echo360", "delivers-every-row", "ordinary")
class LosesOne(Echo360Client):
    """It forgets the last line."""

    def download(self, request: echo360.Request, links: list[str]) -> list[echo360.Row]:
        return super().download(request, links)[:-1]
