"""The exceptions by which an action says no to a person.

Answers of the API and commands show the message as it is, pages in the language of the reader.
"""

from server.http.languages import to_translate


class Refused(Exception):
    """The action was not done; the message is one sentence that says what the person can do about it.

    A message with placeholders (`%(name)s`) and their values can be said in the person's language by a page, where its
    text is marked for translation; commands and the API say it in English.
    """

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.message = message
        self.values = values


class NotAllowed(Refused):
    """The thing is there, and this person may not do that with it. 403."""

    def __init__(self, message: str = to_translate("This action is not allowed"), **values: object) -> None:
        super().__init__(message, **values)


class Invalid(Refused):
    """What was given cannot be used. 422."""


class Unavailable(Refused):
    """What is needed is out of reach right now; the same may be tried again. 503."""


class NotThere(Refused):
    """There is no such thing, or none that this person may know of. 404."""

    def __init__(self, message: str = to_translate("It is not there, or not meant for you."), **values: object) -> None:
        super().__init__(message, **values)
