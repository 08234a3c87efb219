"""How Sphinx builds the pages: `make docs`."""

from importlib.metadata import version as version_of

project = "polarity"
version = release = version_of("polarity")
copyright = "the authors of polarity"  # noqa: A001 - Sphinx reads this name
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["checkpoint_notes.md"]  # the end of the model card, which is a page
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = "polarity"
html_show_sphinx = False
html_copy_source = False

smartquotes = False  # two dashes begin an option
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"
