"""What curators do that learners feel."""

from curation.admin import content, successions  # noqa: F401 -- they register themselves
