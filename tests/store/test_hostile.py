"""What asks the store for as much as IMAP's limits let it."""

from collections.abc import Iterator

import pytest

from aids.reader import Reader
from aids.rooms import StoreRoom
from aids.stored import ALICE

MESSAGES = 2_000
ODD = ",".join(str(uid) for uid in range(1, MESSAGES, 2))  # so many ranges, none of which touch


@pytest.fixture
def client() -> Iterator[Reader]:
    """Logged in, over a store in this process."""
    room = StoreRoom()
    reader = Reader(room)
    reader.command(f"LOGIN {ALICE} wonderland")
    yield reader
    reader.leave()
    room.close()


@pytest.fixture(scope="module")
def large() -> Iterator[Reader]:
    """A large INBOX is selected."""
    room = StoreRoom()
    room.arrive(MESSAGES - 3)
    reader = Reader(room)
    reader.command(f"LOGIN {ALICE} wonderland")
    reader.select()
    yield reader
    reader.leave()
    room.close()


def found(client: Reader, command: str) -> list[int]:
    assert client.command(command).startswith("OK")
    return client.found


def test_a_set_of_many_pieces_is_stored_and_copied(large: Reader) -> None:
    assert large.command(f"UID STORE {ODD} +FLAGS.SILENT (\\Seen)").startswith("OK")
    assert found(large, "UID SEARCH SEEN") == list(range(1, MESSAGES, 2))
    assert large.command(f"UID COPY {ODD} Archive").startswith("OK [COPYUID")


def test_a_set_of_many_pieces_is_searched_and_sorted(large: Reader) -> None:
    assert found(large, f"UID SEARCH UID {ODD} SUBJECT Hello") == list(range(1, MESSAGES, 2))
    assert large.command(f"UID SORT (REVERSE SUBJECT) UTF-8 UID {ODD}").startswith("OK")


def test_keys_nested_to_the_limit_are_searched(large: Reader) -> None:
    every = list(range(1, MESSAGES + 1))
    assert found(large, "UID SEARCH " + "NOT " * 62 + "SUBJECT Hello") == every
    assert found(large, "UID SEARCH " + "(OR " * 30 + "ALL" + " SEEN)" * 30) == every


def test_as_many_keys_as_may_be_are_searched(large: Reader) -> None:
    assert found(large, "UID SEARCH " + "LARGER 1 " * 999 + "UID 7") == [7]


def test_of_too_many_keywords_none_is_made(client: Reader) -> None:
    client.select()
    before = client.keywords
    keywords = " ".join(f"k{number}" for number in range(9_000))
    assert client.command(f"STORE 1 +FLAGS ({keywords})") == "NO [LIMIT] A mailbox has at most 57 keywords\r\n"
    assert client.command("NOOP").startswith("OK")
    assert client.keywords == before


@pytest.mark.parametrize("name", ["n" * 255, "n" * 1_000, "/".join(["d" * 30] * 32)], ids=len)
@pytest.mark.parametrize("command", ["CREATE {}", "RENAME Sent {}", "RENAME INBOX {}"])
def test_a_name_too_long_for_a_folder_is_refused(client: Reader, command: str, name: str) -> None:
    assert client.command(command.format(name)) == "NO [CANNOT] The mailbox name is too long\r\n"
    assert client.command("STATUS Sent (MESSAGES)").startswith("OK")


def test_what_lies_below_may_not_get_too_deep_by_renaming(client: Reader) -> None:
    assert client.command("CREATE deep/" + "/".join(["x"] * 30)).startswith("OK")
    assert client.command("RENAME deep " + "/".join(["y"] * 10)).startswith("NO [CANNOT]")
    assert client.command("STATUS deep/x (MESSAGES)").startswith("OK")


def test_the_status_of_many_mailboxes_is_told(client: Reader) -> None:
    for number in range(500):
        client.command(f"CREATE box{number}")
    heard = len(client.responses)
    assert client.command('LIST "" box* RETURN (STATUS (MESSAGES UNSEEN SIZE HIGHESTMODSEQ))').startswith("OK")
    told = client.responses[heard:]
    assert (len(told), sum(one.startswith(b"* STATUS") for one in told)) == (1_000, 500)


def test_a_name_decomposed_is_the_mailbox_of_its_composed_form(client: Reader) -> None:
    assert client.command("CREATE Bu&Awg-cher").startswith("OK")
    assert client.command("CREATE B&APw-cher").startswith("NO [ALREADYEXISTS]")
    assert client.command("RENAME B&APw-cher Bu&Awg-cher").startswith("NO [ALREADYEXISTS]")
    assert client.command("STATUS B&APw-cher (MESSAGES)").startswith("OK")
