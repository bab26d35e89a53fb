"""How faithful the mocks are, in numbers and in words: the rulebook by evidence, and what is not emulated."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reportcontracts.catalogue import Catalogue, load_catalogue
from reportcontracts.omissions import load_omissions
from reportcontracts.rules import Kind, Rule, load_rulebook
from reportcontracts.switches import Evidence, Switch

MEANINGS: Final[Mapping[Evidence, str]] = {
    Evidence.DOCUMENTED: "the vendor's own text says it",
    Evidence.OBSERVED: "the vendor's own sample, or public client code that works with the service, shows it",
    Evidence.INFERRED: "it follows from what is documented or observed",
    Evidence.ASSUMED: "nothing public says it; somebody had to choose",
}
"""What each word of evidence stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """How much of a vendor's mock is how well known."""

    vendor: str
    rules: Mapping[Evidence, int]
    """How many rules have each evidence."""
    columns: Mapping[Evidence, int]
    """How many columns, of all reports together."""
    omissions: int
    """How much is knowingly not emulated."""

    @classmethod
    def of(cls, vendor: str) -> "Fidelity":
        """A vendor's, counted in its contracts."""
        columns = (column for report in load_catalogue(vendor).values() for column in report.columns)
        return cls(
            vendor=vendor,
            rules=_counted(rule.evidence for rule in load_rulebook(vendor).values()),
            columns=_counted(column.evidence for column in columns),
            omissions=len(load_omissions(vendor)),
        )

    def as_dict(self) -> dict[str, object]:
        """It for JSON."""
        return {
            "vendor": self.vendor,
            "rules": {str(evidence): count for evidence, count in self.rules.items()},
            "columns": {str(evidence): count for evidence, count in self.columns.items()},
            "not-emulated": self.omissions,
        }


def summary(vendors: Iterable[str], link: str = "docs/rules/{}.md") -> str:
    """A table in Markdown with a line for each vendor; `link` leads from its name to its page."""
    lines = [
        "| vendor | rules | " + " | ".join(Evidence) + " | not emulated | columns documented or observed |"
    ]
    lines.append("|---" * (len(Evidence) + 4) + "|")
    for its in map(Fidelity.of, vendors):
        sure = its.columns[Evidence.DOCUMENTED] + its.columns[Evidence.OBSERVED]
        cells = [f"[{its.vendor}]({link.format(its.vendor)})", sum(its.rules.values()), *its.rules.values()]
        cells += [its.omissions, f"{sure} of {sum(its.columns.values())}"]
        lines.append(_line(cells))
    return "\n".join(lines) + "\n"


def limits(vendors: Iterable[str]) -> str:
    """A table in Markdown of every limit with a number: its rule, the number, what it says, its evidence.

    The evidence is that of the number, which may be less sure than the limit.
    """
    lines = ["| rule | number | | evidence |", "|---|---|---|---|"]
    for vendor in vendors:
        for rule in load_rulebook(vendor).values():
            if rule.kind is Kind.LIMIT:
                number = rule.switches["value"]
                unit = f" {number.unit}" if number.unit else ""
                cells = [f"`{rule.id}`", f"{number.default:,}{unit}", rule.statement, number.evidence]
                lines.append(_line(cells))
    return "\n".join(lines) + "\n"


def page(vendor: str, evidence: Iterable[Evidence] = Evidence) -> str:
    """A vendor's rulebook in Markdown: rules by evidence, surest first, and what is not emulated."""
    chosen = list(evidence)
    parts = [f"# {load_catalogue(vendor).api.title}: the rules\n", *_rules(vendor, chosen)]
    if set(chosen) == set(Evidence):
        parts += [_columns(load_catalogue(vendor)), _not_emulated(vendor)]
    return "\n".join(parts)


def switch_text(switch: Switch) -> str:
    """A switch with its default and what it takes, in a few words: `status = 403 (400, 401, 403)`."""
    allowed = "" if isinstance(switch.default, bool) else f" ({switch.allowed})"
    return f"{switch.name} = {value_text(switch.default)}{allowed}"


def value_text(value: object) -> str:
    """A switch's value as a command line and TOML have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rules(vendor: str, chosen: list[Evidence]) -> Iterator[str]:
    rules = load_rulebook(vendor).values()
    for evidence in Evidence:
        its = [rule for rule in rules if rule.evidence is evidence]
        if evidence not in chosen or not its:
            continue
        yield f"## {str(evidence).capitalize()}: {len(its)}\n\n{MEANINGS[evidence].capitalize()}.\n"
        yield "| rule | what it says | source | switches |\n|---|---|---|---|"
        yield "\n".join(_rule(rule) for rule in its) + "\n"


def _rule(rule: Rule) -> str:
    switches = "<br>".join(
        f"`{switch_text(switch)}`{_differs(rule, switch)}" for switch in rule.switches.values()
    )
    return _line([f"`{rule.id}`", rule.statement, rule.source, switches])


def _differs(rule: Rule, switch: Switch) -> str:
    """The evidence of a switch's default, where it is not that of its rule."""
    return "" if switch.evidence is rule.evidence else f" {switch.evidence}"


def _columns(catalogue: Catalogue) -> str:
    lines = ["## Columns\n", f"| report | {' | '.join(Evidence)} |", "|---" * (len(Evidence) + 1) + "|"]
    for report in catalogue.values():
        counts = _counted(column.evidence for column in report.columns)
        lines.append(_line([f"`{report.name}`", *counts.values()]))
    return "\n".join(lines) + "\n"


def _not_emulated(vendor: str) -> str:
    lines = ["## Not emulated\n", "| what | why | what a client meets | source |", "|---|---|---|---|"]
    lines += [_line(its.as_dict()[key] for key in ("what", "reason", "instead", "source"))
              for its in load_omissions(vendor)]  # fmt: skip
    return "\n".join(lines) + "\n"


def _counted(evidence: Iterable[Evidence]) -> dict[Evidence, int]:
    """How often each word comes, none left out."""
    counts = Counter(evidence)
    return {word: counts[word] for word in Evidence}


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell).replace('|', '&#124;') for cell in cells)} |"
