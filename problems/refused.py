"""The one way in which `make problems` says no."""


class Refused(Exception):
    """Nothing is written: the message says what is wrong, where, and what to do."""
