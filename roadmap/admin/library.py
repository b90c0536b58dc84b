"""Content as files, in the admin: upload, see the difference, apply; and take the files with you."""

import datetime as dt
import io
import zipfile
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from roadmap import entries, library
from roadmap.admin import values
from roadmap.admin.values import Value
from roadmap.library import Row, Verdict, Wrong
from roadmap.library.comparing import Field
from roadmap.models import Roadmap
from web.http import at_most

LARGEST = 5 * 2**20
"""Bytes, of all files together."""
WAITS = dt.timedelta(hours=1)


class Library:
    """Pages of RoadmapAdmin, for whoever may add and change every kind of content."""

    admin_site: Any

    def get_urls(self) -> list[Any]:
        view, files = map(self.admin_site.admin_view, (self.library_view, self.library_files))
        view = at_most(LARGEST, self._too_large)(view)
        own = [path("library/", view, name="roadmap_library"), path("library/files/", files, name="roadmap_files")]
        return [*own, *super().get_urls()]  # type: ignore[misc]  # of the admin it is mixed into

    def library_view(self, request: HttpRequest) -> HttpResponse:
        self._allow(request)
        if request.method != "POST":
            return self._page(request)
        if "waiting" in request.POST:
            return self._apply(request)
        files = {file.name or "file": file for file in request.FILES.getlist("files")}
        if not files:
            return self._page(request, ["Choose a file first."])
        if not all(name.lower().endswith(".json") for name in files):
            return self._page(request, ["Choose files whose names end in .json."])
        try:
            texts = {name: file.read().decode() for name, file in files.items()}
        except UnicodeDecodeError:
            return self._page(request, ["These files are not in UTF-8."])
        return self._look(request, texts)

    def library_files(self, request: HttpRequest) -> HttpResponse:
        self._allow(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
            for name, text in library.dump(
                Roadmap.objects.order_by(F("published_at").asc(nulls_last=True), "slug")
            ).items():
                zipped.writestr(name, text)
        headers = {"Content-Disposition": 'attachment; filename="library.zip"'}
        return HttpResponse(packed.getvalue(), content_type="application/zip", headers=headers)

    def _too_large(self, request: HttpRequest) -> HttpResponse:
        self._allow(request)
        sentence = "These files are too large: 5 MB is the most. Use the command on the server."
        page = self._page(request, [sentence])
        page.status_code = 413
        return page

    def _allow(self, request: HttpRequest) -> None:
        rights = [f"roadmap.{verb}_{kind}" for verb in ("add", "change") for kind in entries.KINDS]
        if not request.user.has_perms(rights):
            raise PermissionDenied

    def _page(self, request: HttpRequest, problems: Any = (), **more: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": "Library", "problems": problems, **more}
        return render(request, "admin/roadmap/library.html", context, status=422 if problems else 200)

    def _look(self, request: HttpRequest, texts: dict[str, str]) -> HttpResponse:
        """What the files would do. They wait in the page itself, signed for whoever looks."""
        try:
            difference = library.rehearse(_rows(texts), theirs=False, at=timezone.now())
        except Wrong as wrong:
            return self._page(request, wrong.problems)
        waiting = signing.dumps([texts, difference.digest], salt=_salt(request), compress=True)
        names = {str(uid): row.name for (_, uid), row in difference.rows.items()}
        names |= values.names(side for field in difference.changed for side in _sides(field))
        groups = [
            (verdict, [_line(field, difference.rows[field.key], names) for field in difference.of(verdict)])
            for verdict in (Verdict.TAKEN, Verdict.CONFLICT, Verdict.KEPT)
        ]
        added = [_titled(key, difference.rows[key], names) for key in difference.added]
        return self._page(request, difference=difference, waiting=waiting, groups=groups, added=added)

    def _apply(self, request: HttpRequest) -> HttpResponse:
        try:
            texts, digest = signing.loads(request.POST["waiting"], salt=_salt(request), max_age=WAITS)
        except signing.BadSignature:
            return self._page(request, ["An hour has passed. Choose the files again."])
        try:
            rows = _rows(texts)
            if library.compare(rows).digest != digest:
                messages.warning(request, "Nothing was applied: the content changed meanwhile. This is how it is now.")
                return self._look(request, texts)
            made = library.load(rows, theirs="theirs" in request.POST, by=request.user.pk, at=timezone.now())
        except Wrong as wrong:
            return self._page(request, wrong.problems)
        changed = made.changed if "theirs" in request.POST else made.of(Verdict.TAKEN)
        added = f"{len(made.added)} row{'' if len(made.added) == 1 else 's'} added"
        fields = f"{len(changed)} field{'' if len(changed) == 1 else 's'} changed"
        messages.success(request, f"Applied: {added}, {fields}.")
        return redirect("admin:roadmap_roadmap_changelist")


def _sides(field: Field) -> tuple[Value, Value]:
    return Value(field.key[0], field.field, field.here), Value(field.key[0], field.field, field.file)


def _line(field: Field, row: Row, names: Mapping[str, str]) -> tuple[str, str, str, str]:
    """Row, field, here and in the file."""
    here, file = _sides(field)
    return _titled(field.key, row, names), here.label, here.said(names), file.said(names)


def _titled(key: entries.Key, row: Row, names: Mapping[str, str]) -> str:
    """A placement is called like its skill."""
    name = names.get(row.entry["skill"], row.name) if key[0] == "placement" else row.name
    return f"{key[0]}: {name}"


def _rows(texts: dict[str, str]) -> dict[entries.Key, library.Row]:
    return library.parse({name: text.encode() for name, text in texts.items()})


def _salt(request: HttpRequest) -> str:
    return f"roadmap.library.{request.user.pk}"
