"""What every test shares: hypothesis draws the same examples each time, and more of them on request."""

import os

from hypothesis import settings

# No deadline: how long an example takes says more about the machine than about the code.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("TAYORI_HYPOTHESIS", "same"))
