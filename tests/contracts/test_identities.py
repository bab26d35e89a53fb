"""Credentials by vendor, as programs and environments have them."""

import pytest

from reportcontracts.identities import IDENTITIES, credentials, environment
from reportcontracts.names import VENDORS


def test_every_vendor_has_an_identity() -> None:
    """A vendor without one could not be driven by the kit."""
    assert tuple(IDENTITIES) == VENDORS


@pytest.mark.parametrize("vendor", VENDORS)
def test_one_credential_is_the_sandbox(vendor: str) -> None:
    """The one that differs from test to test; no other changes with it."""
    one, other = credentials(vendor, "one"), credentials(vendor, "other")
    assert [name for name in one if one[name] != other[name]] == [IDENTITIES[vendor].sandbox]


def test_variables_are_named_after_the_vendor() -> None:
    """A prefix for each, so that the variables of several vendors stand beside each other."""
    given = credentials("echo360", "a-test")
    assert environment("echo360", "http://localhost/echo360", given) == {
        "ECHO360_BASE_URL": "http://localhost/echo360",
        "ECHO360_CLIENT_ID": "a-test",
        "ECHO360_CLIENT_SECRET": "a-secret",
    }
