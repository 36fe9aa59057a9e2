"""What the demonstration tells at the terminal: where things are, how to sign in, what to try.

Lines that begin with `$` are commands; a test runs each of them as it is printed.
"""

import sys
from pathlib import Path

import msgspec

from server.demo.office import Office
from server.demo.story import ALPHA, BETA, CLOSING, HANDLE, OWN, PEOPLE, QUESTION, SHARED


class Firm(msgspec.Struct):
    """A running firm."""

    domain: str
    address: str
    config: str
    people: list[str]
    tokens: dict[str, str]


class Running(msgspec.Struct):
    """What `entrepairs demo --json` prints."""

    community: str
    password: str
    firms: list[Firm]


def running(offices: tuple[Office, ...], password: str) -> Running:
    """The facts, for programs."""
    firms = [
        Firm(office.domain, office.address, str(office.config), list(office.tokens), dict(office.tokens))
        for office in offices
    ]
    return Running(HANDLE, password, firms)


def text(told: Running) -> str:
    """The same for people, with what to try."""
    return _where(told) + _in_a_browser(told) + _at_a_terminal(told) + _with_an_app(told)


def _where(told: Running) -> str:
    alpha, beta = told.firms
    return f"""
Two firms are running on this machine. They have signed an agreement, and share the community {told.community}
and a private one, {CLOSING.title}.

  {alpha.domain}   {alpha.address}   {_people(alpha)}
  {beta.domain}    {beta.address}   {_people(beta)}

  Sign in as any of them with the password   {told.password}
  alice hosts the community and administers alpha, bea administers beta.

"""


def _in_a_browser(told: Running) -> str:
    alpha, beta = told.firms
    return f"""IN A BROWSER (you can be signed in to both at once)

  Béa's question as her own firm shows it, and as alpha does:
    {beta.address}/@{SHARED.name}@{alpha.domain}      as bea or bruno
    {alpha.address}/@{SHARED.name}                  as alice or adam
  A private community of both. Bruno, at Béa's own firm, cannot find it:
    {beta.address}/@{CLOSING.name}@{alpha.domain}    as bea
    {beta.address}/@{CLOSING.name}@{alpha.domain}    as bruno: there is nothing here
  A community that stays inside alpha. Partners cannot even find it:
    {alpha.address}/@{OWN.name}                 as alice
    {beta.address}/@{OWN.name}@{alpha.domain}     as bea: there is nothing here

"""


def _at_a_terminal(told: Running) -> str:
    alpha, beta = told.firms
    program = Path(sys.executable).with_name("entrepairs")
    return f"""AT A TERMINAL

  What Bruno's app shows him at beta, then a question of his:
    $ curl -s -H 'Authorization: Bearer {beta.tokens["bruno"]}' {beta.address}/api/v1/timelines/home
    $ curl -s -H 'Authorization: Bearer {beta.tokens["bruno"]}' -d 'status={told.community} Does it work on Fridays?' \
{beta.address}/api/v1/statuses
  A moment later Adam has it at alpha:
    $ curl -s -H 'Authorization: Bearer {alpha.tokens["adam"]}' {alpha.address}/api/v1/timelines/home
  Nobody reads without being signed in, and strangers learn nothing of who is here:
    $ curl -s {alpha.address}/api/v1/timelines/public
    $ curl -s -H 'Accept: application/activity+json' {alpha.address}/communities/{OWN.name}

  What the two administrators see:
    $ {program} partner list --config {alpha.config}
    $ {program} community members {SHARED.name} --config {alpha.config}
    $ {program} queue status --config {beta.config}

{_an_agreement(alpha, beta, str(program))}"""


def _an_agreement(alpha: Firm, beta: Firm, program: str) -> str:
    return f"""THE AGREEMENT

  What both have signed: the same hash on both sides, and the text itself.
    $ {program} partner show {BETA} --config {alpha.config}
    $ {program} partner show {ALPHA} --document --json --config {beta.config}
  Beta suspends. From that moment on nothing passes, and Béa is told why she cannot write; alpha sees it too.
    $ {program} partner suspend {ALPHA} --config {beta.config}
    $ sleep 2; curl -s -H 'Authorization: Bearer {beta.tokens["bea"]}' -d 'status=@{CLOSING.name}@{ALPHA} Then?' \
{beta.address}/api/v1/statuses
    $ sleep 1; {program} partner list --config {alpha.config}
  Going on takes both. What one of them writes meanwhile arrives then, in order.
    $ {program} partner resume {ALPHA} --config {beta.config}
    $ {program} partner resume {BETA} --config {alpha.config}
    $ sleep 2; {program} partner list --config {beta.config}
  What is deleted is called back, and its receipt kept (nothing was, so far):
    $ {program} partner receipts {BETA} --config {alpha.config}

"""


def _with_an_app(told: Running) -> str:
    _, beta = told.firms
    return f"""WITH AN APP THAT ACCEPTS http:// (apps for phones want https://: see deploy/operations.md)

  toot, from `pip install toot`: sign in at the address that it prints, and copy the code.
    toot login --instance {beta.address}
    toot timelines list "{SHARED.title}"
    toot post "{told.community} Asked from toot"
    toot notifications
  Look for “{QUESTION}” in the list, and answer it: toot thread, toot post --reply-to.

Ctrl-C ends both servers and removes everything they have written.
"""


def _people(firm: Firm) -> str:
    return ", ".join(f"{name} ({PEOPLE[firm.domain][name]})" for name in firm.people)
