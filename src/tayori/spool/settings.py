"""What can be set about the way in."""

from dataclasses import dataclass, field

from tayori.delivery.decide import Rules


@dataclass(frozen=True, slots=True)
class Settings:
    """Defaults are DESIGN section 6's."""

    hostname: str = "localhost"
    message: int = 50 * 2**20  # octets of one message
    reserve: int = 32 * 2**20  # octets of the file system that are never promised to anybody
    reserve_files: int = 1000  # inodes, likewise
    segment: int = 16 * 2**20  # octets of a segment of the log
    rules: Rules = field(default_factory=Rules)
