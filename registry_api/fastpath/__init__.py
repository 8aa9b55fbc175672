"""Ready answers in front of the views, and the pulls that they served.

Nothing here decides anything: an answer is one that a view gave before, believed only while the counter of its
repository stands still and for at most ``settings.FAST_PATH_MAX_AGE`` seconds. ``settings.FAST_PATH`` switches it off.
"""
