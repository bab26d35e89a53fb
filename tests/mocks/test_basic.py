"""HTTP Basic: the credentials of three vendors, however a client encodes them."""

import base64

import httpx
import pytest

from reportmocks.basic import basic


def header(text: bytes) -> str:
    """An `Authorization` with these bytes."""
    return f"Basic {base64.b64encode(text).decode()}"


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
def test_passwords_of_either_charset_are_read(charset: str) -> None:
    """`requests` sends texts in Latin-1, curl and most others in UTF-8."""
    sent = header("mé:pä:ß".encode(charset))
    assert basic({"HTTP_AUTHORIZATION": sent}) == ("mé", "pä:ß")


@pytest.mark.parametrize("sent", ["", "Basic", "Basic !!!", "Bearer YTpi", "Basic YTpi YTpi"])
def test_what_cannot_be_read_is_nothing(sent: str) -> None:
    """The vendor then says that there are no credentials."""
    assert basic({"HTTP_AUTHORIZATION": sent}) == ("", "")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/brightcove/v4/access_token?grant_type=client_credentials"),
        ("POST", "/echo360/oauth2/access_token?grant_type=client_credentials"),
        ("GET", "/khoros/api/public/teams?companyKey=acme"),
    ],
)
def test_any_password_is_good_for_every_vendor(client: httpx.Client, method: str, path: str) -> None:
    """Also one that is no UTF-8: any credential will do."""
    form = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    headers = {"Authorization": header("a-client:pässwörd".encode("latin-1")), **form}
    assert client.request(method, path, headers=headers).status_code == 200
