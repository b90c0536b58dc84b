"""make chaos sees an answer that comes before its mark is on the disk."""

from chaos.plays import read_calls

ASKED = '71 recvfrom(9, "POST /progress/ai-engineer-2026/skills/docker/ HTTP/1.1\\r\\nHost: lo"..., 8192, 0) = 412'
SYNCS = "71 fdatasync(12)                     = 0"
SYNCED_AT_LAST = "93 <... fsync resumed>)                = 0"
FAILS = "71 fdatasync(12)                     = -1 ENOSPC (No space left on device)"
TOLD = '70 sendto(9, "HTTP/1.1 302 Found\\r\\nServer: gunicorn\\r\\nDate: Fri, 27 Nov"..., 801, 0, NULL, 0) = 801'
OTHER = '70 sendto(9, "HTTP/1.1 200 OK\\r\\n"..., 801, 0, NULL, 0) = 801'


def test_what_is_synced_before_its_answer_is_kept() -> None:
    assert read_calls("\n".join([ASKED, SYNCS, TOLD, ASKED, SYNCED_AT_LAST, OTHER, TOLD])) == (2, 0)


def test_an_answer_that_comes_too_early_is_seen() -> None:
    assert read_calls("\n".join([ASKED, TOLD, SYNCS, ASKED, TOLD, ASKED, SYNCS, TOLD, ASKED, FAILS, TOLD])) == (4, 3)
