"""make test: everything on SQLite, then on PostgreSQL what a database can make a difference to. Ends with what ran.

What asks no database is run once, as pytest-django would refuse it one: the mark is `alike`.

python -m tests [what pytest is given] runs less.
"""

import os
import sys

from tests import browser, postgres

ARGUMENTS = ("-n", "3", "--dist", "worksteal", *sys.argv[1:])


def main() -> int:
    lines, failed = [], False

    def ran(what: str, code: int) -> None:
        nonlocal failed
        failed = failed or code != 0
        lines.append(f"{'passed' if code == 0 else 'FAILED'}  {what}")

    def lacking(what: str, why: str) -> None:
        """Not to be had on every laptop; in CI it is a failure, or nobody would notice."""
        nonlocal failed
        failed = failed or bool(os.environ.get("CI"))
        lines.append(f"NOT RUN {what}: {why}")

    found = browser.find_or_install()
    with postgres.memory() as folder:
        only = () if found else ("-m", "not e2e")
        code = postgres.pytest(*ARGUMENTS, *only, database=None, within=folder)
        ran(f"SQLite: all tests{', the browser’s included' if found else ' but the browser’s'}", code)
        if not found:
            lacking("the browser tests", "there is no Chromium (install it, or name it with CAIRN_CHROMIUM)")
        try:
            with postgres.server(folder) as url:
                only = ("-m", "walk or not (alike or e2e)" if found else "not (alike or e2e)")
                code = postgres.pytest(*ARGUMENTS, *only, database=url, within=folder)
                ran(f"PostgreSQL: all that ask a database{', and one browser walk' if found else ''}", code)
        except postgres.Missing as error:
            lacking("the tests on PostgreSQL", str(error))

    print("", *lines, sep="\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
