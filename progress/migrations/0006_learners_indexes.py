import django.db.models.deletion
from django.db import migrations, models

ROWS = {
    "change": "changes",
    "checkpointtick": "ticks",
    "evidence": "evidence",
    "follow": "follows",
    "letter": "letters",
    "mark": "marks",
    "note": "notes",
    "plan": "plans",
    "recall": "recalls",
    "report": "reports",
    "review": "reviews",
    "suggestion": "suggestions",
}
"""Model -> what a learner calls them."""


def drop(apps, schema_editor):
    """Django would also check the foreign key of each row anew, and hold up all writes for as long."""
    connection = schema_editor.connection
    how = "CONCURRENTLY" if connection.vendor == "postgresql" else ""
    for model in ROWS:
        table = apps.get_model("progress", model)._meta.db_table
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table)
            for name, each in found.items():
                if each["index"] and not each["unique"] and each["columns"] == ["learner_id"]:
                    cursor.execute(f"DROP INDEX {how} {connection.ops.quote_name(name)}")


class Migration(migrations.Migration):
    atomic = False  # nothing can be dropped concurrently within a transaction
    dependencies = [
        ("progress", "0005_what_lies_ahead"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            # The way back leaves them out: what is read by them, the others find as well.
            database_operations=[migrations.RunPython(drop, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField(
                    model_name=model,
                    name="learner",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name=name,
                        to="progress.learner",
                    ),
                )
                for model, name in ROWS.items()
            ],
        ),
    ]
