"""From the bytes of an upload to what they say: a cairn.json, or the zip that holds one. Bombs end here, before
anything is built from them: memory stays within a few times the file's size."""

import datetime as dt
import io
import json
import re
import zipfile
import zlib

from progress.portability import schema
from progress.portability.entry import Wrong
from web import strict

MEMBER = "cairn.json"
MOST_BYTES = 20 * 2**20
DEEPEST = 10
_MOST_VALUES = 8 * schema.MOST_ROWS
_MOST_SIDE_BY_SIDE = 50
_MOST_MEMBERS = 50
_ZIP = b"PK"
_CHUNK = 2**20
_STRING = re.compile(rb'"[^"]*"')
_NOT_STRUCTURE = bytes(set(range(256)) - set(b"[]{},"))
_NEITHER = "This is neither the zip of an export nor its cairn.json."
_NAMED_ZIP = "This is a zip by another name. Choose the .zip that Cairn made."
_NAMED_JSON = "This is no zip, and its name does not end in .json. Choose the zip of an export, or its cairn.json."
_TOO_BIG = f"This file is too large: {MOST_BYTES // 2**20} MB is the most."
_TOO_MUCH = f"There is more in this file than in any export: {schema.MOST_ROWS:,} entries are the most."


def check_name(upload: bytes, name: str) -> None:
    """Raises Wrong where it says something else than the bytes."""
    is_zip = upload.startswith(_ZIP)
    if not name.lower().endswith(".zip" if is_zip else ".json"):
        raise Wrong(_NAMED_ZIP if is_zip else _NAMED_JSON)


def content(upload: bytes) -> bytes:
    """The cairn.json of an upload. Of a zip no other member is looked at."""
    if upload.startswith(_ZIP):
        return _unzipped(upload)
    if len(upload) > MOST_BYTES:
        raise Wrong(_TOO_BIG)
    return upload


def read(data: bytes, now: dt.datetime) -> schema.File:
    """Of what content() gave."""
    return schema.parse(_document(data), now)


def _unzipped(upload: bytes) -> bytes:
    # Each member is listed with these bytes: a list of millions is never read.
    if upload.count(b"PK\x01\x02") > _MOST_MEMBERS:
        raise Wrong("This zip has too many files in it. Choose the one that Cairn made.")
    try:
        with zipfile.ZipFile(io.BytesIO(upload)) as archive:
            members = [each for each in archive.infolist() if each.filename == MEMBER]
            if len(members) != 1:
                raise Wrong(f"There is no {MEMBER} in this zip." if not members else f"It has two {MEMBER}.")
            if members[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or members[0].flag_bits & 1:
                raise Wrong(f"The {MEMBER} in this zip is packed in a way that Cairn does not read.")
            with archive.open(members[0]) as member:
                data = member.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
        raise Wrong("This zip is damaged. Download the export once more.") from None
    if len(data) > MOST_BYTES:
        raise Wrong(f"The {MEMBER} in this zip is too large: {MOST_BYTES // 2**20} MB is the most.")
    return data


def _document(data: bytes) -> object:
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.lstrip().startswith(b"{"):
        raise Wrong("This file is empty." if not data.strip() else _NEITHER)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Wrong(f"Line {line}: the file is not in UTF-8 there.") from None
    _measure(data)
    try:
        return strict.loads(text)
    except json.JSONDecodeError as error:
        raise Wrong(f"Line {error.lineno}, column {error.colno}: the file is no JSON from there on.") from None
    except strict.Unclear as unclear:
        raise Wrong(str(unclear)) from None


def _measure(data: bytes) -> None:
    """How much there is in it and how deep, from what stands outside its strings; a part at a time, as a million small
    pieces would take more room than the file."""
    bare = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    in_string, quotes, opened, commas, depth = False, 0, 0, 0, 0
    for start in range(0, len(bare), _CHUNK):
        part = bare[start : start + _CHUNK]
        if in_string:
            _, quote, part = part.partition(b'"')
            if not quote:
                continue
        in_string = part.count(b'"') % 2 == 1
        if in_string:
            part = part.rpartition(b'"')[0]
        quotes += part.count(b'"')
        if quotes > 4 * _MOST_VALUES:
            raise Wrong(_TOO_MUCH)
        part = _STRING.sub(b"", part).translate(None, _NOT_STRUCTURE)
        opened += part.count(b"{") + part.count(b"[")
        commas += part.count(b",")
        if opened > schema.MOST_ROWS + DEEPEST or commas > _MOST_VALUES or b"," * _MOST_SIDE_BY_SIDE in part:
            raise Wrong(_TOO_MUCH)
        for bracket in part.replace(b",", b""):
            depth += 1 if bracket in b"[{" else -1
            if depth > DEEPEST:
                raise Wrong(f"This file is nested more than {DEEPEST} deep.")
