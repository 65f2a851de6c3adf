"""The other end: an SMTP or LMTP client over a Peer, for delivery, relay and tests. RFC 5321 section 3, RFC 2033.

Laws: every recipient gets an answer of its own; a message is never cut: it ends as a whole or the connection does.
"""

from base64 import b64encode
from collections.abc import AsyncIterable, Mapping
from typing import NamedTuple

from tayori.errors import ProtocolError
from tayori.model import BodyType, Envelope, Recipient
from tayori.ports import Peer
from tayori.smtp import grammar
from tayori.smtp.engine import Dots
from tayori.wire.lines import Lines

MAX_REPLY_LINE = 4096  # octets; RFC 5321 section 4.5.3.1.5 says 512, servers say more
MAX_REPLY_LINES = 256

# Seconds of silence that are borne. RFC 5321 section 4.5.3.2
GREETING, COMMAND, DATA_START, DATA_BLOCK, DATA_END = 300.0, 300.0, 120.0, 180.0, 600.0


class Reply(NamedTuple):
    """What the server said: 250, ("2.1.0 OK",)."""

    code: int
    lines: tuple[str, ...]

    @property
    def positive(self) -> bool:
        """Done, or go on."""
        return self.code < 400

    @property
    def permanent(self) -> bool:
        """Trying again will not help."""
        return self.code >= 500

    def __str__(self) -> str:
        return f"{self.code} {' '.join(self.lines)}"


