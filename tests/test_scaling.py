"""What deploy/ says is held to what the models are; make scale runs it on real engines."""

import re
from pathlib import Path

from django.apps import apps

from progress.models import Learner
from scale.plans import nodes, sequential, touched

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
COMPOSE = (DEPLOY / "compose.yaml").read_text()
SQL = (DEPLOY / "citus.sql").read_text()


def test_every_table_of_learners_is_distributed_by_the_learner() -> None:
    of_learners = {
        model._meta.db_table
        for model in apps.get_models()
        if any(field.related_model is Learner and field.column == "learner_id" for field in model._meta.concrete_fields)
    }
    distributed = dict(re.findall(r"create_distributed_table\('(\w+)', '(\w+)'", SQL))
    assert distributed == dict.fromkeys(of_learners, "learner_id") | {"progress_learner": "id"}
    swapped = re.search(r"ARRAY\[(.*?)\]", SQL, re.DOTALL)
    assert swapped is not None
    assert {f"progress_{name}" for name in re.findall(r"'(\w+)'", swapped[1])} == of_learners


def test_whatever_learners_rows_name_is_on_every_machine() -> None:
    distributed = set(re.findall(r"create_distributed_table\('(\w+)'", SQL))
    everywhere = re.findall(r"create_reference_table\('(\w+)'", SQL)
    named = {
        model._meta.db_table: {
            field.related_model._meta.db_table for field in model._meta.concrete_fields if field.related_model
        }
        for model in apps.get_models()
    }
    assert {other for table in distributed for other in named[table]} <= {*distributed, *everywhere}
    for number, table in enumerate(everywhere):  # parents first
        assert named[table] <= set(everywhere[:number])


def test_what_is_unique_of_a_learner_holds_the_learner() -> None:
    """So that only primary keys, a token and the learner's own are left to swap."""
    loose = set()
    for model in apps.get_models():
        fields = {field.name: field for field in model._meta.concrete_fields}
        if "learner" not in fields:
            continue
        loose |= {
            f"{model.__name__}.{name}"
            for name, field in fields.items()
            if field.unique and not field.primary_key and name != "learner"
        }
        loose |= {each.name for each in model._meta.total_unique_constraints if "learner" not in each.fields}
    assert loose == {"Plan.token"}


def test_a_plan_says_what_was_looked_at() -> None:
    """As PostgreSQL explains it: rows of learners' tables, returned or not, times the loops; content does not count."""
    index = {"Node Type": "Index Scan", "Relation Name": "progress_mark", "Actual Rows": 2, "Actual Loops": 3}
    table = {"Node Type": "Seq Scan", "Relation Name": "accounts_user", "Actual Rows": 1, "Rows Removed by Filter": 9}
    content = {"Node Type": "Seq Scan", "Relation Name": "roadmap_skill", "Actual Rows": 60}
    plan = {
        "Node Type": "Nested Loop",
        "Actual Rows": 6,
        "Plans": [index, {"Node Type": "Hash", "Plans": [table, content]}],
    }
    assert [touched(node) for node in nodes(plan)] == [0, 6, 0, 10, 0]
    assert sequential(plan) == {"accounts_user", "roadmap_skill"}


def test_images_are_pinned_and_come_from_where_everybody_looks() -> None:
    images = re.findall(r"^    image: (\S+)$|^  image: (\S+)$", COMPOSE, re.MULTILINE)
    ours = {"cairn", "cairn-postgres", "cairn-etcd", "cairn-pgbouncer"}
    others = {a or b for a, b in images} - ours
    assert len(others) == 3
    assert all(re.fullmatch(r"\w+:\d+\.\d+\.\d+-bookworm", image) for image in others)


def test_the_site_is_told_only_what_it_knows() -> None:
    """Of its environment, which the README lists."""
    block = re.search(r"environment: &environment\n((?:    .*\n)+)", COMPOSE)
    assert block is not None
    told = set(re.findall(r"^    (\w+):", block[1], re.MULTILINE))
    known = set(re.findall(r"`([A-Z_]+)`", (ROOT / "README.md").read_text()))
    assert told <= known
    assert {"DATABASE_URL", "DATABASE_REPLICA_URL", "CACHE_URL", "SECRET_KEY", "TRUSTED_PROXIES"} <= told


def test_the_ways_to_the_database_meet() -> None:
    """From PgBouncer to HAProxy to each PostgreSQL and the address at which its Patroni answers."""
    bouncer, proxy = (DEPLOY / "pgbouncer.ini").read_text(), (DEPLOY / "haproxy.cfg").read_text()
    assert "pool_mode = transaction" in bouncer
    assert dict(re.findall(r"^(cairn\w*) = host=haproxy port=(\d+)", bouncer, re.MULTILINE)) == dict(
        zip(("cairn", "cairn_replica"), re.findall(r"bind :(\d+)", proxy), strict=True)
    )
    for name in ("cairn", "cairn_replica"):
        assert f"@pgbouncer:6432/{name}\n" in COMPOSE
    servers = set(re.findall(r"server (\S+) (\S+):5432 check port 8008", proxy))
    assert servers == {(name, name) for name in re.findall(r"^  (postgres-\d):\n    <<", COMPOSE, re.MULTILINE)}
    patroni = (DEPLOY / "patroni.yml").read_text()
    assert "listen: 0.0.0.0:8008" in patroni
    assert "synchronous_mode_strict: true" in patroni
