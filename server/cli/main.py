"""`entrepairs`: the commands of the product, one module each, loaded only when it is called.

A command is a thin call into `actions/` or `queries/`; `running.py` says how it runs.
"""

from importlib import import_module

import click

from server.cli.running import Call, options

MODULES = {
    "audit": "server.cli.audit",
    "backup": "server.cli.backup",
    "community": "server.cli.communities",
    "db": "server.cli.database",
    "demo": "server.cli.demo",
    "doctor": "server.cli.doctor",
    "emoji": "server.cli.emojis",
    "fetch": "server.cli.fetch",
    "keys": "server.cli.keys",
    "mail": "server.cli.mail",
    "migrate": "server.cli.migrate",
    "partner": "server.cli.partners",
    "peer": "server.cli.peer",
    "queue": "server.cli.queue",
    "replay": "server.cli.replay",
    "restore": "server.cli.restore",
    "scim": "server.cli.scim",
    "serve": "server.cli.serve",
    "user": "server.cli.users",
}
"""Each has its click command, or group of commands, under the name `command`."""


class LazyGroup(click.Group):
    """Imports a command's module when it is asked for: serving needs much that listing users does not."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, for the help text."""
        return sorted(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; None: wrong usage."""
        if cmd_name not in MODULES:
            return None
        found: click.Command = import_module(MODULES[cmd_name]).command
        return found


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="entrepairs")
@options
@click.pass_context
def main(context: click.Context) -> None:
    """Communities of managers, between peers. Settings are ENTREPAIRS_* variables or a TOML file."""
    context.ensure_object(Call)


if __name__ == "__main__":
    main()
