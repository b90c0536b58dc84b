"""Signing in with an account elsewhere; what the other site answers is said here."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from requests import PreparedRequest, Response, TooManyRedirects
from requests.adapters import HTTPAdapter

from accounts.models import User
from tests.accounts.acts import PASSWORD, confirm_identity, mailed_link, sign_in
from tests.accounts.pages import Page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_mail")]
ROOT = Path(__file__).parent.parent.parent


def test_nothing_of_it_shows_without_keys(client: Client) -> None:
    assert "GitHub" not in client.get("/accounts/login/").content.decode()
    assert client.get("/accounts/github/login/").status_code == 404
    policy = client.get("/accounts/login/")["Content-Security-Policy"].split("; ")
    assert "form-action 'self'" in policy


def test_what_is_linked_outlives_the_keys_and_can_be_unlinked(client: Client, confirmed: User) -> None:
    linked = SocialAccount.objects.create(user=confirmed, provider="github", uid="77")
    sign_in(client)
    confirm_identity(client)
    assert "<b>Github</b>" in client.get("/accounts/3rdparty/").content.decode()
    assert client.post("/accounts/3rdparty/", {"account": linked.pk})["Location"] == "/accounts/3rdparty/"
    assert not SocialAccount.objects.exists()
    assert "The account at Github was unlinked" in mail.outbox[-1].body


def run(script: str, var: Path, **more: str) -> dict[str, Any]:
    """In a process of its own, as keys are read at the start."""
    environment = {
        "PATH": os.environ["PATH"],
        "CAIRN_VAR": str(var),
        "EMAIL_URL": "memorymail://",
        "DEBUG": "1",
        "GITHUB_CLIENT_ID": "stones",
        "GITHUB_SECRET": "trail",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        **more,
    }
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    seen: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return seen | {"logged": ran.stderr}


SCRIPT = """
import django, json; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0); call_command("createcachetable", verbosity=0)
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.socialaccount.internal.flows.login import complete_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.adapter import get_adapter
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.test import Client, RequestFactory
from accounts.models import User

client = Client(headers={"host": "localhost"})
page = client.get("/accounts/login/")
client.get("/accounts/github/login/callback/?state=made-up&code=1")
leaves = client.post("/accounts/github/login/", {"time_zone": "Europe/Berlin"})
(state, *_), = client.session["socialaccount_states"].values()

def comes_back(uid, email, verified):
    '''As when GitHub has said who that is.'''
    request = RequestFactory(headers={"host": "localhost"}).get("/accounts/github/login/callback/")
    request.session, request.user = SessionStore(), AnonymousUser()
    request.COOKIES["theme"] = "dark"
    request._messages = FallbackStorage(request)
    with context.request_context(request):
        request.allauth = object()
        provider = get_adapter().get_provider(request, "github")
        account = SocialAccount(provider="github", uid=uid, extra_data={})
        addresses = [EmailAddress(email=email, verified=verified, primary=True)]
        login = SocialLogin(user=User(email=email), account=account, email_addresses=addresses, provider=provider)
        login.state = state
        response = complete_login(request, login)
    return [response.status_code, response.get("Location", ""), request.session.get("_auth_user_id")]

