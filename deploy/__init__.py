"""Sets Tianji up and shows it at work; runs what the other packages build.

In which order to read: `bootstrap.py` makes the environment that the README's two commands need,
with nothing but Python there; `lock.py` renews the versions in it; `demo/` is the main job, played
through. Nothing imports this package.
"""
