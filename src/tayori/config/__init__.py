"""Settings: one TOML file, read whole and checked before anything starts; errors with line and column."""

from tayori.config.problem import ConfigError, Problem
from tayori.config.reading import load
from tayori.config.settings import Config

__all__ = ["Config", "ConfigError", "Problem", "load"]