noor = User.objects.create_user("noor@example.org", "correct horse battery")
EmailAddress.objects.create(user=noor, email=noor.email, primary=True, verified=True)
ada = User.objects.create_user("ada@example.org", "correct horse battery")
EmailAddress.objects.create(user=ada, email=ada.email, primary=True, verified=False)
print(json.dumps({
    "shown": "Sign in with GitHub" in page.content.decode(),
    "not shown": "Google" in page.content.decode(),
    "policy": "form-action 'self' https://github.com" in page["Content-Security-Policy"],
    "leaves": leaves["Location"].split("?")[0],
    "state": len(next(iter(client.session["socialaccount_states"]))),
    "same verified address": comes_back("1", "noor@example.org", True) + [noor.pk],
    "linked": list(SocialAccount.objects.values_list("user__email", flat=True)),
    "again": comes_back("1", "noor@example.org", True) [2],
    "told": [[letter.subject, letter.to] for letter in mail.outbox],
    "unverified there": comes_back("2", "noor@example.org", False),
    "unverified here": comes_back("3", "ada@example.org", True),
    "new": comes_back("4", "new@example.org", True),
    "accounts": sorted(User.objects.values_list("email", flat=True)),
    "settled": list(User.objects.order_by("email").values_list("time_zone", "appearance")),
    "kinds": list(noor.events.order_by("id").values_list("kind", "how")),
    "password": User.objects.get(pk=noor.pk).has_usable_password(),
}))
"""


@pytest.mark.alike
def test_links_to_the_account_with_the_same_verified_address_and_no_other(var: Path) -> None:
    seen = run(SCRIPT, var)
    status, _, who, noor = seen["same verified address"]

    assert (seen["shown"], seen["not shown"], seen["policy"]) == (True, False, True)
    assert "A sign-in with github failed (unknown)." in seen["logged"]
    assert seen["state"] == 32
    assert seen["leaves"] == "https://github.com/login/oauth/authorize"
    assert (status, who) == (302, str(noor))
    assert seen["linked"] == ["noor@example.org"]
    assert seen["again"] == str(noor)
    assert seen["told"] == [["GitHub was linked to your account", ["noor@example.org"]]]
    assert seen["unverified there"][2] is None
    assert seen["unverified here"][2] is None
    assert seen["new"][2] is not None
    assert seen["accounts"] == ["ada@example.org", "new@example.org", "noor@example.org"]
    assert seen["settled"] == [["UTC", "auto"], ["Europe/Berlin", "dark"], ["UTC", "auto"]]  # only who is new
    assert seen["kinds"] == [["provider_linked", ""], ["signed_in", "GitHub"], ["signed_in", "GitHub"]]
    assert seen["password"] is True


COMES_BACK = """
import django, json; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0); call_command("createcachetable", verbosity=0)
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.socialaccount.internal.flows.login import complete_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.adapter import get_adapter
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import Client, RequestFactory
from accounts.models import User

def member(email, uid):
    user = User.objects.create_user(email)
    EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    SocialAccount.objects.create(user=user, provider="github", uid=uid)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return user, client

noor, client = member("noor@example.org", "1")
member("ada@example.org", "2")
PAGES = ["/settings/delete/", "/settings/data/export/", "/accounts/password/set/", "/accounts/2fa/totp/activate/"]
WAY = "/accounts/github/login/?process=reauthenticate&action=reauthenticate&next=%2Fsettings%2Fdelete%2F"

def asked():
    return [client.get(page).get("Location", "") for page in PAGES]

def comes_back(uid, email="x@example.org", way=WAY):
    "As when GitHub has said who that is."
    leaves = client.post(way)
    session = client.session
    state = max(session["socialaccount_states"].values(), key=lambda state: state[1])[0]
    request = RequestFactory(headers={"host": "localhost"}).get("/accounts/github/login/callback/")
    request.session, request.user = session, noor
    request._messages = FallbackStorage(request)
    with context.request_context(request):
        request.allauth = object()
        provider = get_adapter().get_provider(request, "github")
        account = SocialAccount(provider="github", uid=uid, extra_data={})
        addresses = [EmailAddress(email=email, verified=True, primary=True)]
        login = SocialLogin(user=User(email=email), account=account, email_addresses=addresses, provider=provider)
        login.state = state
        response = complete_login(request, login)
    request.session.save()
    client.cookies["session"] = request.session.session_key
    said = [str(message) for message in request._messages]
    return [leaves["Location"].split("?")[0], response["Location"], said, request.session["_auth_user_id"]]

def later():
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 301
    session.save()
"""
CONFIRMS = """
page = client.get("/accounts/reauthenticate/?next=/settings/delete/").content.decode()
seen = {
    "noor": str(noor.pk),
    "before": asked(),
    "sent": [client.post("/accounts/email/", {"action_add": "", "email": "new@example.org"})["Location"]],
    "page": ["Confirm with GitHub" in page, WAY.replace("&", "&amp;") in page],
    "no other way": ["Google" in page, 'type="password"' in page],
    "another": [comes_back("2"), comes_back("3"), comes_back("4", "noor@example.org")],
    "still": asked() == asked() and asked()[0],
    "own": comes_back("1"),
    "after": asked(),
    "linked": list(SocialAccount.objects.order_by("uid").values_list("uid", flat=True)),
}
later()
seen["later"] = asked()
print(json.dumps(seen))
"""


@pytest.mark.alike
def test_who_has_no_password_confirms_there(var: Path) -> None:
    seen = run(COMES_BACK + CONFIRMS, var)
    ask = "/accounts/reauthenticate/?next="
    pages = ("settings/delete", "settings/data/export", "accounts/password/set", "accounts/2fa/totp/activate")
    asked = [f"{ask}%2F{page.replace('/', '%2F')}%2F" for page in pages]
    no = "That is not the account that is linked here. Nothing was changed."
    github = "https://github.com/login/oauth/authorize"

    assert seen["before"] == seen["later"] == asked
    assert seen["sent"] == [f"{ask}%2Faccounts%2Femail%2F"]
    assert (seen["page"], seen["no other way"]) == ([True, True], [False, False])
    assert seen["another"] == [[github, asked[0], [no], seen["noor"]]] * 3
    assert seen["still"] == asked[0]
    assert seen["own"] == [github, "/settings/delete/", [], seen["noor"]]
    assert seen["after"] == [""] * 4
    assert seen["linked"] == ["1", "2"]


BOTH = """
import re
from django.core import mail
from django.core.cache import cache
from tests.accounts.acts import PASSWORD, app_code, sign_in

