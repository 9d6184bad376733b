"""What a report says when a file, a formula or a folder is not as it should be."""


class ReportError(ValueError):
    """No report can be written as asked: the message says what is wrong, where, and what to do."""
