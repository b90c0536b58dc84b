"""Lets the database of a site that is to be measured grow, and says as JSON what is to be asked for then.

skills N: one more roadmap, of so many skills, and somebody who marked every other one
marks N: so many marks in all, each with its change, by as many learners as that takes
"""

import datetime as dt
import json
import sys

from bench.people import browser, call, marks_of, person  # starts Django

# isort: split
from django.db import connection
from django.utils import timezone

from progress.models import Change, Follow, Learner, Mark, State
from roadmap import outline
from roadmap.models import Group, Phase, Placement, Roadmap, Section, Skill


def skills(number: int) -> dict[str, object]:
    slug, now = f"grows-{number}", timezone.now()
    roadmap = Roadmap.objects.create(
        slug=slug, title=slug, short_title=slug, summary=slug, updated_at=now, is_published=True, published_at=now
    )
    made = Skill.objects.bulk_create(
        Skill(slug=f"{slug}-{n}", title=f"Skill {n}", summary=f"About skill {n}.", hours=4) for n in range(number)
    )
    placements = []
    for start in range(0, number, 10):
        if start % 100 == 0:
            phase = Phase.objects.create(roadmap=roadmap, slug=f"phase-{start}", title=f"Phase {start}", position=start)
        section = Section.objects.create(phase=phase, slug=f"section-{start}", title=f"Section {start}", position=start)
        group = Group.objects.create(section=section, slug="list", position=0)
        placements += [
            Placement(group=group, roadmap=roadmap, skill=skill, position=at)
            for at, skill in enumerate(made[start : start + 10])
        ]
    Placement.objects.bulk_create(placements)
    client, user = person(slug)
    learner = Learner.objects.get(user=user)
    Follow.objects.create(learner=learner, roadmap=roadmap, since=now, used_at=now)
    Mark.objects.bulk_create(Mark(learner=learner, skill=skill, state=State.DONE, since=now) for skill in made[::2])
    page = f"/roadmaps/{slug}/"
    client.get(page)
    visitor = browser()
    visitor.get(page)
    return {
        "roadmap page, learner": [call(client, page)],
        "roadmap page, visitor": [call(visitor, page)],
        "dashboard": [call(client, "/dashboard/")],
        "mark by htmx": marks_of(client, learner.pk, page, [f"{slug}-1"]),
    }


def marks(number: int) -> dict[str, object]:
    """Each learner who is added marked every skill of the first roadmap."""
    shown, before = outline.published()[0], Mark.objects.count()
    learners = max(0, number - before) // len(shown.places)
    last = Learner.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    uid = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    at = timezone.now() - dt.timedelta(days=200)
    values = {"at": at.isoformat(" "), "day": at.date().isoformat(), "state": State.DONE, "cause": Change.Cause.MARK}
    each = f"FROM progress_learner l CROSS JOIN roadmap_placement p WHERE l.id > {last} AND p.roadmap_id = {shown.id}"
    statements = (
        f"""INSERT INTO progress_learner (uid, seen_at) WITH RECURSIVE numbers(n) AS
            (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {learners})
            SELECT {uid}, %(at)s FROM numbers WHERE n <= {learners}""",
        f"""INSERT INTO progress_mark (learner_id, skill_id, state, since)
            SELECT l.id, p.skill_id, %(state)s, %(at)s {each}""",
        f"""INSERT INTO progress_change (learner_id, skill_id, uid, batch, after, after_since, at, day, cause)
            SELECT l.id, p.skill_id, {uid}, {uid}, %(state)s, %(at)s, %(at)s, %(day)s, %(cause)s {each}""",
        "ANALYZE",
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values if "%" in statement else None)
    return {"learners": Learner.objects.count(), "marks": Mark.objects.count()}


if __name__ == "__main__":
    what, number = sys.argv[1:]
    print(json.dumps({"skills": skills, "marks": marks}[what](int(number))))
