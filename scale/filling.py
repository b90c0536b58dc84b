"""Fills a database with learners who have done all that there is to do: marks and changes as bench/growing.py makes
them, and to each learner the rest. Three in four have an account, the others are guests."""

from bench import growing  # starts Django

# isort: split
from django.db import connection

from progress.models import Learner

NEW = "progress_learner l WHERE l.id > %(last)s"
MEMBERS = "accounts_user u JOIN progress_learner l ON l.user_id = u.id WHERE l.id > %(last)s"
TURN = "(ARRAY(SELECT id FROM {table} ORDER BY id))[1 + (l.id + n) %% (SELECT count(*) FROM {table})]"


def _each(table: str) -> str:
    """Another row of the content for each learner and number."""
    return TURN.format(table=table)


STATEMENTS = (
    """INSERT INTO accounts_user (password, is_superuser, email, name, handle, time_zone, is_public, is_staff,
         is_active, date_joined, shortcuts, appearance, is_findable, shows_streak)
       SELECT '!', false, 'learner-' || l.id || '@example.org', 'Learner', 'learner-' || l.id, 'UTC', l.id %% 10 = 0,
         false, true, now() - interval '200 days', true, 'auto', false, true FROM progress_learner l
       WHERE l.id > %(last)s AND l.id %% 4 > 0""",
    """UPDATE progress_learner l SET user_id = u.id FROM accounts_user u
       WHERE u.handle = 'learner-' || l.id AND l.id > %(last)s""",
    "UPDATE progress_learner SET seen_at = now() - (id %% 80) * interval '1 day' WHERE id > %(last)s",
    f"""INSERT INTO account_emailaddress (user_id, email, verified, "primary")
       SELECT u.id, u.email, true, true FROM {MEMBERS}""",
    f"""INSERT INTO accounts_event (user_id, kind, at, agent)
       SELECT u.id, 'signed_in', now() - n * interval '10 days', 'Firefox on Linux'
       FROM generate_series(1, 5) n, {MEMBERS}""",
    f"""INSERT INTO django_session (session_key, session_data, expire_date)
       SELECT md5('session' || l.id), repeat('x', 300), now() + (l.id %% 14) * interval '1 day' + interval '1 hour'
       FROM {NEW}""",
    f"""INSERT INTO usersessions_usersession (user_id, session_key, created_at, last_seen_at, ip, user_agent, data)
       SELECT u.id, md5('session' || l.id), now(), now(), '192.0.2.1', 'Firefox', '{{}}' FROM {MEMBERS}""",
    f"""INSERT INTO mfa_authenticator (user_id, type, data, created_at)
       SELECT u.id, 'totp', '{{}}', now() FROM {MEMBERS}""",
    f"""INSERT INTO progress_follow (learner_id, roadmap_id, since, used_at)
       SELECT l.id, (SELECT min(id) FROM roadmap_roadmap), now() - interval '200 days', now() FROM {NEW}""",
    f"""INSERT INTO progress_review (uid, learner_id, question_id, rating, at, day)
       SELECT gen_random_uuid(), l.id, {_each("roadmap_question")}, 3, now() - n * interval '1 day',
         current_date - n FROM generate_series(1, 10) n, {NEW}""",
    f"""INSERT INTO progress_recall (learner_id, question_id, due, stability, difficulty, reviewed_on, forgotten,
         fades_on)
       SELECT l.id, {_each("roadmap_question")}, current_date + n, 3, 5, current_date - n, false, current_date + 5 * n
       FROM generate_series(1, 10) n, {NEW}""",
    f"""INSERT INTO progress_checkpointtick (learner_id, checkpoint_id, at, day)
       SELECT l.id, {_each("roadmap_checkpoint")}, now() - n * interval '1 day', current_date - n
       FROM generate_series(1, 5) n, {NEW}""",
    f"""INSERT INTO progress_note (learner_id, skill_id, text, version, updated_at)
       SELECT l.id, {_each("roadmap_skill")}, 'What I know about it now, and where I read it.', 1, now()
       FROM generate_series(1, 3) n, {NEW}""",
    f"""INSERT INTO progress_evidence (uid, learner_id, skill_id, title, url, is_public, added_at)
       SELECT gen_random_uuid(), l.id, {_each("roadmap_skill")}, 'Mine', 'https://example.org/' || l.id, n = 1, now()
       FROM generate_series(1, 2) n, {NEW}""",
    f"""INSERT INTO progress_report (uid, learner_id, resource_id, kind, at, settled_at)
       SELECT gen_random_uuid(), l.id, {_each("roadmap_resource")}, 'dead', now(), now()
       FROM generate_series(1, 1) n, {NEW}""",
    f"""INSERT INTO progress_suggestion (uid, learner_id, skill_id, kind, title, url, text, wants_credit, at, status,
         answer, decided_at)
       SELECT gen_random_uuid(), l.id, {_each("roadmap_skill")}, 'correction', '', '', 'A word', false, now(),
         'declined', '', now() FROM generate_series(1, 1) n, {NEW}""",
    f"""INSERT INTO progress_plan (uid, learner_id, roadmap_id, monday, tuesday, wednesday, thursday, friday, saturday,
         sunday, start, optional, pauses, picks, made_on, updated_at, token, events)
       SELECT gen_random_uuid(), l.id, (SELECT min(id) FROM roadmap_roadmap), 4, 4, 4, 4, 4, 0, 0, current_date, false,
         '[]', '{{}}', current_date, now(), md5('plan' || l.id), 'week' FROM {NEW}""",
    f"""INSERT INTO progress_letter (learner_id, week, at)
       SELECT l.id, date_trunc('week', now())::date - 7 * n, now() - n * interval '7 days'
       FROM generate_series(1, 4) n, {NEW}""",
    """INSERT INTO accounts_heldhandle (digest, until)
       SELECT encode(sha256(('handle' || l.id)::text::bytea), 'hex'), now() + interval '80 days' FROM """
    + NEW,
    "ANALYZE",
)


def fill(marks: int) -> None:
    """So many marks in all."""
    last = Learner.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    growing.marks(marks)
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, {"last": last} if "%" in statement else None)


def tables() -> dict[str, tuple[int, int]]:
    """Rows of each, as PostgreSQL reckons them, and bytes with its indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, greatest(reltuples, 0)::bigint, pg_total_relation_size(oid) FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return {name: (rows, size) for name, rows, size in cursor.fetchall()}
