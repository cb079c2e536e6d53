"""What monitors read: labels stay few, whatever is asked of a server."""

from __future__ import annotations

from server.administration.metrics import Figure, Metrics


def test_requests_are_counted_by_template_whatever_is_asked() -> None:
    """What no route answers is one label, and so is a method that nobody knows (S129)."""
    metrics = Metrics()
    for number in range(50):
        metrics.observe("", f"VERB{number}", 404, 0.01)
    metrics.observe("/place/{place}", "GET", 200, 0.2)
    text = metrics.text([]).decode()

    counted = [line for line in text.splitlines() if line.startswith("tianji_requests_total{")]
    assert counted == [
        'tianji_requests_total{method="other",route="unmatched",status="404"} 50.0',
        'tianji_requests_total{method="GET",route="/place/{place}",status="200"} 1.0',
    ]
    assert 'tianji_request_seconds_bucket{le="0.3",route="/place/{place}"} 1.0' in text


def test_figures_of_one_name_are_one_family() -> None:
    """Their help is said once, and each label has its number (S129)."""
    figures = [
        Figure("tianji_aside", "Set aside.", "gauge", number, (("state", state),))
        for state, number in (("held", 3), ("parked", 0))
    ]
    text = Metrics().text(figures).decode()

    assert text.count("# HELP tianji_aside ") == 1
    assert 'tianji_aside{state="held"} 3.0' in text
    assert 'tianji_aside{state="parked"} 0.0' in text
