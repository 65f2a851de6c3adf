"""The way in: decide, log, apply, settle. What was acknowledged survives a power cut. DESIGN section 1, idea 2."""

from tayori.spool.intake import Spool
from tayori.spool.replay import ends, is_held, replay
from tayori.spool.settings import Settings

__all__ = ["Settings", "Spool", "ends", "is_held", "replay"]
