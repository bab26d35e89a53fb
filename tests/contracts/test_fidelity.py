"""What is told of the mocks' fidelity, and the documents that tell it."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from reportcontracts import fidelity
from reportcontracts.errors import ContractError, UnknownName
from reportcontracts.names import VENDORS
from reportcontracts.omissions import load_omissions, parse_omissions
from reportcontracts.rules import Evidence, load_rulebook

ROOT = Path(__file__).resolve().parents[2]
GOOD = '[[omission]]\nwhat = "a"\nreason = "b"\ninstead = "c"\nsource = "d"\n'


@pytest.mark.parametrize(("word", "table"), [("fidelity", fidelity.summary), ("limits", fidelity.limits)])
def test_the_readme_has_the_tables_of_the_rulebooks(word: str, table: Callable[[Iterable[str]], str]) -> None:
    """Run `scripts/fidelity` after changing a rulebook."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"<!-- {word}:[^>]*-->\n(.*?)<!-- end of {word} -->", readme, re.DOTALL)
    assert block == table(VENDORS)


def test_a_limit_is_as_sure_as_its_number() -> None:
    """khoros.presigned-life: that links are short-lived is documented, and how long they live is not."""
    (line,) = [line for line in fidelity.limits(["khoros"]).splitlines() if "presigned-life" in line]
    assert "| 60 seconds |" in line
    assert line.endswith("| assumed |")


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_vendor_has_its_page(vendor: str) -> None:
    """Run `scripts/fidelity` after changing a rulebook, a catalogue or what is not emulated."""
    page = ROOT / "docs" / "rules" / f"{vendor}.md"
    assert page.read_text(encoding="utf-8") == fidelity.page(vendor)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_page_tells_every_rule_under_its_evidence(vendor: str) -> None:
    """The rules of the rulebook, each once, and the counts are theirs."""
    page = fidelity.page(vendor)
    told: dict[str, str] = {}
    for head, section in re.findall(r"^## (\w+): \d+\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL):
        told |= dict.fromkeys(re.findall(r"^\| `([^`]+)`", section, re.MULTILINE), head.lower())
    assert told == {rule.id: str(rule.evidence) for rule in load_rulebook(vendor).values()}
    counted = Counter(rule.evidence for rule in load_rulebook(vendor).values())
    assert fidelity.Fidelity.of(vendor).rules == {word: counted[word] for word in Evidence}


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_not_emulated_is_told_with_a_reason(vendor: str) -> None:
    """And rules that it names are in the rulebook."""
    page, omissions = fidelity.page(vendor), load_omissions(vendor)
    assert omissions
    for omission in omissions:
        assert omission.what in page
        assert omission.reason in page
        named = re.findall(rf"\b{vendor}\.[a-z-]+\b", " ".join(map(str, omission.as_dict().values())))
        assert set(named) <= set(load_rulebook(vendor))


@pytest.mark.parametrize("vendor", VENDORS)
def test_markdown_tables_have_the_cells_of_their_heads(vendor: str) -> None:
    """A bar in a sentence would tear a row apart."""
    for table in re.findall(r"(?:^\|.*\n)+", fidelity.page(vendor), re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (GOOD + GOOD, "there are two of 'a'"),
        (GOOD.replace("reason", "reasn"), "reason"),
        (GOOD + 'why = "x"\n', "why"),
        (GOOD.replace('"b"', "1"), "not a string"),
    ],
)
def test_a_mistake_in_omissions_is_refused(text: str, part: str) -> None:
    """With the file and what is wrong."""
    with pytest.raises(ContractError, match=r"v/omissions\.toml") as refused:
        parse_omissions(text, origin="v/omissions.toml")
    assert part in str(refused.value)


def test_an_unknown_vendor_has_no_omissions() -> None:
    """As everywhere in the contracts."""
    with pytest.raises(UnknownName):
        load_omissions("hapyk")
