"""bard: the weight on the client, from load cells on overhead bars."""

__version__ = "0.1.0"
