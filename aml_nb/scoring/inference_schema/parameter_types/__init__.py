"""The kinds of sample that ``@input_schema`` and ``@output_schema`` know."""
