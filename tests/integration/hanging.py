"""A build that never ends: ``python -m tests.integration.hanging``."""

import time

time.sleep(120)
