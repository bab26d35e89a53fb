"""Every vendor is whole, and who adds one is told what is missing."""

import pytest

from reportcontracts.names import VENDORS
from support.completeness import GUIDE, PARTS, missing_parts


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_is_whole(vendor: str) -> None:
    """Half a vendor would be found out by whoever uses the other half."""
    assert list(missing_parts(vendor)) == []


def test_a_vendor_that_is_not_begun_lacks_everything() -> None:
    """The list above cannot be empty because nothing is looked at."""
    assert len(list(missing_parts("acme"))) == len(PARTS)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.where)
def test_the_guide_names_every_part(part: object) -> None:
    """Whoever follows `docs/adding-a-vendor.md` has then written all of it."""
    where = getattr(part, "where", "").partition(",")[0].replace("{vendor}", "<vendor>")
    assert where in GUIDE.read_text(encoding="utf-8")
