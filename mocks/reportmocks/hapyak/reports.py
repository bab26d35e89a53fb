"""HapYak's reports: all of them engagement reports."""

from dataclasses import replace

from reportmocks.engagement import runs
from reportmocks.engagement.bounds import read_days

TRAITS = replace(runs.traits("hapyak", secret_names=True), bounds=read_days)
