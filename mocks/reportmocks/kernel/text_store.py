"""What is kept by name in the database of all state: words of the server's own, and long texts."""

import hashlib
import re
from typing import Final

from reportmocks.kernel.fault_store import FaultStore

META_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

_NAME: Final = re.compile("text [0-9a-f]{64}")
"""What long texts are called in the dials of sandboxes, which refer to them."""


class TextStore(FaultStore):
    """Keeps long texts once each, as long as a sandbox refers to them."""

    def __init__(self, where: str, schema: str, version: int) -> None:
        super().__init__(where, META_SCHEMA + schema, version)

    def _meta(self, key: str, value: str) -> str:
        """What is kept under a name: this, unless there is something already."""
        with self:
            self._run("INSERT OR IGNORE INTO meta VALUES (?, ?)", (key, value))
            stored: str = self._one("SELECT value FROM meta WHERE key = ?", (key,))[0]
        return stored

    def keep_text(self, text: str) -> str:
        """Store a long text once, however many refer to it; return what it is called."""
        name = f"text {hashlib.sha256(text.encode()).hexdigest()}"
        self._meta(name, text)
        return name

    def kept_text(self, name: str) -> str:
        """The text that is called so; an empty array of JSON where it was taken back a moment ago."""
        row = self._one("SELECT value FROM meta WHERE key = ?", (name,))
        return row[0] if row else "[]"

    def forget_texts(self, dials: str) -> None:
        """Forget the texts that these dials refer to, which are gone, and that no sandbox's do."""
        for name in set(_NAME.findall(dials)):
            self._run(
                "DELETE FROM meta WHERE key = ? AND NOT EXISTS (SELECT 1 FROM sandbox WHERE instr(dials, ?))",
                (name, name),
            )
