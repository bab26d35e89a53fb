"""What an application wants the relay to do to one of its answers."""

import json
from dataclasses import asdict, dataclass
from typing import Final

ORDER: Final = "reportmocks.order"
"""The key of the WSGI environ under which a request's `Order` waits for the server to send it along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be done to an answer: nothing, by default. Times are milliseconds."""

    wait: int = 0
    """Before its first byte."""
    reset: bool = False
    """Reset the connection instead of it."""
    cut: int | None = None
    """Close the connection after so many bytes of its body."""
    size: int = 0
    """Send the body in pieces of so many bytes; 0 is as it comes."""
    interval: int = 0
    """Between two pieces."""
    bare: bool = False
    """It has no body, whatever its headers say: the answer to a HEAD."""

    def dumps(self) -> str:
        """This order as the value of a header: only what differs from nothing."""
        return json.dumps({name: value for name, value in asdict(self).items() if value != _NOTHING[name]})

    @classmethod
    def loads(cls, text: str) -> "Order":
        """The order that `dumps` wrote."""
        return cls(**json.loads(text))


_NOTHING: Final = asdict(Order())
