"""Content as files: see what differs, load it, or write the files anew."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import F
from django.utils import timezone

from roadmap import library
from roadmap.library import Verdict
from roadmap.models import Roadmap


class Command(BaseCommand):
    help = "Compares content in files with the database (diff), takes it over (load) or writes it to files (dump)."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        for name, text in (("diff", "show what would change; exit code 1 if anything"), ("load", "take it over")):
            act = acts.add_parser(name, help=text)
            act.add_argument("files", nargs="+", type=Path, metavar="FILE")
            act.add_argument("--theirs", action="store_true", help="the file's side where a curator changed a field")
        act = acts.add_parser("dump", help="write a file for each roadmap")
        act.add_argument("folder", type=Path)
        act.add_argument("--roadmap", help="only this one, by its slug")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        if act == "dump":
            self.dump(options["folder"], options["roadmap"])
            return
        try:
            rows = library.parse({str(path): path.read_bytes() for path in options["files"]})
            if act == "load":
                now = timezone.now()
                self.show(library.load(rows, theirs=options["theirs"], by=None, at=now), options["theirs"])
                return
            difference = library.rehearse(rows, theirs=options["theirs"], at=timezone.now())
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from None
        except library.Wrong as wrong:
            raise CommandError("Nothing was written.\n" + "\n".join(wrong.problems)) from None
        self.show(difference, options["theirs"])
        if difference:
            sys.exit(1)

    def dump(self, folder: Path, slug: str | None) -> None:
        every = Roadmap.objects.order_by(F("published_at").asc(nulls_last=True), "slug")
        roadmaps = every.filter(slug=slug) if slug else every
        if slug and not roadmaps:
            raise CommandError(f"There is no roadmap “{slug}”.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in library.dump(roadmaps).items():
                if not slug or name != library.UNPLACED:
                    (folder / name).write_text(text, encoding="utf-8")
                    self.stdout.write(f"{folder / name}")
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from None

    def show(self, difference: library.Difference, theirs: bool) -> None:
        for kind, uid in difference.added:
            self.stdout.write(f"added {kind} “{difference.rows[kind, uid].name}”")
        for each in difference.changed:
            verdict = "taken" if theirs or each.verdict == Verdict.TAKEN else each.verdict
            line = f"{verdict} {each.key[0]} “{each.name}”, {each.field}: {each.here!r} here, {each.file!r} in the file"
            self.stdout.write(line)
        self.stdout.write(f"{difference.unchanged} rows are the same; {difference.only_here} are only here, and stay.")
