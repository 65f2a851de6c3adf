"""The mail of the measurements: a seeded mix as people get it, about 4 KB each, the same for every server."""

import base64
import quopri
import random
from collections.abc import Iterator

SEED = 5321
RARE = [b"zanzibar", b"quagga", b"ytterbium", b"xylophone", b"wapiti"]  # words for SEARCH; no other text holds them
RARE_EVERY = 997  # message i holds RARE[k], k < 5, when i % RARE_EVERY == 31 * k
SYLLABLES = ["ka", "re", "mo", "ti", "sen", "lu", "par", "ton", "vi", "ga", "nor", "des", "mi", "sol", "ter", "an"]
NAMES = ["Aiko Tanaka", "Björn Åkesson", "Carla Díaz", "Dmitri Ivanov", "Eva Novák", "Fumio Satō", "Grace Hopper"]
JAPANESE = "お世話になっております。次回の会議の資料をお送りしますので、ご確認をお願いいたします。"
BOUNDARY = b"=_part_%d_of_bench"


def _words(chance: random.Random, count: int) -> str:
    return " ".join("".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(count))


def _paragraphs(chance: random.Random, octets: int) -> str:
    """Lines of about 70 characters until there are `octets` of them; one mail in eight speaks Japanese too."""
    lines = [_words(chance, 11) + ("." if chance.random() < 0.3 else "") for _ in range(max(1, octets // 72))]
    if chance.random() < 0.125:
        lines.insert(0, JAPANESE)
    return "\r\n".join(lines) + "\r\n"


def _encoded_word(text: str) -> bytes:
    return text.encode() if text.isascii() else b"=?UTF-8?B?" + base64.b64encode(text.encode()) + b"?="


def _wrapped_base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _quoted_printable(text: str) -> bytes:
    return quopri.encodestring(text.encode().replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")


def _text_part(subtype: bytes, text: str) -> bytes:
    """Header fields and body: 7bit where ASCII suffices, quoted-printable elsewhere."""
    if text.isascii():
        return b"Content-Type: text/%b; charset=us-ascii\r\n\r\n%b" % (subtype, text.encode())
    return (
        b"Content-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n%b\r\n"
        % (subtype, _quoted_printable(text))
    )  # fmt: skip


def _multipart(subtype: bytes, number: int, parts: list[bytes]) -> bytes:
    boundary = b"%b_%b" % (BOUNDARY % number, subtype)
    body = b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts)
    return b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n%b--%b--\r\n' % (subtype, boundary, body, boundary)


def _alternative(chance: random.Random, number: int, text: str) -> bytes:
    lines = text.split("\r\n")
    html = "<html><body>\r\n" + "\r\n".join(f"<p>{line}</p>" for line in lines) + "\r\n</body></html>\r\n"
    return _multipart(b"alternative", number, [_text_part(b"plain", text), _text_part(b"html", html)])


def _with_attachment(chance: random.Random, number: int, text: str) -> bytes:
    content = chance.randbytes(chance.randint(4_000, 14_000))
    attachment = (
        b'Content-Type: application/pdf; name="report-%d.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        b'Content-Disposition: attachment; filename="report-%d.pdf"\r\n\r\n%b'
        % (number, number, _wrapped_base64(content))
    )  # fmt: skip
    return _multipart(b"mixed", number, [_text_part(b"plain", text), attachment])


def _header(chance: random.Random, number: int, subject: str) -> bytes:
    sender, recipient = chance.choice(NAMES), chance.choice(NAMES)
    stamp = b"%d Nov 2026 %02d:%02d:%02d +0900" % (1 + number % 28, number % 24, number % 60, number % 59)
    fields = [
        b"Received: from out.example.net (out.example.net [192.0.2.%d])\r\n"
        b"\tby relay.example.net with ESMTPS id %012x\r\n\tfor <list@example.net>; %b"
        % (number % 250, number * 7919, stamp),
        b"Date: %b" % stamp,
        b"From: %b <%b@example.net>" % (_encoded_word(sender), sender.split()[0].encode("ascii", "ignore").lower()),
        b"To: %b <someone@example.test>, list@example.net" % _encoded_word(recipient),
        b"Subject: " + _encoded_word(subject),
        b"Message-ID: <%d.%d@example.net>" % (number, SEED),
        b"X-Mailer: Example Mailer 3.2",
        b"MIME-Version: 1.0",
    ]
    if number % 3 == 0 and number:
        fields += [b"In-Reply-To: <%d.%d@example.net>" % (number - 1, SEED)]
        fields += [b"References: <%d.%d@example.net>" % (parent, SEED) for parent in [number - 1]]
    if number % 5 == 0:
        fields += [b"Cc: board@example.net, Team Three <team3@example.net>", b"List-Id: The list <list.example.net>"]
    return b"\r\n".join(fields) + b"\r\n"


def rare_word(number: int) -> bytes:
    """The word for SEARCH that message `number` holds, or b""."""
    place, rest = divmod(number % RARE_EVERY, 31)
    return RARE[place] if rest == 0 and place < len(RARE) else b""


def message(number: int) -> bytes:
    """Mail `number`, with CRLF: plain text (6 of 10), multipart/alternative (3), an attachment (1)."""
    chance = random.Random(SEED * 1_000_003 + number)
    kind = chance.random()
    octets = min(12_000, int(chance.lognormvariate(7.2, 0.7)))
    text = _paragraphs(chance, octets)
    if word := rare_word(number):
        text += f"And then {word.decode()} was named.\r\n"
    subject = _words(chance, 5) if number % 9 else "会議の資料 " + _words(chance, 2)
    header = _header(chance, number, subject)
    if kind < 0.6:
        return header + _text_part(b"plain", text)
    return header + (_alternative if kind < 0.9 else _with_attachment)(chance, number, text)


def large_message(number: int, octets: int) -> bytes:
    """A mail with one base64 attachment that makes it about `octets` long."""
    chance = random.Random(SEED + number)
    content = _wrapped_base64(chance.randbytes(octets * 57 // 78))
    part = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" + content
    parts = [_text_part(b"plain", _paragraphs(chance, 500)), part]
    return _header(chance, number, _words(chance, 5)) + _multipart(b"mixed", number, parts)


def messages(count: int) -> Iterator[bytes]:
    """Mails 0 … count - 1."""
    return map(message, range(count))


def holding(word: bytes, count: int) -> int:
    """How many of the first `count` mails hold a word of RARE."""
    return sum(rare_word(number) == word for number in range(count))


def dot_stuffed(content: bytes) -> bytes:
    """As DATA sends it, with the final dot. RFC 5321 section 4.5.2"""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"
