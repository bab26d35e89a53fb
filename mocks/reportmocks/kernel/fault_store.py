"""The faults that are planned for sandboxes, in the database of all state."""

from dataclasses import dataclass
from typing import Final

from reportmocks.kernel.database import Database

FAULT_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS fault (
    vendor TEXT NOT NULL, sandbox TEXT NOT NULL, position INTEGER PRIMARY KEY, id TEXT NOT NULL,
    told TEXT NOT NULL, met INTEGER NOT NULL, struck INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS fault_of_sandbox ON fault (vendor, sandbox, position);
"""


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A fault as it is kept: its JSON, the calls that it fitted so far, and those that it struck."""

    told: str
    met: int
    struck: int


class FaultStore(Database):
    """Keeps the faults of sandboxes in their order, each with its counts."""

    def __init__(self, where: str, schema: str, version: int) -> None:
        super().__init__(where, schema + FAULT_SCHEMA, version)
        self._any_faults: bool | None = None

    @property
    def any_faults(self) -> bool:
        """Whether there is a fault in any sandbox: most servers have none, and no call pays for them."""
        found = self._any_faults
        if found is None:
            with self._lock:
                found = self._one("SELECT 1 FROM fault LIMIT 1", ()) is not None
                if self._depth == 0:
                    self._any_faults = found
        return found

    def add_fault(self, vendor: str, sandbox: str, fault_id: str, told: str) -> None:
        """Store a fault behind those that are there."""
        with self._lock:
            self._run(
                "INSERT INTO fault (vendor, sandbox, id, told, met, struck) VALUES (?, ?, ?, ?, 0, 0)",
                (vendor, sandbox, fault_id, told),
            )
            self._any_faults = None

    def faults(self, vendor: str, sandbox: str) -> list[FaultRow]:
        """The faults of a sandbox, in the order in which they were added."""
        rows = self._all(
            "SELECT told, met, struck FROM fault WHERE vendor = ? AND sandbox = ? ORDER BY position",
            (vendor, sandbox),
        )
        return [FaultRow(*row) for row in rows]

    def count_fault(self, vendor: str, sandbox: str, fault_id: str, *, struck: bool) -> None:
        """Count a call that a fault fitted, and whether the fault did something to it."""
        self._run(
            "UPDATE fault SET met = met + 1, struck = struck + ? WHERE vendor = ? AND sandbox = ? AND id = ?",
            (int(struck), vendor, sandbox, fault_id),
        )

    def drop_fault(self, vendor: str, sandbox: str, fault_id: str | None = None) -> int:
        """Forget one fault of a sandbox, or all of them; return how many they were."""
        with self._lock:
            gone = self._run(
                "DELETE FROM fault WHERE vendor = ? AND sandbox = ? AND id = coalesce(?, id)",
                (vendor, sandbox, fault_id),
            )
            self._any_faults = None
        return gone

    def copy_faults(self, vendor: str, sandbox: str, to: str) -> None:
        """Plan the faults of one sandbox for another, with nothing counted."""
        with self._lock:
            self._run(
                "INSERT INTO fault (vendor, sandbox, id, told, met, struck)"
                " SELECT vendor, ?, id, told, 0, 0 FROM fault WHERE vendor = ? AND sandbox = ?"
                " ORDER BY position",
                (to, vendor, sandbox),
            )
            self._any_faults = None
