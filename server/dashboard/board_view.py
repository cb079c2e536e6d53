"""The board in words: what a template lays out, a script replaces when something changed, and a
chart draws. Each number is said once here and in one way.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from server.completeness.coverage import Coverage
from server.dashboard.board import Board, Earlier, known
from server.dashboard.showing import NONE, Shown, shown, unit_of, words_of
from server.desk.desk import Desk
from server.exchange.figures import FigureRow
from server.explaining.adjustments import Adjusted
from sync import quantity
from sync.catalogue import Catalogue, Indicator
from sync.figure import Missing
from sync.ids import PlaceId
from sync.period import Period
from sync.quantity import SCALE
from sync.screens.figures import figure_words, rounded_to
from sync.screens.formats import count_words, date_words, period_words, quantity_words
from sync.texts import Language, say
from sync.texts import known as is_said

__all__ = ["FACTS", "BoardView", "Fact", "Line", "Part", "level_words", "view"]


FACTS = (
    "covered",
    "reviewed",
    "disputed",
    "adjusted",
    "before",
    "last-year",
    "target",
    "peers",
    "from",
)
"""What is told of a figure, in this order."""


class Fact(NamedTuple):
    """One thing to know about the figure: the key of its name, and what there is to say."""

    key: str
    words: str


class Line(NamedTuple):
    """One place below: `address` is its page, `code` what its outline is called by."""

    place: PlaceId
    name: str
    code: str
    shown: Shown
    covered: str
    reviewed: str
    disputed: str
    adjusted: str


class Part(NamedTuple):
    """One named part of a sum, and which part of it it is."""

    indicator: Indicator
    shown: Shown
    share: str


class Moment(NamedTuple):
    """One period of the trend; `broken` says since when another definition holds."""

    period: Period
    shown: Shown
    target: str
    target_number: str
    broken: str


class BoardView(NamedTuple):
    """The page's words."""

    shown: Shown
    facts: tuple[Fact, ...]
    lines: tuple[Line, ...]
    parts: tuple[Part, ...]
    moments: tuple[Moment, ...]
    below_level: str
    map: str

    @property
    def has_targets(self) -> bool:
        """Whether any period shown has a target."""
        return any(one.target for one in self.moments)


def view(desk: Desk, catalogue: Catalogue, board: Board) -> BoardView:
    """All that the page says."""
    language, indicator, period = desk.language, board.picked.indicator, board.picked.period
    figure = shown(board.row, indicator, board.level, period, language)
    lines = tuple(_line(desk, board, place, row) for place, row in board.below)
    levels = {desk.ledger.tree.level(place, period.end) for place, _ in board.below}
    return BoardView(
        figure,
        tuple(_facts(desk, board, figure)),
        lines,
        tuple(_parts(catalogue, board, language)),
        tuple(_moments(desk, board)),
        level_words(levels.pop(), language) if len(levels) == 1 else "",
        _map({desk.ledger.tree.level(place, period.end) for place, _ in board.below}),
    )


def level_words(level: str, language: Language) -> str:
    """What a level of the hierarchy is called; one that isn't known stays as it is."""
    return say(f"board-level-{level}", language) if is_said(f"board-level-{level}") else level


def _map(levels: set[str]) -> str:
    """Which outlines the places below have, '' where there are none."""
    if levels == {"city"}:
        return "outlines-cities.json"
    return "outlines-counties.json" if levels == {"county"} else ""


def _facts(desk: Desk, board: Board, figure: Shown) -> list[Fact]:
    language = desk.language
    place = board.picked.place
    found = [
        Fact("covered", _covered(figure, language)),
        Fact("reviewed", _reviewed(board.coverage.get(place), language)),
        Fact("disputed", _disputed(board, figure, language)),
        Fact("adjusted", _adjusted(board, place, language)),
        Fact("before", _compared(board, board.before, language)),
        Fact("last-year", _compared(board, board.last_year, language)),
        Fact("target", _target(board, language)),
        Fact("peers", _peers(board, language)),
        Fact("from", _from(figure, language)),
    ]
    return [one for one in found if one.words]


