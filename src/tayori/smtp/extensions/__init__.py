"""What EHLO tells of; each module defines EXTENSION. `ls` is what the server offers."""
