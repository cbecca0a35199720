"""The version of the package, apart from everything, so that whoever writes it into an answer imports nothing else."""

__version__ = "0.1.0"