def _from(figure: Shown, language: Language) -> str:
    words = []
    if figure.is_known and figure.period:
        words.append(
            say(
                "board-from-period", language, period=period_words(figure.period, language=language)
            )
        )
    if figure.is_known and figure.gaps:
        gaps = [period_words(one, language=language) for one in figure.gaps[:4]]
        words.append(say("board-from-gaps", language, periods=_joined(gaps, language)))
    return " ".join(words)


def _covered(figure: Shown, language: Language) -> str:
    if not figure.expected:
        return ""
    return say(
        "board-covered",
        language,
        reported=count_words(figure.reported, language=language),
        expected=count_words(figure.expected, language=language),
    )


def _reviewed(covered: Coverage | None, language: Language) -> str:
    if covered is None:
        return ""
    counts = {name: count_words(n, language=language) for name, n in covered._asdict().items()}
    return say(
        "board-reviewed",
        language,
        submitted=counts["submitted"],
        town=counts["approved_town"],
        county=counts["approved"],
        expected=counts["expected"],
    )


def _disputed(board: Board, figure: Shown, language: Language) -> str:
    if not figure.disputed:
        return ""
    share = _percent(Fraction(figure.disputed, max(figure.reported, 1)), language)
    count = count_words(figure.disputed, language=language)
    words = say("board-disputed", language, count=count, share=share)
    if board.disputed is None:
        return words
    ends = (board.disputed.low, board.disputed.high)
    low, high = (figure_words(one, board.picked.indicator, language) for one in ends)
    return f"{words} {say('board-disputed-range', language, low=low, high=high)}"


def _adjusted(board: Board, place: PlaceId, language: Language) -> str:
    """What was adjusted of the figure itself, or of its operands, and what it comes to with that."""
    there, both = board.adjusted.get(place), board.both
    words = ""
    if there is not None:
        words = say(
            "board-adjusted",
            language,
            count=count_words(there[1], language=language),
            amount=_signed(there, language),
        ) + _share_adjusted(board, there, language)
    elif both is not None:
        count = count_words(both.number, language=language)
        words = say("board-adjusted-operands", language, count=count)
    if both is None or isinstance(both.adjusted.value, Missing):
        return words
    value = figure_words(both.adjusted.value, board.picked.indicator, language)
    return words + say("board-adjusted-total", language, value=value)


def _share_adjusted(board: Board, there: Adjusted, language: Language) -> str:
    figure = known(board.row)
    if not figure:
        return ""
    share = _percent(abs(Fraction(there.amount, SCALE) / figure), language)
    return say("board-adjusted-share", language, share=share)


def _percent(share: Fraction, language: Language) -> str:
    return quantity_words(rounded_to(100 * share, 1), language=language)


def _signed(there: Adjusted, language: Language) -> str:
    sign = "+" if there.amount > 0 else ""
    return sign + quantity_words(there.amount, language=language).replace("-", "−")


def _compared(board: Board, earlier: Earlier | None, language: Language) -> str:
    """How the figure differs from an earlier one; the words say why where it can't be compared."""
    if earlier is None:
        return ""
    indicator, level = board.picked.indicator, board.level
    was = shown(earlier.row, indicator, level, earlier.period, language)
    when = period_words(earlier.period.text, language=language)
    if not was.is_known:
        return say("board-earlier-none", language, period=when, why=was.why)
    if earlier.apart:
        return say(f"board-earlier-{earlier.apart}", language, period=when, value=was.words)
    now, then = known(board.row), known(earlier.row)
    change = (
        _change(indicator, level, now, then, language)
        if now is not None and then is not None
        else ""
    )
    counted = ""
    if was.expected > 1:
        short = _short(was.reported, was.expected, language)
        counted = say("board-earlier-covered", language, covered=short)
    return say(
        "board-earlier", language, period=when, value=was.words, covered=counted, change=change
    )


