"""Stands before the package of this name, which jsonschema takes where it is there.

Importing that one compiles a grammar for more than a second, in every process of Jupyter's, and nothing here has an
identifier that it would check.
"""

raise ImportError("the tests do without it")
