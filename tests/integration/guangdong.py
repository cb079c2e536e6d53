"""A corner of Guangdong: one town of six villages, and a clock that stands."""

from __future__ import annotations

from datetime import date, datetime

from sync.ledger.ledger import CHINA

AS_OF = date(2020, 1, 1)
NOW = int(datetime(2024, 11, 20, 9, tzinfo=CHINA).timestamp())
PLACES = "code,name,level,parent_code\n" + "\n".join(
    [
        "440000000000,广东省,province,",
        "440100000000,广州市,city,440000000000",
        "440103000000,荔湾区,county,440100000000",
        "440103001000,沙面镇,town,440103000000",
        *(f"44010000000{n},第{n}村委会,village,440103001000" for n in range(1, 7)),
    ]
)


def now() -> int:
    """The same second always."""
    return NOW
