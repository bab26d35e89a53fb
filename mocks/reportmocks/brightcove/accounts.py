"""The account that a report is on: any number is one that the client's token covers."""

import re
from typing import Final

from reportmocks.kernel.refusals import (
    BadParameter,
    Forbidden,
    MissingParameter,
    NotFound,
    Refusal,
    Unauthenticated,
)
from reportmocks.kernel.remedies import Change, Remedy
from reportmocks.kernel.sandbox import Sandbox

RULE: Final = "brightcove.wrong-account"
AN_ACCOUNT: Final = "123456789"
_NUMBER: Final = re.compile("[0-9]{1,20}")


def check(sandbox: Sandbox, account: str | None) -> None:
    """See that the token covers an account, which may be missing unless a rule says otherwise.

    Raises:
        MissingParameter: There is none, and there must be.
        Refusal: The token does not cover it.
    """
    if account is None:
        if sandbox.rules.flag("brightcove.account", "required"):
            raise MissingParameter(
                rule="brightcove.account",
                name="account_id",
                expected="the account that the report is on",
                valid=AN_ACCOUNT,
            )
    elif not _NUMBER.fullmatch(account):
        raise _not_covered(sandbox, account)


def _not_covered(sandbox: Sandbox, account: str) -> Refusal:
    """The refusal, of the kind that its status is of."""
    status, reason = sandbox.rules.number(RULE, "status"), "the token does not cover the account"
    number = Remedy(changes=(Change("account_id", AN_ACCOUNT, "present"),), path=(account, AN_ACCOUNT))
    if status == 400:
        return BadParameter(
            rule=RULE, name="account_id", given=account, expected="a number", suggested=number
        )
    if status == 403:
        return Forbidden(rule=RULE, reason=reason, suggested=number)
    if status == 404:
        return NotFound(rule=RULE, kind="Account", name=account, suggested=number)
    return Unauthenticated(rule=RULE, reason=reason, suggested=number)
