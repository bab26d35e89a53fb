"""Unmodified clients of many kinds under `reportmocks run`, each calling the vendors' real host names."""

import shutil
import sys
from typing import Final

import pytest

from support.running import HAPYAK, run, run_python, told

KEY: Final = "X-Hapyak-API-Key"

PYTHON: Final = {
    "requests": """
import requests
for _ in range(2):
    print(requests.get(URL, headers=HEADERS).status_code)
""",
    "requests, no environment": """
import requests
session = requests.Session()
session.trust_env = False
for _ in range(2):
    print(session.get(URL, headers=HEADERS).status_code)
""",
    "httpx": """
import httpx
for _ in range(2):
    print(httpx.get(URL, headers=HEADERS).status_code)
""",
    "httpx, no environment, asynchronous": """
import asyncio, httpx
async def main():
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(2):
            print((await client.get(URL, headers=HEADERS)).status_code)
asyncio.run(main())
""",
    "urllib": """
from urllib.request import Request, urlopen
for _ in range(2):
    with urlopen(Request(URL, headers=HEADERS)) as answer:
        print(answer.status)
""",
    "http.client": """
import http.client
for _ in range(2):
    connection = http.client.HTTPSConnection("www.hapyak.com")
    connection.request("GET", URL.partition(".com")[2], headers=HEADERS)
    print(connection.getresponse().status)
    connection.close()
""",
}

NODE: Final = {
    "fetch": """
(async () => {
  for (const _ of [1, 2]) {
    const answer = await fetch(TARGET, {headers: HEADERS});
    console.log(answer.status);
    await answer.text();
  }
})();
""",
    "https": """
const get = () => new Promise((done) => require('https').get(TARGET, {headers: HEADERS}, (answer) => {
  console.log(answer.statusCode);
  answer.resume().on('end', done);
}));
get().then(get);
""",
}

CURL: Final = f"curl -sS --fail -o /dev/null -w '%{{http_code}}\\n' -H '{KEY}: my-key'"


@pytest.mark.parametrize("client", PYTHON)
def test_python_clients_reach_the_mock(client: str) -> None:
    """Whether they ask the environment for a proxy and for authorities or not."""
    code = f"URL, HEADERS = {HAPYAK!r}, {{{KEY!r}: 'my-key'}}\n{PYTHON[client]}"
    done = run_python(code, "hapyak")
    assert (done.stdout, done.returncode) == ("202\n200\n", 0), done.stderr
    assert told(done)[0] == "hapyak: 2 requests"


@pytest.mark.parametrize("client", NODE)
def test_node_clients_reach_the_mock(client: str) -> None:
    """Node's own ways, which know no proxy before version 24."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node here")
    code = f"const TARGET = {HAPYAK!r}, HEADERS = {{{KEY!r}: 'my-key'}};\n{NODE[client]}"
    done = run("hapyak", "--", node, "-e", code)
    assert (done.stdout, done.returncode) == ("202\n200\n", 0), done.stderr


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_curl_reaches_the_mock(scheme: str) -> None:
    """Through a tunnel, and by an absolute address."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    call = f"{CURL} '{HAPYAK.replace('https', scheme)}'"
    done = run("hapyak", "--", "sh", "-c", f"{call} && {call}")
    assert (done.stdout, done.returncode) == ("202\n200\n", 0), done.stderr


def test_java_reaches_the_mock() -> None:
    """It knows neither proxy variables nor bundles: options of its own say the same."""
    java = shutil.which("java")
    if java is None or shutil.which("javac") is None:
        pytest.skip("there is no Java here that runs a source")
    source = f"""
import java.net.*;
public class Main {{
    public static void main(String[] arguments) throws Exception {{
        for (int i = 0; i < 2; i++) {{
            var call = (HttpURLConnection) URI.create("{HAPYAK}").toURL().openConnection();
            call.setRequestProperty("{KEY}", "my-key");
            System.out.println(call.getResponseCode());
        }}
    }}
}}
"""
    script = f"d=$(mktemp -d) && cat >$d/Main.java <<'END'\n{source}\nEND\n{java} $d/Main.java; rm -r $d"
    done = run("hapyak", "--", "sh", "-c", script)
    assert (done.stdout, done.returncode) == ("202\n200\n", 0), done.stderr


LIFECYCLES: Final = """
import gzip, requests
echo = "https://echo360.org.uk"
given = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
token = requests.post(f"{echo}/oauth2/access_token", data=given).json()["access_token"]
session = requests.Session()
session.headers["Authorization"] = f"Bearer {token}"
api = f"{echo}/public/api/v1/reporting/requests"
range = {"parameters": {"start": "2026-02-01", "end": "2026-02-08"}}
id = session.post(f"{api}/videoview", json=range).json()["requestId"]
session.get(f"{api}/{id}")
(link,) = session.get(f"{api}/{id}").json()["signedAssets"]
print(link.partition("?")[0].rpartition("/_storage/")[0])
print(len(gzip.decompress(requests.get(link).content).splitlines()) > 1)

khoros = "https://analytics-api.app.lithium.com/api/public/reports/report"
range = {"companyKey": "c", "reportFormat": "csv", "startTime": 1551441600000, "endTime": 1551451600000}
auth = ("me@example.com", "x")
found = requests.post(f"{khoros}/conversation", params=range, auth=auth).json()["result"]
print(found["statusUrl"].partition("/api/")[0])
status = found["statusUrl"]
while not found["downloadUrl"]:
    found = requests.get(status, auth=auth).json()["result"]["jobInfo"]
answer = requests.get(found["downloadUrl"], auth=auth)
print(answer.history[0].status_code, answer.status_code, answer.url.partition("/_storage/")[0])
"""


def test_signed_links_lead_to_a_storage_that_is_served_too() -> None:
    """From submission to file: addresses in answers are the vendors', and links another host's."""
    done = run_python(LIFECYCLES, "echo360", "khoros")
    assert done.stdout.splitlines() == [
        "https://reportmocks.s3.amazonaws.com",
        "True",
        "https://analytics-api.app.lithium.com",
        "307 200 https://reportmocks.s3.amazonaws.com",
    ], done.stderr


def test_the_storage_can_have_another_name() -> None:
    """For a client that goes by the name of the bucket."""
    code = LIFECYCLES.partition("\nkhoros =")[0]
    done = run_python(code, "--storage-url", "https://bucket.example", "echo360")
    assert done.stdout.splitlines() == ["https://bucket.example", "True"], done.stderr


def test_a_client_below_a_client_reaches_the_mock() -> None:
    """A shell script that calls programs is a client like any other."""
    code = f"import requests; print(requests.get({HAPYAK!r}, headers={{{KEY!r}: 'k'}}).status_code)"
    done = run("hapyak", "--", "sh", "-c", f'"{sys.executable}" -c "{code}"')
    assert done.stdout == "202\n", done.stderr
