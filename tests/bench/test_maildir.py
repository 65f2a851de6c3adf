"""The corpus as a Maildir that every system can take in."""

import mailbox
from pathlib import Path

from bench import corpus
from bench.machine.maildir import GUID, VALIDITY, corpus_maildir
from tayori.store.dovecot import read_uidlist


def test_the_corpus_lies_in_it_with_lf(tmp_path: Path) -> None:
    found = mailbox.Maildir(corpus_maildir(tmp_path / "corpus", 3))
    contents = sorted(found.get_bytes(key) for key in found.keys())  # noqa: SIM118  # a Maildir iterates over messages
    assert contents == sorted(content.replace(b"\r\n", b"\n") for content in corpus.messages(3))


def test_a_name_tells_both_sizes(tmp_path: Path) -> None:
    [file] = (corpus_maildir(tmp_path / "corpus", 1) / "cur").iterdir()
    sizes = f",S={file.stat().st_size},W={len(corpus.message(0))}:2,"
    assert file.name.endswith(sizes)


def test_uids_follow_the_corpus_over_the_shares_of_processes(tmp_path: Path) -> None:
    uidlist = read_uidlist(str(corpus_maildir(tmp_path / "corpus", 1001)))
    assert [int(name.partition(".")[0]) - VALIDITY for name in uidlist.uids] == list(range(1001))
    assert list(uidlist.uids.values()) == list(range(1, 1002))
    assert (uidlist.uid_validity, uidlist.uid_next, uidlist.guid) == (VALIDITY, 1002, GUID)


def test_one_that_is_there_is_taken_as_it_is(tmp_path: Path) -> None:
    corpus_maildir(tmp_path / "corpus", 1)
    assert len(list((corpus_maildir(tmp_path / "corpus", 2) / "cur").iterdir())) == 1
