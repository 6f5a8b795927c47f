"""Files that visitors bring: text in UTF-8, or a reason why not."""

from costmodel import DomainError


def text_of(content: bytes) -> str:
    """The text of a file; DomainError names the first byte that is not UTF-8. A byte order mark is no part of it."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DomainError(
            f"the file is not text in UTF-8: byte {error.object[error.start]:#04x} at place {error.start:,}"
        ) from None
