"""What published roadmaps show now is where their news begin."""

from django.db import migrations


def list_what_is_shown(apps, schema_editor):
    listing = apps.get_model("roadmap", "Listing")
    shown = apps.get_model("roadmap", "Placement").objects.filter(
        roadmap__is_published=True,
        retired_at=None,
        skill__retired_at=None,
        group__retired_at=None,
        group__section__retired_at=None,
        group__section__phase__retired_at=None,
    )
    columns = ("roadmap", "skill", "skill__title", "roadmap__published_at")
    listing.objects.bulk_create(
        listing(roadmap_id=roadmap, skill_id=skill, title=title, is_shown=True, at=at)
        for roadmap, skill, title, at in shown.order_by("roadmap", "id").values_list(*columns)
    )


class Migration(migrations.Migration):
    dependencies = [("roadmap", "0002_curation")]
    operations = [migrations.RunPython(list_what_is_shown, migrations.RunPython.noop)]
