"""Jobs, limits and rules as JSON tells them."""

from typing import Any

from reportcontracts.rules import Kind, Rule
from reportmocks.control.targets import label
from reportmocks.kernel.clock import iso
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.jobs import Job
from reportmocks.kernel.sandbox import Sandbox


def job(kernel: Kernel, sandbox: Sandbox, its: Job) -> dict[str, Any]:
    """A job at the sandbox's instant."""
    leaves = its.leaves()
    phase = its.state_at(sandbox.now)
    return {
        "vendor": its.vendor,
        "sandbox": its.sandbox,
        "number": its.number,
        "id": its.id,
        "report": its.report,
        "phase": str(phase),
        "status": kernel.traits[its.vendor].words[phase],
        "submitted": iso(its.submitted),
        "finishes": None if leaves is None else iso(leaves),
        "polls": its.polls,
        "request": dict(its.request),
    }


def limits(kernel: Kernel, sandbox: Sandbox) -> list[dict[str, Any]]:
    """Every limit of a sandbox's vendor, with what is used of it where something can be used up."""
    its = usable(kernel, sandbox.vendor)
    return [limit(sandbox, rule, its) for rule in sandbox.rules.rulebook.values() if rule.kind is Kind.LIMIT]


def usable(kernel: Kernel, vendor: str) -> dict[str, Any]:
    """The limits of which something can be used up, by rule."""
    return {limit.rule: limit for limit in kernel.traits[vendor].limits}


def limit(sandbox: Sandbox, rule: Rule, usable: dict[str, Any]) -> dict[str, Any]:
    """One limit of a sandbox."""
    use = usable[rule.id].use(sandbox) if rule.id in usable else None
    return {
        "vendor": sandbox.vendor,
        "sandbox": label(sandbox),
        "rule": rule.id,
        "value": sandbox.rules(rule.id),
        "unit": rule.switches["value"].unit,
        "enabled": sandbox.rules.flag(rule.id),
        "used": use.used if use else None,
        "used_by": list(use.by) if use else [],
        "frees": iso(use.frees) if use and use.frees is not None else None,
    }


def rule(sandbox: Sandbox, its: Rule) -> dict[str, Any]:
    """A rule with the values that a sandbox goes by."""
    return {
        **its.as_dict(),
        "vendor": its.vendor,
        "sandbox": label(sandbox),
        "values": dict(sandbox.rules.of(its.id)),
    }
