"""Settings of all tests."""

import os

from hypothesis import settings

# How long an example takes says more about the machine than about the code; speed is measured in benchmarks/.
# Continuous integration tries the same examples each time: a failure there is one of the change.
settings.register_profile("steady", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("steady")
