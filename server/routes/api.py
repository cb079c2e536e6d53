"""The routes of `/api/v1`, for programs."""

from __future__ import annotations

from server.routes import data_routes, definition_routes
from server.routes.prefill_route import prefills_v1
from server.routes.totals_route import totals_v1

__all__ = ["routes"]

routes = [totals_v1, *data_routes.routes, *definition_routes.routes, prefills_v1]
