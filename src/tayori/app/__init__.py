"""Joins the parts: the one package that names implementations. DESIGN section 4."""

from tayori.app.one_process import DEV, Welcome, dev, everything
from tayori.app.server import serve

__all__ = ["DEV", "Welcome", "dev", "everything", "serve"]
