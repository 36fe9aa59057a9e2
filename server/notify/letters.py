"""What letters say, in the language of their reader. Plain text: nothing in them is fetched or hidden behind a link."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from server.http.languages import known, long_day, long_moment, to_translate, translations

_LINE: Final = 998 - len("Subject: ")


class Letter(msgspec.Struct, frozen=True):
    """Subject and text of one mail."""

    subject: str
    text: str
    stop: str | None = None
    """Where one press ends all letters of the kind (RFC 8058); None: they are not to be ended."""

    def __repr__(self) -> str:
        return "Letter([not shown])"


class Desk:
    """Writes letters of one firm, in one language, to one person."""

    def __init__(self, domain: str, language: str, name: str) -> None:
        self._domain = domain
        self._language = language
        self._ = self.text = translations(language).gettext
        """A text in the reader's language."""
        self._greeting = self._(to_translate("Hello %(name)s,")) % {"name": one_line(name)}

    def sign_in_address(self, address: str) -> Letter:
        """A one-time address by which somebody signs in, whether for the first time or because they forgot."""
        return self._letter(
            to_translate("Your sign-in address"),
            to_translate("With this address you sign in on %(domain)s and choose a password:"),
            address,
            to_translate("It works once, within 24 hours. Nobody from your firm will ever ask you for it."),
            to_translate("You did not ask for it? Then somebody else typed in your e-mail address; nothing changes."),
        )

    def password_changed(self, at: datetime) -> Letter:
        """The password is another one now."""
        return self._letter(
            to_translate("Your password was changed"),
            to_translate(
                "Your password on %(domain)s was changed on %(day)s; browsers and apps have to sign in again."
            ),
            to_translate("It was not you? Tell your administrator at once."),
            day=self._day(at),
        )

    def proof_added(self, at: datetime) -> Letter:
        """The account has one more proof besides the password: an app's codes or a passkey."""
        return self._letter(
            to_translate("Your account has a new second proof"),
            to_translate(
                "On %(day)s an app for codes or a passkey was added to your account on %(domain)s. Who signs in with "
                "your password is asked for it."
            ),
            to_translate("It was not you? Tell your administrator at once."),
            day=self._day(at),
        )

    def proof_removed(self, at: datetime) -> Letter:
        """One of these proofs is asked for no more."""
        return self._letter(
            to_translate("A second proof of your account was removed"),
            to_translate(
                "On %(day)s an app for codes or a passkey was removed from your account on %(domain)s. It opens "
                "nothing any more."
            ),
            to_translate("It was not you? Tell your administrator at once."),
            day=self._day(at),
        )

    def locked(self, at: datetime) -> Letter:
        """Too many tries of the password."""
        return self._letter(
            to_translate("Somebody tries to sign in as you"),
            to_translate(
                "On %(day)s a wrong password was typed ten times for your account on %(domain)s. For a quarter of an "
                "hour no password is accepted; after that you sign in as before."
            ),
            to_translate("It was not you? Choose another password, and tell your administrator."),
            day=self._day(at),
        )

    def review_soon(self, partner: str, review: datetime) -> Letter:
        """An agreement comes to its review date."""
        return self._letter(
            to_translate("The agreement with %(partner)s has to be renewed"),
            to_translate(
                "Its review date is %(day)s. Without a new version, signed by both, the exchange with %(partner)s is "
                "suspended from that day on."
            ),
            to_translate("You are told because you administer %(domain)s."),
            partner=partner,
            day=self._day(review),
        )

    def test(self) -> Letter:
        """Mail works."""
        return self._letter(
            to_translate("Mail of %(domain)s works"),
            to_translate("This is a test. There is nothing to do."),
        )

    def written(self, subject: str, paragraphs: Sequence[str], *, stop: str | None = None) -> Letter:
        """A letter of paragraphs in the reader's language, between the greeting and who sends it."""
        return Letter(subject[:_LINE], "\n\n".join([self._greeting, *paragraphs, self._domain]) + "\n", stop)

    def _letter(self, subject: str, *paragraphs: str, **values: str) -> Letter:
        filled = {"domain": self._domain, **values}
        body = [paragraph if paragraph.startswith("http") else self._(paragraph) % filled for paragraph in paragraphs]
        return self.written(self._(subject) % filled, body)

    def moment(self, at: datetime) -> str:
        """Day of the week, day and time, by the clocks that it is given in."""
        return long_moment(at, self._language)

    def _day(self, at: datetime) -> str:
        return long_day(at, self._language)


def desk(domain: str, language: str, name: str) -> Desk:
    """Where letters to somebody are written; an unknown language is French, as everywhere."""
    return Desk(domain, known(language) or "fr", name)


def one_line(text: str) -> str:
    """Names come from people and directories: no line break of theirs may begin a header or a paragraph (T115)."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
