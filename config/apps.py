from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConfigApp(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config.groups import make_curators

        post_migrate.connect(make_curators, sender=self, dispatch_uid="curators")
