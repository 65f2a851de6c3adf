"""What the measurements need of Linux: a journaled file system, and what a process tree costs."""
