"""Calls that Khoros refuses, each by one rule."""

import httpx

from support.khoros import WEEK, Khoros


def calls(khoros: Khoros, count: int) -> list[int]:
    """The statuses of so many calls in a row."""
    return [khoros.call("GET", "/teams").status_code for _ in range(count)]


def expired(khoros: Khoros) -> httpx.Response:
    """A download after its day."""
    url = khoros.finished()
    khoros.mock.advance("1d")
    return khoros.open(url)


def limited(khoros: Khoros) -> httpx.Response:
    """One call too many."""
    calls(khoros, 20)
    return khoros.call("GET", "/teams")


def foreign(khoros: Khoros) -> httpx.Response:
    """A status of a run of somebody else, by the switches of who asks."""
    theirs = Khoros(khoros.client, f"{khoros.company}-other").submitted()
    path = theirs["statusUrl"].partition("?")[0]
    return khoros.open(f"{path}?companyKey={khoros.company}")


def early(khoros: Khoros) -> httpx.Response:
    """A download before there is one."""
    return khoros.open(khoros.submitted()["statusUrl"].replace("/status?", "/download?"))


def wrong_token(khoros: Khoros) -> httpx.Response:
    """A status with a token that is none."""
    path = khoros.submitted()["statusUrl"].partition("?")[0]
    return khoros.open(f"{path}?analyticsAccessToken=x")


def sized(khoros: Khoros, size: int) -> httpx.Response:
    """A submission with a body of so many bytes."""
    return khoros.call("POST", "/reports/report/author", dict(WEEK), content=b"a" * size)


def bad_json(khoros: Khoros) -> httpx.Response:
    """A submission with a body that is no JSON, and says that it is."""
    headers = {"Content-Type": "application/json"}
    return khoros.call("POST", "/reports/report/author", dict(WEEK), content=b"{", headers=headers)
