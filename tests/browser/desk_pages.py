"""The pages of the county's desk as somebody opens them, and what answers a GET without being one."""

from __future__ import annotations

__all__ = ["NO_PAGES", "OPEN", "PAGES", "UNPROVED"]

_CASE = "kind=value&subject={quarter}&field=B001"
PAGES: dict[str, tuple[str, ...]] = {
    "/": ("/",),
    "/account": ("/account",),
    "/account/second-factor": ("/account/second-factor",),
    "/admin": ("/admin",),
    "/admin/audit": ("/admin/audit",),
    "/admin/audit/signins": ("/admin/audit/signins",),
    "/admin/catalogue": ("/admin/catalogue",),
    "/admin/catalogue/import/{name:str}": ("{pack}",),
    "/admin/commit/{commit:str}": ("/admin/commit/{commit}",),
    "/admin/devices": ("/admin/devices",),
    "/admin/devices/invite": ("/admin/devices/invite?place={village}",),
    "/admin/devices/{device:str}": ("/admin/devices/{device}",),
    "/admin/health": ("/admin/health",),
    "/admin/jobs": ("/admin/jobs",),
    "/admin/keys": ("/admin/keys",),
    "/admin/people": ("/admin/people",),
    "/admin/people/{person:str}": ("/admin/people/{person}",),
    "/admin/places": ("/admin/places",),
    "/admin/places/import/{name:str}": ("{places}",),
    "/admin/places/{place:str}": ("/admin/places/{long}",),
    "/admin/places/{place:str}/change": (
        "/admin/places/{long}/change?what=rename&value=塱村&day={day}",
    ),
    "/admin/storage": ("/admin/storage",),
    "/admin/tasks/{number:str}": ("{task}",),
    "/adjust/{place:str}/{period:str}/{indicator:str}": ("/adjust/{town}/{quarter}/B001",),
    "/adjustments": ("/adjustments",),
    "/aside": ("/aside",),
    "/aside/devices": ("/aside/devices",),
    "/board": (
        "/board?place={city}&period={quarter}&indicator=B001",
        "/board?place={long}&period={quarter}&indicator=B001",
    ),
    "/board/table": ("/board/table?place={second_town}&period={quarter}&indicator=B001",),
    "/completeness": ("/completeness?place={county}", "/completeness?place={county}&form={form}"),
    "/completeness/reminders": ("/completeness/reminders?place={county}&form={form}",),
    "/disputes": ("/disputes",),
    "/disputes/{place:str}/case": ("/disputes/{village}/case?" + _CASE,),
    "/enter": ("/enter?place={village}",),
    "/enter/{place:str}/{period:str}/{form:str}": ("/enter/{returned}/{quarter}/{form}",),
    "/exchange": ("/exchange",),
    "/exchange/export": ("/exchange/export",),
    "/exchange/exports/{export:str}": ("{export}",),
    "/exchange/forms": ("/exchange/forms?place={second_town}&form={form}&period={quarter}",),
    "/exchange/import": ("/exchange/import", "{filled}"),
    "/exchange/stick": ("/exchange/stick",),
    "/exchange/prefill": ("/exchange/prefill",),
    "/exchange/prefills/{report:str}": ("{prefill}",),
    "/explain/{place:str}/{period:str}/{indicator:str}": (
        "/explain/{town}/{quarter}/B001",
        "/explain/{village}/{quarter}/B001",
    ),
    "/indicator/{code:str}": ("/indicator/B001",),
    "/indicators": ("/indicators",),
    "/place/{place:str}": ("/place/{long}", "/place/{county}"),
    "/place/{place:str}/onepage": ("/place/{village}/onepage",),
    "/releases": ("/releases", "/releases?place={county}&form={form}&period={quarter}"),
    "/review": ("/review",),
    "/review/late": ("/review/late",),
    "/review/{place:str}/{period:str}/{form:str}": (
        "/review/{village}/{quarter}/{form}",
        "/review/{returned}/{quarter}/{form}",
    ),
}
"""By route the addresses that are looked at, as whoever may do everything."""

OPEN = {"/signin": "/signin"}
"""Pages that are looked at before anybody signed in."""

UNPROVED = {"/signin/next": "first", "/signin/code": "factor"}
"""Pages that somebody is led to who still owes something, and the login of such a person."""

_DATA = "answers with data"
_FILE = "is a file to keep"
NO_PAGES: dict[str, str] = {
    "/healthz": _DATA,
    "/metrics": _DATA,
    "/schema": "is the description of the interface for programs",
    "/schema/openapi.json": _DATA,
    "/schema/openapi.yaml": _DATA,
    "/schema/{path:str}": "is nothing but `not-found`",
    "/static/{build:str}/{name:path}": "is what the pages are made of",
    "/signin/link": "is for who comes back from a sign-in service, which this server has none of",
    "/signin/service": "leads to the sign-in service",
    "/signin/service/back": "leads back from the sign-in service",
    "/admin/audit.csv": _FILE,
    "/admin/audit/signins.csv": _FILE,
    "/adjustments/export": _FILE,
    "/board/export": _FILE,
    "/completeness/export": _FILE,
    "/exchange/exports/{export:str}/file": _FILE,
    "/exchange/stick/file": _FILE,
    "/exchange/stick/answer/{name:str}": _FILE,
    "/exchange/forms/file": _FILE,
}
"""What else answers a GET, and why it isn't looked at; all below `/api/` is for programs."""
