"""Who may ask Khoros, and for whom: users, company keys, tokens of runs."""

import base64
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from support.khoros import API, RUN, USER, WEEK, Khoros, assert_refused, passed

CALLS: Final = {
    "submit": ("POST", "/reports/report/author"),
    "submit with GET": ("GET", "/reports/report/author"),
    "jobs": ("GET", "/reports/jobs"),
    "teams": ("GET", "/teams"),
    "timezones": ("GET", "/config/timezones"),
}
BAD_USERS: Final[dict[str, Any]] = {
    "none": None,
    "no user": ("", "secret"),
    "no password": ("me", ""),
    "invalid user": ("invalid-me", "secret"),
    "invalid password": ("me", "invalid"),
}
BAD_HEADERS: Final = (
    "Basic",
    "Basic !!!",
    "Basic bWU=",
    "Bearer bWU6cHc=",
    "bWU6cHc=",
)


def every_call(khoros: Khoros) -> dict[str, Callable[..., httpx.Response]]:
    """Each call of the API by name, also those on a run; it takes the options of a request."""
    run = khoros.submitted()
    khoros.mock.advance(RUN)
    urls = {"status": run["statusUrl"], "download": khoros.poll(run)["jobInfo"]["downloadUrl"]}
    on_runs = {name: lambda url=url, **options: khoros.open(url, **options) for name, url in urls.items()}
    others = {
        name: lambda call=call, **options: khoros.call(*call, dict(WEEK), **options)
        for name, call in CALLS.items()
    }
    return others | on_runs


@pytest.mark.parametrize("user", BAD_USERS)
def test_every_call_needs_a_user(khoros: Khoros, user: str) -> None:
    """khoros.credentials: also status and download, although their addresses carry a token."""
    for name, call in every_call(khoros).items():
        refused = call(auth=BAD_USERS[user] or httpx.Auth())
        assert_refused(refused, 401, "khoros.credentials")
        assert refused.headers["WWW-Authenticate"].startswith("Basic realm="), name


@pytest.mark.parametrize("header", BAD_HEADERS)
def test_a_header_that_is_no_basic_authorization_is_refused(khoros: Khoros, header: str) -> None:
    """khoros.credentials: whatever stands in it, and never with a traceback."""
    headers = {"Authorization": header.encode("latin-1")}
    refused = khoros.call("GET", "/teams", auth=httpx.Auth(), headers=headers)
    assert_refused(refused, 401, "khoros.credentials")


@pytest.mark.parametrize(
    ("user", "password"),
    [("me", "secret"), ("a:b", "c"), ("\u00fcser", "p\u00e4ss"), ("me", ":"), (" ", " ")],
)
def test_any_user_with_a_password_will_do(khoros: Khoros, user: str, password: str) -> None:
    """khoros.credentials: nobody has to be made known to the mock first."""
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    for scheme in ("Basic", "basic", "BASIC "):
        answer = khoros.call(
            "GET", "/teams", auth=httpx.Auth(), headers={"Authorization": f"{scheme} {token}"}
        )
        passed(answer, "teams")


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("key", [None, "", "   "])
def test_a_call_without_a_company_key_is_refused(khoros: Khoros, name: str, key: str | None) -> None:
    """khoros.company-key: the parameter is always required; a shell that eats what follows & shows here."""
    refused = khoros.call(*CALLS[name], dict(WEEK) | {"companyKey": key})
    assert_refused(refused, 400, "khoros.company-key")
    assert "companyKey" in refused.json()["result"]


@pytest.mark.parametrize("name", CALLS)
def test_a_company_key_that_begins_with_invalid_is_refused(khoros: Khoros, name: str) -> None:
    """khoros.company-key: so that a client's way with a wrong key can be tested; it makes no sandbox."""
    refused = khoros.call(*CALLS[name], dict(WEEK) | {"companyKey": f"invalid-{khoros.company}"})
    assert_refused(refused, 403, "khoros.company-key")
    sandboxes = khoros.client.get("/_mock/sandboxes", params={"vendor": "khoros"}).json()
    assert f"invalid-{khoros.company}" not in {sandbox["sandbox"] for sandbox in sandboxes}


def test_a_company_key_in_the_body_is_none(khoros: Khoros) -> None:
    """khoros.company-key: it is in the query, also where all others are in a form."""
    form = {"companyKey": khoros.company} | dict(WEEK)
    refused = khoros.call("POST", "/reports/report/user", {"companyKey": None}, data=form)
    assert_refused(refused, 400, "khoros.company-key")


