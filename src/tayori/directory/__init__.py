"""Who is here: domains, accounts, aliases, passwords, in DATA/system.db."""
