"""Octets of commands to typed arguments, and back. RFC 5321 section 4.1.2, RFC 6531 section 3.3.

Law: nothing here raises anything but a Refusal, whatever the octets.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from tayori.errors import BadAddress, ProtocolError
from tayori.model import Address

MAX_LOCAL_PART = 256  # octets; RFC 5321 section 4.5.3.1.1 wants 64 at least, and bounce addresses of lists are longer
MAX_DOMAIN = 255  # octets, RFC 5321 section 4.5.3.1.2
MAX_PARAMETER = 1024  # octets of one value

Parameters = dict[str, str]
"""ESMTP parameters, keywords in upper case; "" for one without a value."""

# Dot-string, with UTF8-non-ascii. Dots may stand anywhere: addresses such as "name..x.@docomo.ne.jp" were given out.
# Classes are written by what they lack, below U+0100: re takes 2 ms and more for one that names others (in all 0.15 s).
_LOCAL = r'[^\x00-\x20\x7f-\x9f()<>\[\]:;@\\,"]+'
# Quoted-string. RFC 5321 section 4.1.2
_QUOTED = r'"(?:[^\x00-\x1f\x7f-\x9f"\\]|\\[\x20-\x7e])*"'
# sub-domain = Let-dig [Ldh-str]; "_" is in no rule and in many names
_LET_DIG = r"[^\x00-/:-@\[-^`{-\xa0]"
_LDH = r"[^\x00-,./:-@\[-^`{-\xa0]"
_LABEL = rf"{_LET_DIG}(?:{_LDH}*{_LET_DIG})?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_LITERAL = r"\[[0-9A-Za-z:.-]+\]"
_ROUTE = rf"(?:@{_DOMAIN}(?:,@{_DOMAIN})*:)?"  # read and ignored, RFC 5321 appendix C
_MAILBOX = rf"({_LOCAL}|{_QUOTED})@({_DOMAIN}|{_LITERAL})"

_ADDRESS = re.compile(_MAILBOX)
# Only the words are without case: re walks a class of a million characters one by one where it must fold it (0.2 s).
_MAIL = re.compile(rf"(?i:FROM): *<(?:{_ROUTE}({_MAILBOX}))?>(?: +(.*))?")
_RCPT = re.compile(rf"(?i:TO): *<(?:{_ROUTE}(?:{_MAILBOX})|(?i:(postmaster)))>(?: +(.*))?")
_PLAIN_LOCAL = re.compile(_LOCAL)
_PARAMETER = re.compile(r"([0-9A-Za-z][0-9A-Za-z-]*)(?:=([^\x00-\x20=\x7f-\x9f]+))?")
_HELO = re.compile(r"[!-~]{1,255}")
_CHUNK = re.compile(rb"([0-9]{1,20})(?: +(LAST))?", re.IGNORECASE)
_REPLY = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_HEX = re.compile(r"\+([0-9A-F]{2})")
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")
_POINT = "10[0-9A-F]{4}|[1-9A-F][0-9A-F]{4}|(?:[1-9A-CE-F][0-9A-F]|D[0-7])[0-9A-F]{2}|[1-9A-F][0-9A-F]{1,2}"
_ESCAPED = re.compile(rf"\\x\{{({_POINT})\}}")
_UTF8_XTEXT = re.compile(rf"(?:[^\x00- +=\\\x7f-\xa0]|{_ESCAPED.pattern})*")

_LINE_ENDS = frozenset("\u2028\u2029")  # what ends lines for some who show addresses


def command(line: bytes) -> tuple[bytes, bytes]:
    """b"mail  FROM:<> " gives (b"MAIL", b"FROM:<>"). Trailing space is borne: RFC 5321 section 4.1.1."""
    verb, _, argument = line.rstrip(b" \t").partition(b" ")
    return verb.upper(), argument.lstrip(b" \t")


def reverse_path(argument: bytes) -> tuple[str, Parameters]:
    """b"FROM:<a@b> SIZE=1" gives ("a@b", {"SIZE": "1"}); the null path b"FROM:<>" gives ("", {}).

    The path is the text as sent, without a source route. Raises ProtocolError, BadAddress.
    """
    match = _MAIL.fullmatch(_text(argument))
    if match is None:
        raise _complaint(argument, b"FROM:", "MAIL FROM:<address>")
    path, local, domain, rest = match.groups()
    if path:
        _checked(local, domain)
    return path or "", parameters(rest) if rest else {}


def forward_path(argument: bytes) -> tuple[Address, Parameters]:
    """b"TO:<a@B> NOTIFY=NEVER" gives (Address("a", "b"), …); b"TO:<Postmaster>" gives Address("postmaster", "").

    Raises ProtocolError, BadAddress.
    """
    match = _RCPT.fullmatch(_text(argument))
    if match is None:
        raise _complaint(argument, b"TO:", "RCPT TO:<address>")
    local, domain, postmaster, rest = match.groups()
    found = Address("postmaster", "") if postmaster else _checked(local, domain)
    return found, parameters(rest) if rest else {}


def address(text: str) -> Address:
    """'"a b"@EXAMPLE.org' gives Address("a b", "example.org"). Raises BadAddress."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise BadAddress("Not an address")
    return _checked(*match.groups())


def mailbox(found: Address) -> str:
    """The other way: Address("a b", "example.org") gives '"a b"@example.org'."""
    local = found.local
    if not _PLAIN_LOCAL.fullmatch(local):
        local = '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{local}@{found.domain}" if found.domain else local


