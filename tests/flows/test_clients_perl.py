"""Perl's Mail::IMAPClient, which imapsync stands on, and Mail::IMAPTalk, which Cyrus is tested with."""

import subprocess

import pytest

from aids.clients import absent, need
from aids.office import HOST, Office, run
from aids.server import PASSWORD

pytestmark = pytest.mark.client

CLIENT = """
use strict; use warnings; use utf8; use Mail::IMAPClient; use IO::Socket::SSL;
my ($where, $ca, $user, $password) = @ARGV;
my $socket = IO::Socket::SSL->new(PeerAddr => $where, SSL_ca_file => $ca) or die;
my $imap = Mail::IMAPClient->new(Socket => $socket, User => $user, Password => $password, Uid => 1) or die $@;
sub so { $_[0] or die $_[1] . ": " . $imap->LastError }
"""
TALK = """
use strict; use warnings; use Mail::IMAPTalk; use IO::Socket::SSL;
my ($where, $ca, $user, $password) = @ARGV;
my $socket = IO::Socket::SSL->new(PeerAddr => $where, SSL_ca_file => $ca) or die;
my $imap = Mail::IMAPTalk->new(Socket => $socket, Username => $user, Password => $password, Uid => 1) or die $@;
sub so { $_[0] or die $_[1] . ": $@" }
"""
SUBJECTS = ("one", "two", "three")


@pytest.fixture
def filled(office: Office, account: str) -> str:
    for subject in SUBJECTS:
        office.submit(f"From: {subject}@example.net\r\nSubject: {subject}\r\n\r\nA letter.\r\n".encode(), account)
    return account


def perl(office: Office, account: str, module: str, script: str) -> list[str]:
    """The lines that it prints."""
    program = need("perl")
    for each in (module, "IO::Socket::SSL"):
        if subprocess.run([program, f"-M{each}", "-e", "1"], capture_output=True, check=False).returncode:
            absent(f"Perl's {each} is not installed")
    where = f"{HOST}:{office.port('imaps')}"
    return run([program, "-e", script, where, office.ca, account, PASSWORD]).decode().splitlines()


def imap_client(office: Office, account: str, script: str) -> list[str]:
    return perl(office, account, "Mail::IMAPClient", CLIENT + script)


def imap_talk(office: Office, account: str, script: str) -> list[str]:
    return perl(office, account, "Mail::IMAPTalk", TALK + script)


def test_imapclient_reads_envelopes_structures_and_messages(office: Office, filled: str) -> None:
    script = """
    so($imap->select("INBOX"), "select");
    for my $uid ($imap->search("SUBJECT", $imap->Quote("o"), "UNSEEN")) {
        print join(" ", $imap->get_envelope($uid)->from_addresses, $imap->get_bodystructure($uid)->bodytype), "\\n";
    }
    print scalar($imap->message_string(1) =~ /A letter/), " ", $imap->unseen_count, "\\n";
    """
    lines = imap_client(office, filled, script)
    assert lines == ["<one@example.net> TEXT", "<two@example.net> TEXT", "1 2"]


def test_imapclient_appends_copies_moves_and_expunges(office: Office, filled: str) -> None:
    script = """
    so($imap->append_string("Sent", "Subject: four\\r\\n\\r\\nbody\\r\\n", '(\\\\Seen)'), "append");
    so($imap->select("INBOX"), "select"); so($imap->create("Lists/One"), "create");
    print join(",", $imap->copy("Lists/One", 1, 3), $imap->move("Lists/One", 2)), "\\n";
    so($imap->expunge, "expunge"); so($imap->rename("Lists/One", "Lists/Two"), "rename");
    so($imap->subscribe("Lists/Two"), "subscribe"); print join(",", $imap->subscribed("Lists/*")), "\\n";
    """
    assert imap_client(office, filled, script) == ["1,2,3", "Lists/Two"]
    counts = [len(office.texts(filled, folder)) for folder in ("INBOX", "Lists/Two", "Sent")]
    assert counts == [2, 3, 1]


def test_imapclient_sorts_threads_and_idles(office: Office, filled: str) -> None:
    script = """
    so($imap->select("INBOX"), "select");
    print join(",", $imap->sort("REVERSE SUBJECT", "UTF-8", "ALL")), " ";
    print scalar(@{$imap->thread("REFERENCES", "UTF-8", "ALL")}), "\\n";
    so($imap->idle, "idle"); so($imap->done, "done"); so($imap->logout, "logout");
    """
    assert imap_client(office, filled, script) == ["2,3,1 3"]


def test_imaptalk_fetches_what_it_parses(office: Office, filled: str) -> None:
    script = """
    so($imap->select("INBOX"), "select"); so($imap->store("1:2", "+flags", '(\\\\Flagged)'), "store");
    my $all = $imap->fetch("1:*", "(flags rfc822.size envelope bodystructure)"); so($all, "fetch");
    for (sort keys %$all) {
        print "$all->{$_}{envelope}{Subject} $all->{$_}{bodystructure}{'MIME-Type'} @{$all->{$_}{flags}}\\n";
    }
    """
    lines = [line.replace(" \\Recent", "") for line in imap_talk(office, filled, script)]
    assert lines == ["one text \\Flagged", "two text \\Flagged", "three text"]


def test_imaptalk_searches_sorts_and_threads(office: Office, filled: str) -> None:
    script = """
    so($imap->select("INBOX"), "select");
    so($imap->append("Drafts", '(\\\\Draft)', {Literal => "Subject: four\\r\\n\\r\\nbody"}), "append");
    my %status = %{$imap->status("Drafts", "(messages unseen)")};
    print "$status{messages} $status{unseen} @{$imap->search('not', 'deleted')} ";
    print "@{$imap->sort('(subject)', 'utf-8', 'all')} ", scalar(@{$imap->thread('references', 'utf-8', 'all')}), "\\n";
    """
    assert imap_talk(office, filled, script) == ["1 1 1 2 3 1 3 2 3"]
