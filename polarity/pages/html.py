"""What fills a page's template: escaping everything, and failing where a name is not there.

Every page stands on `base.html.j2`, which forbids itself the network and every script that it does not
name by hash, and looks as `page.css` says. A room that needs more has templates of its own, which extend it.
"""

from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from polarity.pages.invisible import message_text, visible


@cache
def environment(*rooms: str) -> Environment:
    """Make what fills the templates here and in the folder `templates` of each room, as "polarity.report"."""
    own = [PackageLoader(room) for room in rooms]
    made = Environment(
        loader=ChoiceLoader([*own, PackageLoader("polarity.pages", ".")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"message_text": message_text, "visible": visible}
    return made
