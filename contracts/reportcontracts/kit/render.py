"""Findings and verdicts for readers: a table for a terminal, Markdown, JUnit XML, JSON."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.etree import ElementTree as ET

from reportcontracts.kit.client_rules import ClientRule
from reportcontracts.rules import load_rulebook

MARKS: Final = {"passed": "pass", "failed": "FAIL", "not exercised": "-"}


def finding_lines(rule: ClientRule, vendor: str, finding: Mapping[str, Any]) -> Iterator[str]:
    """A failure told in full: the rule, what the vendor says, what the client did, how to see it again."""
    yield f"{rule.id} ({rule.severity}): {rule.sentence}"
    yield f"  why: {rule.reason}"
    rulebook = load_rulebook(vendor)
    for name in rule.on.get(vendor, ()):
        yield f"  {name} ({rulebook[name].evidence}): {rulebook[name].statement}"
    yield f"  in the story {finding['story']}: {finding['title']}"
    for line in str(finding["what"]).splitlines():
        yield f"  ! {line}"
    yield "  what the client did, by the sandbox's clock:"
    yield from (f"  {line}" for line in finding["requests"])
    if finding["replay"]:
        yield "  again, by hand:"
        yield from (f"    {line}" for line in finding["replay"])
    yield f"  the same story: {finding['reproduce']}"


def text(verdict: Mapping[str, Any]) -> str:
    """The verdict as a table for a terminal, failures first told and then counted."""
    rows = [
        (MARKS[its["verdict"]] + ("*" if its["known"] else ""), its["rule"], its["severity"], its["evidence"])
        for its in verdict["rules"]
    ]
    widths = [max(len(row[place]) for row in [*rows, ("", "", "", "")]) for place in range(4)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([*lines, "", *_counted(verdict)])


def _counted(verdict: Mapping[str, Any]) -> Iterator[str]:
    counts = verdict["counts"]
    yield f"{verdict['vendor']}: {'passed' if verdict['passed'] else 'FAILED'}: " + ", ".join(
        f"{count} {word}" for word, count in counts.items()
    )
    for story, needs in verdict["not_run"].items():
        yield f"not run: {story} needs {', '.join(needs)}"
    if verdict["open"]:
        yield f"not ended: {verdict['open']} cases"


def markdown(verdict: Mapping[str, Any]) -> str:
    """The verdict as a job summary."""
    name = verdict.get("client") or f"{verdict['vendor']} client"
    lines = [
        f"## {name}: {'passed' if verdict['passed'] else 'failed'}",
        "",
        "| rule | verdict | severity | evidence | |",
        "|---|---|---|---|---|",
    ]
    for its in verdict["rules"]:
        what = its["failures"][0]["what"].splitlines()[0] if its["failures"] else its["sentence"]
        cells = (f"`{its['rule']}`", its["verdict"], its["severity"], its["evidence"], what)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, "", *_counted(verdict)]) + "\n"


def junit(*verdicts: Mapping[str, Any]) -> str:
    """Verdicts as JUnit XML: a test case for each rule; one that was not exercised is skipped."""
    suites = ET.Element("testsuites")
    for verdict in verdicts:
        _suite(suites, verdict)
    for count in ("tests", "failures", "skipped", "errors"):
        suites.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _suite(suites: ET.Element, verdict: Mapping[str, Any]) -> None:
    """One verdict's test cases; where several clients are judged, each verdict has the client's name."""
    name = f"reportmocks.{verdict.get('client', verdict['vendor'])}"
    rules = verdict["rules"]
    failing = [its for its in rules if its["fails_verdict"]]
    skipped = [its for its in rules if its["verdict"] == "not exercised"]
    counts = {
        "tests": str(len(rules)),
        "failures": str(len(failing)),
        "skipped": str(len(skipped)),
        "errors": "0",
    }
    suite = ET.SubElement(suites, "testsuite", {"name": name, **counts})
    for its in rules:
        case = ET.SubElement(suite, "testcase", {"classname": name, "name": its["rule"]})
        if its in skipped:
            ET.SubElement(case, "skipped", {"message": "not exercised"})
        elif its["failures"]:
            told = "\n\n".join("\n".join(_short(failure)) for failure in its["failures"])
            kind = "failure" if its in failing else "system-out"
            part = ET.SubElement(case, kind, {"message": its["sentence"]} if its in failing else {})
            part.text = xml_text(told)


def _short(failure: Mapping[str, Any]) -> Iterator[str]:
    yield f"{failure['story']}: {failure['title']}"
    yield failure["what"]
    yield from failure["requests"]
    yield from failure["replay"]
    yield f"the same story: {failure['reproduce']}"


def xml_text(told: str) -> str:
    """A text without the control characters that XML cannot hold."""
    return "".join(sign if sign in "\n\t" or sign >= " " else "\ufffd" for sign in told)


def as_json(verdict: Mapping[str, Any]) -> str:
    """The verdict as JSON."""
    return json.dumps(verdict, indent=2, ensure_ascii=False) + "\n"
