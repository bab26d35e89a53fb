"""The drift between a contract and a server, for readers: a table for a terminal, JSON, JUnit XML."""

import json
from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree import ElementTree as ET

from reportcontracts.kit.render import xml_text
from reportcontracts.kit.verify import Finding, Word, summary
from reportcontracts.rules import load_rulebook

MARKS: Final = {Word.AGREES: "ok", Word.DIFFERS: "DIFFERS", Word.NOT_EXERCISED: "-"}


def line(finding: Finding) -> str:
    """One finding on a line."""
    seen = f": {finding.seen}" if finding.seen else ""
    return f"{MARKS[finding.word]:<8}{finding.rule:<34}{finding.what}{seen}"


def drift(findings: Sequence[Finding]) -> Iterator[str]:
    """What differs: documented, seen, and what was asked; and how much was looked at."""
    for finding in findings:
        if finding.word is Word.DIFFERS:
            rule = load_rulebook(finding.rule.partition(".")[0])[finding.rule]
            yield f"{rule.id} ({rule.evidence})"
            yield f"  the contract: {rule.statement}"
            yield f"  seen: {finding.seen}"
            yield from (f"    {exchange}" for exchange in finding.exchanges)
    words = summary(findings)
    counts = ", ".join(f"{sum(its is word for its in words.values())} {word}" for word in Word)
    yield f"{len(words)} rules: {counts}"


def as_json(vendor: str, base_url: str, findings: Sequence[Finding]) -> str:
    """Everything as JSON."""
    rules = {rule: str(word) for rule, word in summary(findings).items()}
    told = [finding.as_dict() for finding in findings]
    return (
        json.dumps({"vendor": vendor, "base_url": base_url, "rules": rules, "findings": told}, indent=2)
        + "\n"
    )


def junit(vendor: str, findings: Sequence[Finding]) -> str:
    """A test case for each finding, as JUnit has them; what was not exercised is skipped."""
    count = [sum(finding.word is word for finding in findings) for word in (Word.DIFFERS, Word.NOT_EXERCISED)]
    totals = {"tests": str(len(findings)), "failures": str(count[0]), "skipped": str(count[1]), "errors": "0"}
    suites = ET.Element("testsuites", totals)
    suite = ET.SubElement(suites, "testsuite", {"name": f"reportmocks.verify.{vendor}", **totals})
    for finding in findings:
        named = {"classname": finding.rule, "name": finding.what}
        case = ET.SubElement(suite, "testcase", named)
        if finding.word is Word.NOT_EXERCISED:
            ET.SubElement(case, "skipped", {"message": finding.seen})
        elif finding.word is Word.DIFFERS:
            failure = ET.SubElement(case, "failure", {"message": xml_text(finding.seen)})
            failure.text = xml_text("\n".join(finding.exchanges))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"
