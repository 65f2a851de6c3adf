"""The structure of well-formed messages, beside what the stdlib reads in them."""

import email
import email.policy
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tayori.message.structure import Part, parse
from tayori.message.text import part_text
from tayori.message.transfer import decode

texts = st.text(st.sampled_from("ab é東-\n "), max_size=60)


@st.composite
def leaves(draw: st.DrawFn) -> Message:
    if draw(st.booleans()):
        return MIMEText(draw(texts), draw(st.sampled_from(["plain", "html"])), "utf-8")
    part = MIMEBase("application", "octet-stream", name=draw(st.text("ab; \"\\'()=", min_size=1, max_size=9)))
    part.set_payload(draw(st.text("xyz\n", max_size=40)))
    return part


def containers(inner: st.SearchStrategy[Message]) -> st.SearchStrategy[Message]:
    multiparts = st.builds(
        lambda subtype, parts: MIMEMultipart(subtype, _subparts=parts),
        st.sampled_from(["mixed", "alternative", "related"]),
        st.lists(inner, min_size=1, max_size=3),
    )
    return multiparts | st.builds(MIMEMessage, inner)


trees = st.recursive(leaves(), containers, max_leaves=8)


def stdlib_outline(part: Message) -> list[object]:
    """Type, name and, for a leaf, its body; for others their parts."""
    kind = part.get_content_type().upper()
    if part.is_multipart():
        return [kind, *(stdlib_outline(each) for each in part.get_payload() if isinstance(each, Message))]
    return [kind, part.get_param("name"), part.get_payload(decode=True)]


def outline(raw: bytes, part: Part) -> list[object]:
    kind = (part.media_type + b"/" + part.subtype).decode()
    inside = part.children or ([part.embedded] if part.embedded else [])
    if inside:
        return [kind, *(outline(raw, each) for each in inside)]
    name = dict(part.parameters).get(b"NAME")
    return [kind, name and name.decode(), decode(raw[part.header_end : part.body_end], part.encoding)]


@given(trees)
def test_a_tree_of_parts_is_read_as_the_stdlib_reads_it(tree: Message) -> None:
    raw = tree.as_bytes()
    assert outline(raw, parse(raw)) == stdlib_outline(email.message_from_bytes(raw))


@given(trees)
def test_sizes_are_those_of_the_bytes_with_crlf(tree: Message) -> None:
    raw = tree.as_bytes()
    whole = raw.replace(b"\n", b"\r\n")
    waiting = [(parse(raw, bare_lf=True), parse(whole))]
    while waiting:
        folded, wire = waiting.pop()
        assert folded.wire_size == wire.wire_size == len(whole[wire.header_end : wire.body_end])
        assert folded.lines == wire.lines == whole[wire.header_end : wire.body_end].count(b"\r\n")
        waiting += zip(folded.children, wire.children, strict=True)
        if folded.embedded and wire.embedded:
            waiting.append((folded.embedded, wire.embedded))


@given(texts)
def test_a_text_comes_out_as_it_went_in(text: str) -> None:
    raw = MIMEText(text, "plain", "utf-8").as_bytes()
    assert part_text(raw, parse(raw)) == text


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_both_transfer_encodings_of_the_stdlib_are_undone(encoding: str) -> None:
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message.set_content("拝啓 = é\n" * 30, cte=encoding)
    raw = message.as_bytes()
    assert part_text(raw, parse(raw)).replace("\r\n", "\n") == "拝啓 = é\n" * 30
