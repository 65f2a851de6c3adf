"""SCRAM-SHA-256-PLUS: SCRAM that notices somebody between the two ends of TLS. RFC 5802 section 6, RFC 9266."""

from tayori.sasl.mechanism import Mechanism
from tayori.sasl.scram import PLUS, scram_plus

MECHANISM = Mechanism(PLUS, scram_plus, needs_tls=True)
