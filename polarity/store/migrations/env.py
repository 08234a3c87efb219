"""How Alembic takes the steps: on the connection that `opening` hands over, in its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