class Refused(Exception):
    """The server does not go on with a conversation; `reply` says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply


NEEDS_UTF8 = Reply(553, ("5.6.7 The server does not know SMTPUTF8, which the message needs",))
NEEDS_BINARY = Reply(554, ("5.6.3 The server does not know BINARYMIME, which the message needs",))


class Client:
    """`hello`, perhaps `start_tls` and `log_in`, then `send` any number of times, then `quit`."""

    def __init__(self, peer: Peer, hostname: str, lmtp: bool = False) -> None:
        self.peer = peer
        self.timeout = GREETING  # seconds of silence that are borne now; whoever holds the socket keeps to them
        self.capabilities: Mapping[str, str] = {}  # by EHLO keyword: what stands behind it
        self._hostname = hostname.encode("ascii")
        self._lmtp = lmtp
        self._lines = Lines(MAX_REPLY_LINE)

    async def hello(self) -> None:
        """Hear the greeting, say EHLO (HELO where that is unknown). Raises Refused, ProtocolError, Gone."""
        _needed(await self._reply())
        self.timeout = COMMAND
        await self._say_hello()

    async def start_tls(self) -> None:
        """Raises Refused (then nothing has changed), ProtocolError, Gone."""
        _needed(await self._command(b"STARTTLS"))
        self._lines.clear()
        await self.peer.start_tls()
        await self._say_hello()

    async def log_in(self, login: str, password: str) -> None:
        """By PLAIN, or LOGIN where only that is offered. Raises Refused, ProtocolError, Gone. RFC 4954."""
        if "PLAIN" in self.capabilities.get("AUTH", "PLAIN").upper().split():
            _needed(await self._command(b"AUTH PLAIN " + b64encode(f"\0{login}\0{password}".encode())))
            return
        _needed(await self._command(b"AUTH LOGIN"))
        _needed(await self._command(b64encode(login.encode())))
        _needed(await self._command(b64encode(password.encode())))

    async def send(self, envelope: Envelope, content: AsyncIterable[bytes], size: int = 0) -> list[Reply]:
        """One message of `size` octets (0: not known), lines ending in CRLF; an answer for each recipient, in order.

        Raises ProtocolError, Gone: then nobody knows what became of it.
        """
        lack = self._lack(envelope)
        if lack is not None:
            return [lack] * len(envelope.recipients)
        binary = envelope.body is BodyType.BINARY
        answers, start = await self._envelope(envelope, size, wants_data=not binary)
        accepted = [place for place, answer in enumerate(answers) if answer.positive]
        if not start.positive or not accepted:
            return await self._nothing_sent(answers, accepted, start)
        refused = await (self._send_counted(content) if binary else self._send_text(content))
        if refused is not None:
            return await self._nothing_sent(answers, accepted, refused)
        self.timeout = DATA_END
        verdicts = await self._verdicts(len(accepted))
        for place, verdict in zip(accepted, verdicts, strict=True):
            answers[place] = verdict
        return answers

    async def quit(self) -> None:
        """Raises ProtocolError, Gone; neither matters any more."""
        await self._command(b"QUIT")

    # ---- the envelope

    def _lack(self, envelope: Envelope) -> Reply | None:
        """What the server would have to know, and does not."""
        if envelope.smtputf8 and "SMTPUTF8" not in self.capabilities:
            return NEEDS_UTF8
        if envelope.body is BodyType.BINARY and not {"BINARYMIME", "CHUNKING"} <= self.capabilities.keys():
            return NEEDS_BINARY
        return None

    async def _envelope(self, envelope: Envelope, size: int, wants_data: bool) -> tuple[list[Reply], Reply]:
        """Each recipient's answer, and the one that says whether content may follow. RFC 2920."""
        recipients = (self._rcpt(recipient, envelope.smtputf8) for recipient in envelope.recipients)
        commands = [self._mail(envelope, size), *recipients, *([b"DATA"] if wants_data else [])]
        self.timeout = DATA_START
        replies = await self._commands(commands)
        self.timeout = COMMAND
        sender, answers = replies[0], replies[1 : len(envelope.recipients) + 1]
        if not sender.positive:
            answers = [sender] * len(answers)
        return answers, replies[-1] if wants_data else sender

    def _mail(self, envelope: Envelope, size: int) -> bytes:
        words = [f"MAIL FROM:<{envelope.sender}>"]
        if size and "SIZE" in self.capabilities:
            words.append(f"SIZE={size}")
        if envelope.body is not BodyType.SEVEN_BIT and "8BITMIME" in self.capabilities:
            words.append(f"BODY={envelope.body.value}")
        if envelope.smtputf8:
            words.append("SMTPUTF8")
        if "DSN" in self.capabilities:
            words += [f"RET={envelope.returned}"] if envelope.returned else []
            words += [f"ENVID={grammar.to_xtext(envelope.id)}"] if envelope.id else []
        return " ".join(words).encode()

    def _rcpt(self, recipient: Recipient, utf8: bool) -> bytes:
        address = recipient.address if utf8 else grammar.in_ascii(recipient.address)
        words = [f"RCPT TO:<{grammar.mailbox(address)}>"]
        if "DSN" in self.capabilities:
            words += [f"NOTIFY={','.join(sorted(recipient.notify))}"] if recipient.notify else []
            kind, _, original = recipient.original.partition(";")
            words += [f"ORCPT={kind};{grammar.to_xtext(original)}"] if original.isascii() and original else []
        return " ".join(words).encode()

    async def _nothing_sent(self, answers: list[Reply], accepted: list[int], start: Reply) -> list[Reply]:
        """No content was wanted, or nobody was there for it: leave no transaction behind."""
        if start.code == 354:
            await self._command(b".")  # RFC 2920 section 3.1: an answer to DATA that came too late to be stopped
        else:
            await self._command(b"RSET")
        for place in accepted:
            answers[place] = start
        return answers

    # ---- the content

    async def _send_text(self, content: AsyncIterable[bytes]) -> Reply | None:
        dots = Dots()
        self.timeout = DATA_BLOCK
        async for chunk in content:
            self.peer.write(dots.added(chunk))
            await self.peer.room()
        self.peer.write(dots.end())
        return None

    async def _send_counted(self, content: AsyncIterable[bytes]) -> Reply | None:
        """Each chunk is answered before the next is sent, but for the last, which is empty; what refused one."""
        self.timeout = DATA_BLOCK
        async for chunk in content:
            self.peer.write(b"BDAT %d\r\n" % len(chunk))
            self.peer.write(chunk)
            reply = await self._reply()
            if not reply.positive:
                return reply
        self.peer.write(b"BDAT 0 LAST\r\n")
        return None

    async def _verdicts(self, accepted: int) -> list[Reply]:
        """LMTP answers for each recipient, RFC 2033 section 4.2; SMTP once for all."""
        if self._lmtp:
            return [await self._reply() for _ in range(accepted)]
        return [await self._reply()] * accepted

    # ---- commands and replies

    async def _say_hello(self) -> None:
        reply = await self._command((b"LHLO " if self._lmtp else b"EHLO ") + self._hostname)
        if reply.permanent and not self._lmtp:
            self.capabilities = {}
            _needed(await self._command(b"HELO " + self._hostname))
            return
        _needed(reply)
        words = (line.partition(" ") for line in reply.lines[1:])
        self.capabilities = {keyword.upper(): rest for keyword, _, rest in words}

    async def _commands(self, commands: list[bytes]) -> list[Reply]:
        """All at once where the server offers PIPELINING."""
        if "PIPELINING" not in self.capabilities:
            return [await self._command(command) for command in commands]
        self.peer.write(b"".join(command + b"\r\n" for command in commands))
        return [await self._reply() for _ in commands]

    async def _command(self, command: bytes) -> Reply:
        self.peer.write(command + b"\r\n")
        return await self._reply()

    async def _reply(self) -> Reply:
        """Raises ProtocolError, Gone."""
        lines: list[str] = []
        while len(lines) < MAX_REPLY_LINES:
            code, more, text = grammar.reply_line(await self._line())
            lines.append(text)
            if not more:
                return Reply(code, tuple(lines))
        raise ProtocolError("The reply does not end")

    async def _line(self) -> bytes:
        while (line := self._lines.line()) is None:
            self._lines.feed(await self.peer.read())
        return line


def _needed(reply: Reply) -> None:
    if not reply.positive:
        raise Refused(reply)
