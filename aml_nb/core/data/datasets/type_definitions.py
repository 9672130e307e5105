"""The words of v1 for how files are read (``azureml.data.dataset_type_definitions``)."""

from __future__ import annotations

from enum import Enum


class PromoteHeadersBehavior(Enum):
    """Where the headings of delimited files are."""

    NO_HEADERS = 0
    """Nowhere: the columns are ``Column1``, ``Column2``, …"""
    ONLY_FIRST_FILE_HAS_HEADERS = 1
    """In the first file; the others begin with a row of data."""
    COMBINE_ALL_FILES_HEADERS = 2
    """In each file, and they differ: a column that a file does not have is empty there."""
    ALL_FILES_HAVE_SAME_HEADERS = 3
    """In each file, and they are the same."""


class SkipLinesBehavior(Enum):
    """Where lines are skipped."""

    NO_ROWS = 0
    FROM_FIRST_FILE_ONLY = 1
    FROM_ALL_FILES = 2


class FileEncoding(Enum):
    """How the characters of a file are written."""

    UTF8 = 0
    ISO88591 = 1
    LATIN1 = 2
    ASCII = 3
    UTF16 = 4
    UTF32 = 5
    UTF8BOM = 6
    WINDOWS1252 = 7


class HistogramCompareMethod(Enum):
    """How two histograms are compared."""

    WASSERSTEIN = 0
    ENERGY = 1


class FileType(Enum):
    """The kinds of files that were told apart by themselves."""

    GENERIC_CSV = "GenericCSV"
    GENERIC_CSV_NO_HEADER = "GenericCSVNoHeader"
    GENERIC_TSV = "GenericTSV"
    GENERIC_TSV_NO_HEADER = "GenericTSVNoHeader"
    ZIP = "Zip"
    UNKNOWN = "Unknown"
