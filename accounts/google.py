"""Who somebody is at Google, signed by Google."""

from typing import Any

from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter, _verify_and_decode
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.http import HttpRequest


class SignedAdapter(GoogleOAuth2Adapter):
    """allauth looks at the signature only of what a browser brings, and takes what has none straight from Google."""

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **said: Any) -> Any:
        who = _verify_and_decode(app, said["response"].get("id_token", ""))
        return self.get_provider().sociallogin_from_response(request, who)


callback = OAuth2CallbackView.adapter_view(SignedAdapter)