TOTP, EMAIL, EXPORT = "/accounts/2fa/totp/activate/", "/accounts/email/", "/settings/data/export/"
CODE, NEW = "/accounts/2fa/reauthenticate/", {"action_add": "", "email": "new@example.org"}
HERE = "/accounts/github/login/?process=reauthenticate&action=reauthenticate&next="
seen = {}

def set_up():
    secret = re.search('<code class="key">(.+?)</code>', client.get(TOTP).content.decode()).group(1)
    client.post(TOTP, {"code": app_code(secret)})
    cache.clear()  # a while ago
    return secret

def written_to():
    "What tells that the new address was taken up."
    return [letter.to for letter in getattr(mail, "outbox", []) if letter.to == ["new@example.org"]] != []

def asked_for(path, data=None):
    return client.post(path, data or {})["Location"]

# The linked account, then the app: what was sent is taken up.
comes_back("1")
secret = set_up()
later()
seen["asked"] = asked_for(EMAIL, NEW)
seen["page"] = "confirm it where you sign in. A code comes next." in client.get(seen["asked"]).content.decode()
seen["another"] = comes_back("2", way=HERE + EMAIL)[1]
seen["first"] = comes_back("1", way=HERE + EMAIL)[1]
seen["half"] = written_to()
seen["second"] = client.post(seen["first"], {"code": app_code(secret)})["Location"]
seen["both"] = written_to()

# The other way round it is shown once more.
later()
asked_for(EXPORT)
seen["code first"] = client.post(CODE, {"code": app_code(secret, 1), "next": EXPORT})["Location"]
seen["then there"] = comes_back("1", way=HERE + EXPORT)[1]
seen["exported"] = noor.events.filter(kind="exported").exists()
seen["shown"] = client.get(EXPORT).status_code

# Linking one more, with a password and an app.
noor, client = member("eve@example.org", "5")
noor.set_password(PASSWORD)
noor.save()
sign_in(client, noor.email)
client.post("/accounts/reauthenticate/", {"password": PASSWORD})
secret = set_up()
later()
seen["back"] = comes_back("9", way="/accounts/github/login/?process=connect")[1]
seen["password"] = client.post(seen["back"], {"password": PASSWORD})["Location"]
seen["page of the code"] = client.get(seen["password"])["Location"]
seen["linked by half"] = SocialAccount.objects.filter(uid="9").exists()
seen["linked"] = client.post(CODE, {"code": app_code(secret)})["Location"]
seen["whose"] = SocialAccount.objects.filter(uid="9", user=noor).exists()

