"""Rows with a mistake in them, for mutants."""

import csv
import io
import json
from collections.abc import Callable, Iterator

from reportfixtures import Encoding, Rows
from reportfixtures.encoding import Cell

Table = tuple[list[str], list[list[Cell]]]
"""A header and its rows."""
Edit = Callable[[list[str], list[list[Cell]]], Table]


class Edited(Rows):
    """Rows after an edit of their table, in the formats of `formats`."""

    def __init__(self, rows: Rows, edit: Edit, formats: tuple[str, ...] = ("csv", "json")) -> None:
        self._rows, self._edit, self._formats = rows, edit, formats
        self.columns = rows.columns

    @property
    def count(self) -> int:
        """As before."""
        return self._rows.count

    def head(self, limit: int) -> Rows:
        """The first rows, edited."""
        return Edited(self._rows.head(limit), self._edit, self._formats)

    def length(self, encoding: Encoding) -> int:
        """Of what `chunks` gives."""
        return sum(map(len, self.chunks(encoding)))

    def chunks(self, encoding: Encoding) -> Iterator[bytes]:
        """The table, edited."""
        body = b"".join(self._rows.chunks(encoding))
        if encoding.format not in self._formats:
            yield body
        elif encoding.format == "json":
            held = json.loads(body)
            header, lines = self._edit(list(held[0]) if held else [], [list(row.values()) for row in held])
            yield json.dumps([dict(zip(header, line, strict=True)) for line in lines]).encode()
        else:
            quoting = csv.QUOTE_NONNUMERIC if encoding.quote == "nonnumeric" else csv.QUOTE_MINIMAL
            held = list(csv.reader(io.StringIO(body.decode(), newline=""), delimiter=encoding.delimiter))
            header, lines = self._edit(held[0], held[1:])
            text = io.StringIO(newline="")
            writer = csv.writer(
                text, delimiter=encoding.delimiter, quoting=quoting, lineterminator=encoding.newline
            )
            writer.writerows([*([header] if header else []), *lines])
            yield text.getvalue().encode()

    def records(self) -> Iterator[dict[str, Cell]]:
        """As before: they are not what clients get."""
        return self._rows.records()
