"""HapYak's reports: all of them engagement reports."""

from reportmocks.engagement import runs

TRAITS = runs.traits("hapyak", secret_names=True)