def _change(
    indicator: Indicator, level: str, now: Fraction, then: Fraction, language: Language
) -> str:
    """How much more or less; what is too small to be shown is none."""
    if indicator.type == "flag" and indicator.level == level:
        return say("board-same" if now == then else "board-other", language)
    amount = words_of(abs(now - then), indicator, language)
    if amount == words_of(Fraction(0), indicator, language):
        return say("board-same", language)
    is_more = now > then
    if unit_of(indicator, level, language) == "%":
        points = "board-more-points" if is_more else "board-less-points"
        return say(points, language, amount=amount)
    words = say("board-more" if is_more else "board-less", language, amount=amount)
    if not then:
        return words
    percent = _percent(abs((now - then) / then), language)
    return words + say("board-percent", language, percent=percent)


def _target(board: Board, language: Language) -> str:
    if board.target is None:
        return ""
    indicator = board.picked.indicator
    aim = words_of(board.target, indicator, language)
    now = known(board.row)
    if now is None or now == board.target:
        return say("board-target" if now is None else "board-target-met", language, value=aim)
    key = "board-target-over" if now > board.target else "board-target-under"
    away = words_of(abs(now - board.target), indicator, language)
    return say(key, language, value=aim, away=away)


def _peers(board: Board, language: Language) -> str:
    if board.peers is None:
        return ""
    name = board.peers.name
    if board.band is None:
        return say("board-peers-few", language, name=name) if name else ""
    indicator = board.picked.indicator
    lowest, middle, highest = (words_of(one, indicator, language) for one in board.band[:3])
    key = "board-peers-class" if name else "board-peers-beside"
    level = level_words(board.level, language)
    places = count_words(board.band.places, language=language)
    return say(
        key,
        language,
        name=name or level,
        scheme=board.peers.scheme,
        lowest=lowest,
        middle=middle,
        highest=highest,
        places=places,
    )


def _line(desk: Desk, board: Board, place: PlaceId, row: FigureRow | None) -> Line:
    language, period = desk.language, board.picked.period
    tree = desk.ledger.tree
    figure = shown(row, board.picked.indicator, tree.level(place, period.end), period, language)
    covered = board.coverage.get(place)
    there = board.adjusted.get(place)
    return Line(
        place=place,
        name=tree.name(place, period.end) or tree.code(place, period.end),
        code=tree.code(place, period.end),
        shown=figure,
        covered=_short(figure.reported, figure.expected, language) if figure.expected else NONE,
        reviewed=_short(covered.approved_town, covered.expected, language) if covered else NONE,
        disputed=count_words(figure.disputed, language=language),
        adjusted=_signed(there, language) if there else "0",
    )


def _short(reported: int, expected: int, language: Language) -> str:
    return say(
        "board-covered-short",
        language,
        reported=count_words(reported, language=language),
        expected=count_words(expected, language=language),
    )


def _parts(catalogue: Catalogue, board: Board, language: Language) -> list[Part]:
    """Each part's share is of what the parts known add up to."""
    figures = {code: known(row) for code, row in board.parts}
    total = sum((one for one in figures.values() if one is not None), Fraction(0))
    found = []
    for code, row in board.parts:
        indicator = catalogue.indicators[code]
        part, value = (
            shown(row, indicator, board.level, board.picked.period, language),
            figures[code],
        )
        share = ""
        if value is not None and total > 0:
            share = _percent(value / total, language) + "%"
        found.append(Part(indicator, part, share))
    return found


def _moments(desk: Desk, board: Board) -> list[Moment]:
    language, indicator = desk.language, board.picked.indicator
    found = []
    for one in board.trend:
        figure = shown(one.row, indicator, board.level, one.period, language)
        aim, number = "", ""
        if one.target is not None:
            aim = words_of(one.target, indicator, language)
            number = quantity.text(quantity.rounded(one.target))
        broken = ""
        if one.edition is not None:
            day = date_words(one.edition.day, desk.today, language=language)
            version = one.edition.definition.version
            name = one.edition.definition.name.say(language)
            broken = say("board-broken", language, day=day, name=name, version=version)
        found.append(Moment(one.period, figure, aim, number, broken))
    return found


def _joined(words: list[str], language: Language) -> str:
    return (", " if language == "en" else "、").join(words)
