from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class ConfigApp(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config.groups import make_curators

        # Django sends the signal for apps with models only, so not for this one.
        post_migrate.connect(make_curators, sender=apps.get_app_config("roadmap"), dispatch_uid="curators")


class DeskConfig(AdminConfig):
    default_site = "config.desk.Desk"
