"""Property tests draw the same examples on every machine, and are judged by their answers, not by their speed."""

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("steady")
