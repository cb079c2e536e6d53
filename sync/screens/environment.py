"""Templates in a person's language: Jinja over the project's texts, by its gettext extension.

`{{ _('home-nothing') }}` and `{{ ngettext('home-left-one', 'home-left', count) }}` name keys of
`sync/texts/words`; placeholders there are `{name}`, here values are handed over by name and escaped
like everything else. Babel decides which form a count takes.
"""

from __future__ import annotations

import functools
import gettext
import re
from collections.abc import Callable
from typing import Any

from babel import Locale
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from sync.screens import formats
from sync.texts import Language, say_raw

__all__ = ["environment"]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Words(gettext.NullTranslations):
    """The project's texts as gettext sees them: a message is a key, a plural is a pair of keys."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self._plural = Locale.parse(formats.LOCALES[language]).plural_form

    def gettext(self, message: str) -> str:
        """The text under that key, with `%(name)s` where a value goes, as Jinja fills them in."""
        text = say_raw(message, self._language).replace("%", "%%")
        return _PLACEHOLDER.sub(r"%(\1)s", text)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The first key's text where the language has a form for one and this is it."""
        return self.gettext(msgid1 if self._plural(n) == "one" else msgid2)


@functools.cache
def environment(language: Language, *packages: str) -> Environment:
    """The templates of those packages, then of this one, in a language."""
    loaders = [PackageLoader(package) for package in (*packages, "sync.screens")]
    made = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words = Words(language)
    made.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        words.gettext, words.ngettext, newstyle=True
    )
    made.globals["language"] = language
    made.filters |= {
        name: functools.partial(function, language=language) for name, function in _FILTERS.items()
    }
    return made


_FILTERS: dict[str, Callable[..., Any]] = {
    "value": formats.value_words,
    "quantity": formats.quantity_words,
    "period": formats.period_words,
    "bytes": formats.bytes_words,
    "date": formats.date_words,
    "day": formats.day_words,
    "moment": formats.moment_words,
    "count": formats.count_words,
    "unit": formats.unit_words,
}
