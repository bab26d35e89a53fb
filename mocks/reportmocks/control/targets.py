"""Which sandboxes a control call is about: those that `?vendor=` and `?sandbox=` name, or all."""

from collections.abc import Callable, Container
from dataclasses import dataclass

from flask import request

from reportmocks.control.errors import ControlError, bad_field, unknown
from reportmocks.kernel.core import Kernel
from reportmocks.kernel.sandbox import TEMPLATE, Sandbox


@dataclass(frozen=True, slots=True)
class Target:
    """The vendors and the sandbox that a call names; `sandbox` is `None` where it names none."""

    vendors: tuple[str, ...]
    sandbox: str | None

    named: bool = False
    """Whether the call names a vendor."""

    @property
    def vendor_named(self) -> str | None:
        """The vendor that the call names, if it names one."""
        return self.vendors[0] if self.named else None

    @property
    def vendor(self) -> str | None:
        """The one vendor, if it is one."""
        return self.vendors[0] if len(self.vendors) == 1 else None


def target(kernel: Kernel, *more: str, repeatable: Container[str] = ()) -> Target:
    """What the current call is about; a parameter other than `vendor`, `sandbox` and `more` is refused.

    So are several values of one, but for the `repeatable` ones.
    """
    allowed = ("vendor", "sandbox", *more)
    for name, values in request.args.lists():
        if name not in allowed:
            raise unknown("parameter", name, allowed, status=422)
        if len(values) > 1 and name not in repeatable:
            raise bad_field(name, values, "one value")
    vendor = request.args.get("vendor")
    if vendor is not None and vendor not in kernel.traits:
        raise unknown("vendor", vendor, kernel.traits, status=422)
    sandbox = request.args.get("sandbox")
    if sandbox == TEMPLATE:
        raise ControlError(
            status=422, kind="bad-value", detail="sandbox: empty", members={"field": "sandbox"}
        )
    if sandbox is not None and vendor is not None:
        sandbox = kernel.named(vendor, sandbox)
        if sandbox is None:
            raise unknown("sandbox", request.args["sandbox"], kernel.sandboxes.names(vendor))
    return Target((vendor,) if vendor else tuple(kernel.traits), sandbox, named=vendor is not None)


def readable(kernel: Kernel, at: Target) -> list[Sandbox]:
    """The sandboxes to tell of; where there is none yet, what new ones of each vendor start with."""
    wall = kernel.wall()
    found = [
        kernel.sandboxes.peek(vendor, name, wall)
        for vendor in at.vendors
        for name in ([at.sandbox] if at.sandbox is not None else kernel.sandboxes.names(vendor))
        if at.sandbox is None or at.vendor is not None or name in kernel.sandboxes.names(vendor)
    ]
    if found:
        return found
    if at.sandbox is not None:
        raise no_sandbox(kernel, at)
    return [kernel.sandboxes.peek(vendor, TEMPLATE, wall) for vendor in at.vendors]


def writable(kernel: Kernel, at: Target) -> list[Sandbox]:
    """The sandboxes to change: the named one, made if need be, or all and what new ones start with."""
    wall = kernel.wall()
    if at.sandbox is None:
        names = [
            (vendor, name) for vendor in at.vendors for name in (TEMPLATE, *kernel.sandboxes.names(vendor))
        ]
    elif at.vendor is not None:
        names = [(at.vendor, at.sandbox)]
    else:
        names = [
            (vendor, at.sandbox) for vendor in at.vendors if at.sandbox in kernel.sandboxes.names(vendor)
        ]
        if not names:
            raise no_sandbox(kernel, at)
    return [kernel.sandboxes.open(vendor, name, wall) for vendor, name in names]


def each(kernel: Kernel, at: Target, change: Callable[[Sandbox], None]) -> list[Sandbox]:
    """Change every sandbox that the call is about, all of them or none; return them as they are then."""
    with kernel.store:
        changed = writable(kernel, at)
        for sandbox in changed:
            change(sandbox)
        return [kernel.sandboxes.peek(sandbox.vendor, sandbox.name, sandbox.wall) for sandbox in changed]


def label(sandbox: Sandbox) -> str | None:
    """The sandbox's name as JSON tells it; `None` stands for what new sandboxes start with."""
    return None if sandbox.name == TEMPLATE else sandbox.name


def no_sandbox(kernel: Kernel, at: Target) -> ControlError:
    """The refusal of a sandbox that was never used and whose vendor is not named."""
    known = [f"{vendor}/{name}" for vendor in at.vendors for name in kernel.sandboxes.names(vendor)]
    return unknown("sandbox", at.sandbox or "", known)
