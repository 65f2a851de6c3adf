"""BODY out of BODYSTRUCTURE."""

import pytest

from tayori.message.envelope import body, bodystructure
from tayori.message.extension import without_extension
from tayori.message.structure import parse


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: a\n\nbody\n",
        b"Content-Type: image/png\nContent-Disposition: attachment; filename=a; b=c\nContent-Language: en, ja\n\n",
        b"Content-Type: multipart/mixed; boundary=b\nContent-Language: en\n\n--b\n\n1\n--b\n\n2\n--b--\n",
        b"Content-Type: message/rfc822\nContent-MD5: x\n\nSubject: ( \xff\n\nbody",
        b"Content-Type: message/global\n\nFrom: (a) b@c, d@e\nContent-Type: message/rfc822\n\nSubject: x\n\nbody",
        b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: a\n\nx\n--b--\n",
        b"Content-Type: message/delivery-status\nContent-Disposition: inline; a=b\n\nx",
        b'Content-Type: text/plain; name="MESSAGE \\"RFC822) \xe9 (}"\nContent-Description: {5}\n\n',
    ],
)
def test_what_is_left_is_what_body_says(raw: bytes) -> None:
    root = parse(raw)
    assert without_extension(bodystructure(root)) == body(root)