@pytest.mark.parametrize("key", ["acme & sons", "\u00fcber/unter", "a+b=c", "1", "x" * 500])
def test_any_other_company_key_is_a_sandbox(khoros: Khoros, key: str) -> None:
    """khoros.company-key: whatever characters are in it, its runs are found again by their addresses."""
    own = Khoros(khoros.client, f"{key} {khoros.company}")
    run = own.submitted()
    assert parse_qs(urlsplit(run["statusUrl"]).query) == {"companyKey": [own.company]}
    assert own.poll(run)["result"]["runnerState"] == "RUNNING"
    assert len(own.mock.jobs()) == 1


# Tokens of runs


def addresses(khoros: Khoros) -> tuple[str, str]:
    """The addresses of status and download of a finished run, as a status has them."""
    run = khoros.submitted()
    khoros.mock.advance(RUN)
    info = khoros.poll(run)["jobInfo"]
    return info["statusUrl"], info["downloadUrl"]


def test_a_token_stands_for_the_company_key(khoros: Khoros) -> None:
    """khoros.access-token: the addresses in a status work as they are, and with a company key instead."""
    status, download = addresses(khoros)
    for url, code in ((status, 200), (download, 307)):
        parts = urlsplit(url)
        (token,) = parse_qs(parts.query)["analyticsAccessToken"]
        assert len(base64.b64decode(token, validate=True)) == 16
        assert khoros.open(url).status_code == code
        by_key = f"{url.partition('?')[0]}?companyKey={khoros.company}"
        assert khoros.open(by_key).status_code == code


def test_a_token_opens_its_own_run_alone(khoros: Khoros, other: Khoros) -> None:
    """khoros.access-token: that of another run, of another company or of nobody is refused."""
    mine, another, theirs = addresses(khoros), addresses(khoros), addresses(other)
    for url in mine:
        path, _, query = url.partition("?")
        token = parse_qs(query)["analyticsAccessToken"][0]
        wrong = [parse_qs(urlsplit(each[0]).query)["analyticsAccessToken"][0] for each in (another, theirs)]
        for given in (*wrong, token[:-2], token.lower(), "x", "\u00e9", "\x00"):
            refused = khoros.open(f"{path}?analyticsAccessToken={quote(given)}")
            assert_refused(refused, 403, "khoros.access-token")


def test_without_either_there_is_no_status(khoros: Khoros) -> None:
    """khoros.access-token, khoros.company-key: an address that lost its query leads nowhere."""
    for url in addresses(khoros):
        assert_refused(khoros.open(url.partition("?")[0]), 400, "khoros.company-key")
        assert_refused(
            khoros.open(f"{url.partition('?')[0]}?analyticsAccessToken="), 400, "khoros.company-key"
        )


def test_a_company_key_goes_before_a_token(khoros: Khoros, other: Khoros) -> None:
    """khoros.wrong-company: who names a company is asked as that company, whatever else is there."""
    for url in addresses(khoros):
        assert_refused(khoros.open(f"{url}&companyKey={other.company}"), 404, "khoros.wrong-company")


def test_another_company_sees_nothing_of_a_run(khoros: Khoros, other: Khoros) -> None:
    """khoros.wrong-company: its runs are as if there were none."""
    run = khoros.submitted()
    path = urlsplit(run["statusUrl"]).path
    for what in ("status", "download"):
        url = f"{path.removesuffix('status')}{what}?companyKey={other.company}"
        assert_refused(khoros.open(url), 404, "khoros.wrong-company")
    assert passed(other.call("GET", "/reports/jobs"), "jobs") == []


def test_companies_do_not_share_limits_or_switches(khoros: Khoros, other: Khoros) -> None:
    """khoros.company-key: each is a sandbox of its own."""
    khoros.mock.rule("rate-minute", value=0)
    assert khoros.submit().status_code == 429
    assert other.submit().status_code == 200


def test_the_user_is_not_the_sandbox(khoros: Khoros) -> None:
    """khoros.credentials: two users of a company see the same runs."""
    khoros.submitted()
    assert len(passed(khoros.call("GET", "/reports/jobs", auth=("another", "user")), "jobs")) == 1


def test_secrets_are_not_in_the_journal(khoros: Khoros) -> None:
    """khoros.access-token, khoros.credentials: neither password nor token can be read in it."""
    status, _ = addresses(khoros)
    khoros.open(status)
    entry = str(khoros.last_request)
    assert base64.b64encode(":".join(USER).encode()).decode() not in entry
    assert urlsplit(status).query.partition("=")[2] not in entry
    assert API in entry
