"""Leads a Python client to the mocks when it does not ask for a proxy.

Run by every Python process below `reportmocks run`, before the program's own first line. It imports nothing of
ours: it works in any environment. The vendors' names resolve to the proxy, all others but this machine's and
those that are let through are refused, and whatever authorities a client trusts, it trusts the mocks' as well.
"""

import json
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))


def _intercept(told):
    import errno
    import socket
    import ssl
    from fnmatch import fnmatchcase
    from ipaddress import ip_address

    port, ours, allowed = told["port"], frozenset(told["hosts"]), tuple(told["allowed"])
    resolved = set()  # addresses of hosts that are let through
    getaddrinfo, gethostbyname = socket.getaddrinfo, socket.gethostbyname
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    load = ssl.SSLContext.load_verify_locations

    def plain(host):
        text = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else str(host)
        return text.partition("%")[0].rstrip(".").lower()

    def is_here(name):
        try:
            address = ip_address(name)
        except ValueError:
            return name in ("", "localhost") or name.endswith(".localhost")
        return address.is_loopback or address.is_unspecified

    def is_let_through(name):
        return name in resolved or any(fnmatchcase(name, pattern) for pattern in allowed)

    def refuse(name):
        try:
            with open(told["refusals"], "a") as file:
                file.write(name + "\n")
        except OSError:
            pass  # the run is over
        return (
            "reportmocks: %s is not a host of the mocked vendors; --allow-hosts %s would let it through"
            % (name, name)
        )

    def led_getaddrinfo(host, service, *args, **more):
        name = None if host is None else plain(host)
        if name in ours:
            return getaddrinfo("127.0.0.1", port, *args, **more)
        if name is None or is_here(name) or is_address(name):
            return getaddrinfo(host, service, *args, **more)
        if not is_let_through(name):
            raise socket.gaierror(socket.EAI_NONAME, refuse(name))
        found = getaddrinfo(host, service, *args, **more)
        resolved.update(plain(entry[4][0]) for entry in found)
        return found

    def is_address(name):
        try:
            ip_address(name)
        except ValueError:
            return False
        return True

    def led_gethostbyname(host):
        return led_getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]

    def led(self, address):
        """Where a connection goes that is meant for `address`."""
        internet = self.family in (socket.AF_INET, socket.AF_INET6)
        if not internet or not isinstance(address, tuple) or not self.type & socket.SOCK_STREAM:
            return address
        name = plain(address[0])
        if name in ours:
            return ("127.0.0.1", port) if self.family == socket.AF_INET else ("::ffff:127.0.0.1", port)
        if is_here(name) or is_let_through(name):
            return address
        raise ConnectionRefusedError(errno.ECONNREFUSED, refuse(name))

    def led_connect(self, address):
        return connect(self, led(self, address))

    def led_connect_ex(self, address):
        try:
            address = led(self, address)
        except ConnectionRefusedError as error:
            return error.errno
        return connect_ex(self, address)

    def load_verify_locations(self, *args, **more):
        load(self, *args, **more)
        try:
            load(self, told["ca"])
        except OSError:
            pass  # the run is over

    socket.getaddrinfo, socket.gethostbyname = led_getaddrinfo, led_gethostbyname
    socket.socket.connect, socket.socket.connect_ex = led_connect, led_connect_ex
    ssl.SSLContext.load_verify_locations = load_verify_locations


def _go_on():
    """Run the `sitecustomize` that would have been found without this one."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    elsewhere = [path for path in sys.path if os.path.abspath(path or os.curdir) != _HERE]
    spec = PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is not None and spec.loader is not None:
        sys.modules["sitecustomize"] = module = module_from_spec(spec)
        spec.loader.exec_module(module)


if os.environ.get("REPORTMOCKS_INTERCEPT"):
    _intercept(json.loads(os.environ["REPORTMOCKS_INTERCEPT"]))
_go_on()
