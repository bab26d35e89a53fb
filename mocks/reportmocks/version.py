"""The version, as a constant: asking the installed package for it costs a tenth of the whole start."""

from typing import Final

VERSION: Final = "0.1.0"
