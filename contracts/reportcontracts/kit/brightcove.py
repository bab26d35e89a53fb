"""Brightcove Interactivity as the kit knows it: engagement reports."""

from typing import Final

from reportcontracts.kit import engagement
from reportcontracts.kit.profile import Profile

PROFILE: Final[Profile] = engagement.profile("brightcove")
