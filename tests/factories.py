"""Small roadmaps without surprises: every name says what it is."""

import datetime as dt
import itertools
from typing import Any

from accounts.models import User
from progress.models import Follow, Learner, Mark
from roadmap.models import Faq, Group, Phase, Placement, Resource, Roadmap, Section, Skill

NOW = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def make_roadmap(slug: str = "trail", *, published: bool = True, **fields: Any) -> Roadmap:
    values = {"title": f"The {slug}", "short_title": slug.capitalize(), "summary": "A trail.", "updated_at": NOW}
    return Roadmap.objects.create(
        slug=slug, is_published=published, published_at=NOW if published else None, **(values | fields)
    )


def make_section(roadmap: Roadmap, slug: str = "first", **fields: Any) -> Section:
    phase = Phase.objects.create(roadmap=roadmap, slug=f"{slug}-phase", title=f"Phase {slug}", position=next(_numbers))
    return Section.objects.create(phase=phase, slug=slug, title=f"Section {slug}", **fields)


def make_group(section: Section, slug: str = "list", **fields: Any) -> Group:
    return Group.objects.create(section=section, slug=slug, position=next(_numbers), **fields)


def make_skill(slug: str, **fields: Any) -> Skill:
    values = {"title": slug.replace("-", " ").capitalize(), "summary": f"About {slug}.", "hours": 4}
    return Skill.objects.create(slug=slug, **(values | fields))


def place(group: Group, *slugs: str, importance: str = "core") -> list[Skill]:
    """Makes the skills and places them in this group, in order."""
    skills = [make_skill(slug) for slug in slugs]
    roadmap = group.section.phase.roadmap
    for skill in skills:
        Placement.objects.create(
            group=group, roadmap=roadmap, skill=skill, importance=importance, position=next(_numbers)
        )
    return skills


def make_trail(skills: int = 5, slug: str = "trail") -> Roadmap:
    """A published roadmap with one phase, one section and skills named skill-1, skill-2, …, a resource each."""
    roadmap = make_roadmap(slug)
    group = make_group(make_section(roadmap))
    for number, skill in enumerate(place(group, *(f"skill-{n}" for n in range(1, skills + 1))), start=1):
        make_resource(skill, url=f"https://example.org/{number}")
    Faq.objects.create(roadmap=roadmap, question="Why?", answer="Because.")
    return roadmap


def make_resource(skill: Skill, **fields: Any) -> Resource:
    values = {
        "title": f"A book on {skill.title}",
        "url": "https://example.org/",
        "kind": "book",
        "publisher": "Example",
        "minutes": 90,
        "level": "beginner",
        "why": "It is good.",
    }
    return Resource.objects.create(skill=skill, **(values | fields))


def make_learner(user: User | None = None) -> Learner:
    return Learner.objects.create(user=user, seen_at=NOW)


def make_follower(roadmap: Roadmap, **states: str) -> Learner:
    """Somebody on this roadmap; states by slug, with _ for -."""
    learner = make_learner()
    Follow.objects.create(learner=learner, roadmap=roadmap, since=NOW, used_at=NOW)
    skills = dict(Skill.objects.values_list("slug", "pk"))
    Mark.objects.bulk_create(
        Mark(learner=learner, skill_id=skills[slug.replace("_", "-")], state=state, since=NOW)
        for slug, state in states.items()
    )
    return learner
