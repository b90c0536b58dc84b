"""The site's own settings; only a few addresses more."""

from config.settings import *  # noqa: F403 -- all of them

ROOT_URLCONF = "bench.floors"
