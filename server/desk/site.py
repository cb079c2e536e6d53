"""The pages of all domains, and how they are kept from other sites' reach."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.handlers import BaseRouteHandler

from server.accounts import (
    account_pages,
    people_pages,
    second_factor_pages,
    service_pages,
    signin_pages,
)
from server.administration import (
    audit_pages,
    catalogue_pages,
    device_pages,
    hierarchy_pages,
    server_pages,
)
from server.completeness import completeness_pages, listing_pages, release_pages, reminder_pages
from server.dashboard import board_pages, indicator_pages, place_pages, table_pages
from server.desk import home_pages, live_routes, settings_pages
from server.desk.rendering import assets
from server.disputes import aside_pages, dispute_pages
from server.entering import entering_pages
from server.exchange import exchange_pages, export_pages, key_pages, stick_pages
from server.exchange.forms import forms_pages, import_pages
from server.explaining import adjust_pages, explain_pages
from server.explaining import listing_pages as adjustment_pages
from server.prefill import prefill_pages
from server.review import form_pages, queue_pages
from server.routes.access import OPEN, WHO

__all__ = ["handlers"]

_MODULES = (
    board_pages,
    table_pages,
    place_pages,
    indicator_pages,
    completeness_pages,
    listing_pages,
    release_pages,
    reminder_pages,
    entering_pages,
    exchange_pages,
    export_pages,
    stick_pages,
    key_pages,
    prefill_pages,
    forms_pages,
    import_pages,
    explain_pages,
    adjust_pages,
    adjustment_pages,
    aside_pages,
    dispute_pages,
    form_pages,
    queue_pages,
    home_pages,
    live_routes,
    settings_pages,
    signin_pages,
    account_pages,
    people_pages,
    second_factor_pages,
    service_pages,
    server_pages,
    device_pages,
    hierarchy_pages,
    catalogue_pages,
    audit_pages,
)


def handlers() -> Sequence[BaseRouteHandler]:
    """Every route of the pages."""
    found: list[BaseRouteHandler] = [assets.route(opt={WHO: OPEN})]
    for module in _MODULES:
        found += module.routes
    return found
