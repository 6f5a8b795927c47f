"""Settings of all tests."""

from hypothesis import settings

# How long an example takes says more about the machine than about the code; speed is measured in benchmarks/.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
