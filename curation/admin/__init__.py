"""What curators do that learners feel."""

from curation.admin import content, successions, suggestions  # noqa: F401 -- they register themselves
