"""How the cells of a form's workbook look, and which of them are locked."""

from __future__ import annotations

from typing import Any

__all__ = ["LISTS_SHEET", "Looks"]

LISTS_SHEET = "_lists"


class Looks:
    """The formats of one workbook."""

    def __init__(self, book: Any) -> None:
        border = {"border": 1, "border_color": "#B8B8B8", "valign": "vcenter"}
        self.title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
        self.fact = book.add_format({"text_wrap": True, "valign": "vcenter"})
        self.how = book.add_format({"text_wrap": True, "valign": "top", "font_color": "#444444"})
        self.head = book.add_format(
            {**border, "bold": True, "bg_color": "#E8EDEA", "text_wrap": True, "align": "center"}
        )
        self.fixed = book.add_format({**border, "bg_color": "#F4F4F4", "text_wrap": True})
        opened = {**border, "locked": False, "text_wrap": True, "num_format": "General"}
        self._open = book.add_format({**opened, "bg_color": "#FFFFFF"})
        self._offered = book.add_format({**opened, "bg_color": "#FFF4D6"})

    def input(self, *, is_open: bool, is_offered: bool = False) -> Any:
        """White where one types, yellow where another system's value waits for a look."""
        if not is_open:
            return self.fixed
        return self._offered if is_offered else self._open