# Whoever has a password is asked for it, whatever was shown elsewhere.
later()
asked_for(EXPORT)
seen["there"] = comes_back("5", way=HERE + EXPORT)[1]
seen["and the code"] = client.post(CODE, {"code": app_code(secret, 1), "next": EXPORT})["Location"]
print(json.dumps(seen))
"""


@pytest.mark.alike
def test_who_has_a_second_factor_shows_it_beside_that(var: Path) -> None:
    seen = run(COMES_BACK + BOTH, var)
    ask, code = "/accounts/reauthenticate/", "/accounts/2fa/reauthenticate/"

    assert seen["asked"] == seen["another"] == f"{ask}?next=%2Faccounts%2Femail%2F"
    assert seen["page"] is True
    assert seen["first"] == f"{code}?next=%2Faccounts%2Femail%2F"
    assert (seen["half"], seen["both"]) == (False, True)
    assert "/reauthenticate/" not in seen["second"]
    assert seen["code first"] == f"{ask}?next=%2Fsettings%2Fdata%2Fexport%2F"
    assert (seen["then there"], seen["exported"], seen["shown"]) == ("/settings/data/export/", False, 200)
    assert (seen["back"], seen["password"], seen["page of the code"]) == (ask, ask, code)
    assert (seen["linked by half"], seen["linked"], seen["whose"]) == (False, "/accounts/3rdparty/", True)
    assert seen["there"] == seen["and the code"] == f"{ask}?next=%2Fsettings%2Fdata%2Fexport%2F"


def test_who_has_nothing_to_confirm_with_sets_a_password_first(client: Client, confirmed: User) -> None:
    """As when the operator took the keys out."""
    SocialAccount.objects.create(user=confirmed, provider="github", uid="77")
    confirmed.set_unusable_password()
    confirmed.save()
    client.force_login(confirmed)
    asks = client.get("/settings/delete/")["Location"]
    page = Page(client.get(asks))
    assert page.h1 == ["Confirm that it is you"]
    assert "<h2>Set a password</h2>" in page.html
    assert "/accounts/password/reset/" in page.links
    assert client.post(asks, {"password": ""}).status_code == 200
    assert client.get("/settings/delete/")["Location"] == asks

    client.post("/accounts/password/reset/", {"email": confirmed.email})
    form = client.get(mailed_link())["Location"]
    client.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    sign_in(client)
    confirm_identity(client)
    assert client.get("/settings/delete/").status_code == 200


SIGNS = """
import django, json; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0); call_command("createcachetable", verbosity=0)
import datetime as dt
import io
import time
import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.test import Client
from requests import Response
from requests.adapters import HTTPAdapter
from accounts.adapters import SocialAccountAdapter

key, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "google")])
now = dt.datetime.now(dt.UTC)
paper = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + dt.timedelta(1)).sign(key, hashes.SHA256())
PAPER = paper.public_bytes(serialization.Encoding.PEM).decode()
ours = SocialAccountAdapter.get_requests_session

class Google(HTTPAdapter):
    says = {}

    def send(self, request, *args, **kwargs):
        response = Response()
        response.status_code, response.request, response.url = 200, request, request.url
        said = {"kid": PAPER} if "certs" in request.url else {"access_token": "x", "token_type": "Bearer", **self.says}
        response.headers["content-type"], response.raw = "application/json", io.BytesIO(json.dumps(said).encode())
        return response

def session(self):
    session = ours(self)
    session.mount("https://", Google())
    return session

SocialAccountAdapter.get_requests_session = session

def signed(by, **more):
    who = {"iss": "https://accounts.google.com", "aud": "client", "sub": "1", "email": "noor@example.org"}
    who |= {"email_verified": True, "iat": int(time.time()), "exp": int(time.time()) + 60, **more}
    return {"id_token": jwt.encode(who, by, algorithm="RS256" if by else "none", headers={"kid": "kid"})}

def comes_back(says):
    client, Google.says = Client(headers={"host": "localhost"}), says
    client.post("/accounts/google/login/")
    state, = client.session["socialaccount_states"]
    client.get("/accounts/google/login/callback/", {"state": state, "code": "1"})
    return "_auth_user_id" in client.session

print(json.dumps({
    "by another": comes_back(signed(other)),
    "by nobody": comes_back(signed(None)),
    "for another": comes_back(signed(key, aud="another")),
    "no token": comes_back({}),
    "by Google": comes_back(signed(key)),
}))
"""


@pytest.mark.alike
def test_what_google_says_counts_only_if_google_signed_it(var: Path) -> None:
    seen = run(SIGNS, var, GOOGLE_CLIENT_ID="client", GOOGLE_SECRET="secret")
    assert [who for who, comes_in in seen.items() if comes_in is True] == ["by Google"]


class Leads(HTTPAdapter):
    """A site that leads on to another."""

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        response = Response()
        response.status_code, response.request, response.url = 302, request, request.url or ""
        response.headers["Location"], response.raw = "https://elsewhere.example/", io.BytesIO()
        return response


def test_what_another_site_is_asked_leads_nowhere_else() -> None:
    with get_adapter().get_requests_session() as session:
        session.mount("https://", Leads())
        with pytest.raises(TooManyRedirects):
            session.get("https://github.com/")


def test_a_way_in_that_no_form_of_ours_began_is_refused(rf: RequestFactory) -> None:
    account = SocialAccount(provider="google", uid="1")
    with pytest.raises(PermissionDenied):
        get_adapter().pre_social_login(rf.post("/"), SocialLogin(user=User(), account=account))
