from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class ProgressConfig(AppConfig):
    name = "progress"
    verbose_name = "Progress"

    def ready(self) -> None:
        from progress.learners import join

        user_logged_in.connect(join, dispatch_uid="learner")
