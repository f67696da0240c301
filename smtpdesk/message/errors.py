"""What can go wrong between a template and the bytes, told with file, line and row."""

from __future__ import annotations

from smtpdesk.base.errors import InputError


def place(file: str, line: int = 0) -> str:
    """``"message.html:12"``, or only the file when the line is not known."""
    return f"{file}:{line}" if file and line else file


class RowError(InputError):
    """The message for one row cannot be built; the other rows are not concerned.

    Attributes:
        line: 1-based line of the row in the recipients' file. ``address``: the address in that row.
        file, template_line: where in the campaign's files the cause is; "" and 0 when it is in the row itself.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        hint: str = "",
        *,
        line: int,
        address: str,
        file: str = "",
        template_line: int = 0,
    ) -> None:
        super().__init__(code, sentence, hint, place(file, template_line))
        self.line = line
        self.address = address
        self.file = file
        self.template_line = template_line

    @classmethod
    def of(cls, error: InputError, line: int, address: str) -> RowError:
        """The same problem, with the row it was met in."""
        file, _colon, number = error.where.rpartition(":")
        known = bool(file) and number.isdigit()
        return cls(
            error.code,
            error.sentence,
            error.hint,
            line=line,
            address=address,
            file=file if known else error.where,
            template_line=int(number) if known else 0,
        )

    def as_dict(self) -> dict[str, str]:
        """The error as JSON, with the row."""
        return super().as_dict() | {"row": str(self.line), "address": self.address}
