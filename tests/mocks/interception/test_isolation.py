"""A run in a network of its own, where even clients that know nothing of it come to the mocks."""

import shutil
import subprocess
import sys
from typing import Final

import pytest

from support.running import HAPYAK, run, told

TRY: Final = "from reportmocks.interception.isolation import isolate; isolate()"


@pytest.fixture(scope="module", autouse=True)
def _allowed() -> None:
    """Skip where the system gives no namespaces, and say so."""
    done = subprocess.run([sys.executable, "-c", TRY], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        pytest.skip(done.stderr.splitlines()[-1])


def test_clients_that_ask_for_no_proxy_come_to_the_vendors_ports() -> None:
    """By the name alone, and trusting what the system trusts."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    bare = "env -i curl -sS --noproxy '*' --fail -o /dev/null -w '%{http_code} ' -H 'X-Hapyak-API-Key: k'"
    script = f"{bare} '{HAPYAK}' && {bare} '{HAPYAK.replace('https', 'http')}'"
    done = run("--isolate", "hapyak", "--", "sh", "-c", script)
    assert (done.stdout, done.returncode) == ("202 200 ", 0), done.stderr


def test_nobody_else_can_be_reached() -> None:
    """There is no way out, for no program and on no port."""
    code = """
import errno, socket
with socket.socket() as connection:
    print(errno.errorcode[connection.connect_ex(("192.0.2.7", 5432))])
"""
    done = run("--isolate", "--", sys.executable, "-I", "-c", code)
    assert done.stdout == "ENETUNREACH\n"
    assert told(done)[0].startswith("nothing was asked")


def test_what_the_system_has_is_as_before() -> None:
    """Who one is, and the hosts of one's own."""
    before = subprocess.run(["id", "-u"], capture_output=True, text=True, check=True).stdout  # noqa: S607
    done = run("--isolate", "--", "sh", "-c", "id -u; getent hosts api.safer.me")
    uid, hosts = done.stdout.splitlines()
    assert uid == before.strip()
    assert hosts.split()[0] == "127.0.0.1"
