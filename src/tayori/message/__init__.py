"""Reading a message's bytes: header, structure, dates, addresses, text; pure, linear, and never refusing."""
