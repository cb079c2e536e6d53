"""What browsers call themselves is said shortly."""

from __future__ import annotations

import pytest

from server.accounts.browsers import browser_words

LIKE = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) {} Safari/537.36{}"


@pytest.mark.parametrize(
    "agent,said",
    [
        (LIKE.format("Windows NT 10.0; Win64; x64", "Chrome/156.0", ""), "Chrome 156 · Windows"),
        (LIKE.format("Windows NT 10.0", "Chrome/156.0", " Edg/156.0"), "Edge 156 · Windows"),
        (LIKE.format("Windows NT 6.1", "Chrome/86.0", " QIHU 360SE"), "360 · Windows"),
        (LIKE.format("Linux; Android 14", "Chrome/1.0", " MQQBrowser/15.1"), "QQ 15 · Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:1) Gecko/1 Firefox/144.0", "Firefox 144 · Linux"),
        ("curl/8.0", "curl/8.0"),
        ("", "?"),
        ("x" * 300, "x" * 60),
    ],
)
def test_a_browser_is_named_as_people_name_it(agent: str, said: str) -> None:
    """By its own name, not by those that it names for compatibility's sake."""
    assert browser_words(agent) == said
