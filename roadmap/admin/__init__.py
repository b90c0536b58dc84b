"""Plain editing of content. Whatever is written here touches the outline: base.ContentAdmin sees to it."""

from roadmap.admin import revisions, roadmaps, skills  # noqa: F401 -- they register themselves