def in_ascii(found: Address) -> Address:
    """With the domain's A-label, for a server without SMTPUTF8: "例え.jp" gives "xn--r8jz45g.jp"."""
    if found.domain.isascii():
        return found
    import idna  # 10 ms, and few need it

    return Address(found.local, idna.encode(found.domain).decode("ascii"))


def parameters(text: str) -> Parameters:
    """ "SIZE=1 body=8BITMIME SMTPUTF8" to a mapping. Raises ProtocolError: not so formed, or twice the same."""
    found: Parameters = {}
    for word in text.split():
        match = _PARAMETER.fullmatch(word)
        if match is None or len(word) > MAX_PARAMETER:
            raise ProtocolError("Parameters must be KEYWORD or KEYWORD=value")
        keyword = match[1].upper()
        if keyword in found:
            raise ProtocolError(f"{keyword[:32]} is given twice")
        found[keyword] = match[2] or ""
    return found


def helo(argument: bytes) -> str:
    """The name a client calls itself: its first word, "?" for what is not ASCII. Raises ProtocolError.

    Names that are no domains (RFC 5321 section 4.1.1.1) are borne: they say nothing that anyone relies on.
    """
    name = argument.decode("utf-8", "replace").partition(" ")[0].encode("ascii", "replace").decode("ascii")
    if not _HELO.fullmatch(name):
        raise ProtocolError("Say your domain name or [address] with it")
    return name


def number(value: str, digits: int = 20) -> int:
    """Raises ProtocolError: not a number of at most so many digits."""
    if not (value.isascii() and value.isdigit() and len(value) <= digits):
        raise ProtocolError("A number is needed")
    return int(value)


def chunk(argument: bytes) -> tuple[int, bool]:
    """BDAT's octets, and whether they are the last: b"86 LAST" gives (86, True). Raises ProtocolError. RFC 3030."""
    match = _CHUNK.fullmatch(argument)
    if match is None:
        raise ProtocolError("BDAT wants a number of octets, and LAST with the last of them")
    return int(match[1]), match[2] is not None


def reply_line(line: bytes) -> tuple[int, bool, str]:
    """b"250-SIZE 10" gives (250, True, "SIZE 10"): code, whether more lines follow, text. Raises ProtocolError."""
    match = _REPLY.fullmatch(line)
    if match is None:
        raise ProtocolError("Not a reply of SMTP")
    return int(match[1]), match[2] == b"-", (match[3] or b"").decode("utf-8", "replace")


def from_xtext(value: str) -> str:
    """ "a+2Bb" gives "a+b"; any character may come of it, line ends too. Raises ProtocolError. RFC 3461 section 4."""
    if not _XTEXT.fullmatch(value):
        raise ProtocolError("Not valid xtext")
    return _HEX.sub(lambda match: chr(int(match[1], 16)), value)


def from_utf8_xtext(value: str) -> str:
    """ "\\x{E9}a" gives "éa"; UTF-8 may stand as it is too. Raises ProtocolError. RFC 6533 section 3."""
    if not _UTF8_XTEXT.fullmatch(value):
        raise ProtocolError("Not a valid utf-8 address")
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)


def to_xtext(text: str) -> str:
    """The other way, for ASCII text."""
    return "".join(mark if "!" <= mark <= "~" and mark not in "+=" else f"+{ord(mark):02X}" for mark in text)


def domain_key(domain: str) -> str:
    """A domain as it is compared: lower case, U-labels, "XN--R8JZ45G.jp" gives "例え.jp". Raises BadAddress."""
    lower = domain.lower()
    if lower.isascii() and "xn--" not in lower:
        return lower
    import idna  # 10 ms, and few need it

    try:
        return str(idna.decode(idna.encode(lower, uts46=True)))
    except UnicodeError as cause:  # idna's own errors are UnicodeErrors
        raise BadAddress("No valid international domain name") from cause


def _checked(local: str, domain: str) -> Address:
    if len(local.encode()) > MAX_LOCAL_PART or len(domain.encode()) > MAX_DOMAIN:
        raise BadAddress("The address is too long")
    if not _LINE_ENDS.isdisjoint(local):
        raise BadAddress("Not an address")
    if local[0] == '"':
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    if domain[0] == "[":
        return Address(local, _literal(domain[1:-1]))
    return Address(local, domain_key(domain))


def _literal(inside: str) -> str:
    """ "127.0.0.1" or "IPv6:::1" within brackets, lower case. Raises BadAddress. RFC 5321 section 4.1.3."""
    try:
        if inside[:5].lower() == "ipv6:":
            return f"[ipv6:{IPv6Address(inside[5:])}]"
        return f"[{IPv4Address(inside)}]"
    except AddressValueError as cause:
        raise BadAddress("Not a valid address literal") from cause


def _text(argument: bytes) -> str:
    try:
        return argument.decode("utf-8")
    except UnicodeDecodeError as cause:
        raise BadAddress("Neither ASCII nor UTF-8") from cause


def _complaint(argument: bytes, keyword: bytes, form: str) -> ProtocolError:
    """What is wrong with an argument that did not match: the address, or all of it."""
    if argument[: len(keyword)].upper() == keyword and b"<" in argument:
        return BadAddress("Not a valid address")
    return ProtocolError(f"Say {form}")
