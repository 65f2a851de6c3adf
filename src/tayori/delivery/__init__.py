"""What becomes of a message: recipients, relay and loop rules, trace fields. RFC 5321 section 3.9, 4.4 and 6.3."""
