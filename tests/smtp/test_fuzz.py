"""Sessions bear anything: whatever comes, answers are well formed, nothing is left, and cutting changes nothing."""

import re

from hypothesis import given
from hypothesis import strategies as st

from aids.house import House

COMMANDS = st.sampled_from(
    [
        b"EHLO mx.example.net\r\n",
        b"HELO mx\r\n",
        b"LHLO mx\r\n",
        b"MAIL FROM:<a@example.net> SIZE=10 BODY=BINARYMIME\r\n",
        b"MAIL FROM:<a@example.net>\r\n",
        b"MAIL FROM:<alice@example.org> SMTPUTF8 RET=FULL\r\n",
        b"RCPT TO:<alice@example.org>\r\n",
        b"RCPT TO:<both@example.org> NOTIFY=NEVER\r\n",
        b"RCPT TO:<nobody@example.org>\r\n",
        b"DATA\r\n",
        b"Subject: x\r\n\r\n..\r\n.\r\n",
        b"\n.\n",
        b".\r\n",
        b"BDAT 7\r\n",
        b"BDAT 5 LAST\r\n",
        b"AUTH PLAIN AGFsaWNlQGV4YW1wbGUub3JnAHdvbmRlcmxhbmQ=\r\n",
        b"AUTH LOGIN\r\n",
        b"*\r\n",
        b"RSET\r\n",
        b"NOOP x\r\n",
        b"HELP\r\n",
        b"VRFY x\r\n",
        b"QUIT\r\n",
        b"x" * 12300,
    ]
)
STREAMS = st.lists(COMMANDS | st.binary(max_size=8), max_size=25).map(b"".join)
SERVICES = st.sampled_from(["smtp", "submissions", "lmtp"])


@given(STREAMS, SERVICES, st.sampled_from([1, 3, 1000]))
def test_whatever_comes_is_answered_alike_however_it_is_cut(stream: bytes, service: str, size: int) -> None:
    whole, cut = House(), House()
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    answers = whole.talk(stream, secure=True, service=service, message=40, errors=9)
    assert cut.talk(*chunks, secure=True, service=service, message=40, errors=9) == answers
    assert all(re.fullmatch(rb"[2-5][0-9]{2}[ -][ -~]*", answer) for answer in answers)
    for house in (whole, cut):
        assert all(draft.committed or draft.discarded for draft in house.intake.drafts)
        assert all(len(accepted.content) <= 40 for accepted in house.intake.accepted)
