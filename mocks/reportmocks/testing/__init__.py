"""For tests of client code: a server in a process of its own, and a sandbox of it as a Python object."""

from reportmocks.testing.mock import Mock
from reportmocks.testing.process import ServerProcess, StartError

__all__ = ["Mock", "ServerProcess", "StartError"]
