"""Lists that leave the portal as workbooks, written row by row and told to the log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from tempfile import TemporaryFile
from typing import IO, Any

from django.dispatch import Signal
from django.http import FileResponse, HttpRequest
from django.utils import timezone
from xlsxwriter import Workbook

from core.text import slugify, without_forbidden_characters

# Sent with `request`, `title` and `rows` (how many) when a list was exported.
exported = Signal()

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What Excel takes in one cell and one sheet.
LONGEST_TEXT = 32_767
MOST_ROWS = 1_000_000
# Texts stay texts: no cell is a formula or a link, whatever somebody typed.
PLAIN = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "dd/mm/yyyy",
}
FONT = {"font_name": "Times New Roman", "font_size": 12}


@dataclass(frozen=True)
class Column:
    """A heading and how wide its column is, in characters."""

    heading: str
    width: int = 14


@dataclass(frozen=True)
class Sheet:
    """A list with its title, the lines above it, and its rows in the order of the columns.

    Cells are texts, whole numbers, dates or None.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[str | int | date | None]]
    lines: Sequence[str] = field(default_factory=tuple)


def write_workbook(file: IO[bytes], sheet: Sheet) -> int:
    """Write the list as an .xlsx of A4 pages across; return how many rows it has."""
    book = Workbook(file, PLAIN)
    page = book.add_worksheet(sheet.title[:31].translate(str.maketrans("", "", "[]:*?/\\'")))
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    bold = book.add_format({**FONT, "bold": True})
    framed = {**FONT, "border": 1, "text_wrap": True, "valign": "top"}
    head = book.add_format({**framed, "bold": True, "align": "center", "bg_color": "#DCE6F1"})
    cell = book.add_format(framed)
    day = book.add_format({**framed, "num_format": "dd/mm/yyyy"})
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, column.width)
    top = 0
    for top, line in enumerate([*sheet.lines, sheet.title], 1):
        page.write_string(top - 1, 0, line, bold)
    page.write_row(top, 0, [column.heading for column in sheet.columns], head)
    page.freeze_panes(top + 1, 0)
    page.repeat_rows(top)
    count = 0
    for count, row in enumerate(sheet.rows, 1):
        for number, value in enumerate(row):
            if isinstance(value, date):
                page.write_datetime(top + count, number, datetime(*value.timetuple()[:3]), day)  # noqa: DTZ001
            elif isinstance(value, int):
                page.write_number(top + count, number, value, cell)
            elif value:
                text = without_forbidden_characters(value)[:LONGEST_TEXT]
                page.write_string(top + count, number, text, cell)
            else:
                page.write_blank(top + count, number, None, cell)
    page.autofilter(top, 0, top + count, len(sheet.columns) - 1)
    book.close()
    return count


def export(request: HttpRequest, sheet: Sheet) -> FileResponse:
    """Answer with the list as a workbook that nothing keeps, and have the export logged."""
    # The response closes it when it is sent.
    file = TemporaryFile()  # noqa: SIM115
    rows = write_workbook(file, sheet)
    exported.send(sender=None, request=request, title=sheet.title, rows=rows)
    file.seek(0)
    name = f"{slugify(sheet.title)}-{timezone.localdate():%Y-%m-%d}.xlsx"
    return FileResponse(
        file,
        as_attachment=True,
        filename=name,
        content_type=EXCEL,
        headers={"Cache-Control": "no-store"},
    )


def origin(request: HttpRequest, *more: Any) -> list[str]:
    """The lines above a list: whose it is, of when, and which part."""
    now = timezone.localtime()
    return [str(request.office), f"{now:%H:%M %d/%m/%Y}", *(str(line) for line in more if line)]  # type: ignore[attr-defined]
