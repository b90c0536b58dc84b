from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from allauth.account.signals import authentication_step_completed
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from accounts import erasure, events, sessions

        events.listen()
        user_logged_in.connect(sessions.begin)
        user_logged_in.connect(erasure.come_back)
        user_logged_out.connect(sessions.end)
        authentication_step_completed.connect(sessions.renew)
