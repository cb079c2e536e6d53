"""Sets Tianji up and shows it at work; runs what the other packages build.

In which order to read: `bootstrap.py` makes the environment that the README's two commands need,
with nothing but Python there; `lock.py` renews the versions in it; `demo/` is the main job, played
through. `build_places.py`, `build_font.py` and `build_pinyin.py` make data that is shipped from what
others publish. Nothing but a test imports this package.
"""
