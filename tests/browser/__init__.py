"""The pages as people meet them: real processes, a real server, a real Chromium.

`conftest.py` starts them; `looks.py` is what every page is held to. Where no Chromium is installed,
these tests are skipped and say so.
"""
