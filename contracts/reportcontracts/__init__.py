"""The promises of five reporting APIs as data: rules, reports and schemas, and what reads them."""

from reportcontracts.catalogue import Catalogue, load_catalogue
from reportcontracts.errors import ContractError, SwitchError, UnknownName, UnknownRule
from reportcontracts.names import VENDORS
from reportcontracts.rules import Evidence, Rule, Rulebook, RuleValues, Switch, load_rulebook

__all__ = [
    "VENDORS",
    "Catalogue",
    "ContractError",
    "Evidence",
    "Rule",
    "RuleValues",
    "Rulebook",
    "Switch",
    "SwitchError",
    "UnknownName",
    "UnknownRule",
    "load_catalogue",
    "load_rulebook",
]
