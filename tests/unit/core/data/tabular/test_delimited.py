"""Delimited files: headings, types, encodings, partitions, and files that are badly formed."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from aml_nb.core.data.datasets.errors import DatasetExecutionError, DatasetValidationError
from aml_nb.core.data.datasets.tabular.dataset import TabularDataset
from aml_nb.core.data.datasets.tabular_factory import DataType, TabularDatasetFactory
from aml_nb.core.data.datasets.type_definitions import FileEncoding, PromoteHeadersBehavior
from aml_nb.errors import UserErrorException

from_files = TabularDatasetFactory.from_delimited_files
Make = Callable[..., TabularDataset]
Write = Callable[..., str]


def listed(dataset: TabularDataset, **how: Any) -> dict[str, list[Any]]:
    """The columns as lists, missing values as None."""
    frame = dataset.to_pandas_dataframe(**how)
    return {name: [None if pd.isna(value) else value for value in frame[name]] for name in frame}


def test_types_are_v1s(delimited: Make) -> None:
    frame = delimited(
        "n,f,b,d,t,s,m,e\n"
        "1,1.5,true,2020-01-31,2020-01-31T10:00:00Z,x,1,\n"
        "2,,False,2020-02-01,2020-01-31T10:00:00+02:00,,,\n"
    ).to_pandas_dataframe()
    assert frame.dtypes.astype(str).to_dict() == {
        "n": "int64",
        "f": "float64",
        "b": "bool",
        "d": "datetime64[ns]",
        "t": "datetime64[ns]",
        "s": "object",
        "m": "float64",
        "e": "object",
    }
    assert frame["t"].tolist() == [pd.Timestamp("2020-01-31 10:00"), pd.Timestamp("2020-01-31 08:00")]
    assert frame["s"].tolist() == ["x", None] and frame["e"].tolist() == [None, None]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-2", "+3"], "int64"),
        (["007", "008"], "int64"),
        (["1", "2.5"], "float64"),
        (["1e3", "nan", ".5"], "float64"),
        (["true", "FALSE"], "bool"),
        (["true", "1"], "object"),
        (["12/31/2020", "1/2/2020"], "datetime64[ns]"),
        (["31/12/2020", "1/2/2020"], "datetime64[ns]"),
        (["1/15/2013 4:00 PM"], "datetime64[ns]"),
        (["2020-13-01"], "object"),
        (["99999999999999999999"], "object"),
        (["1_000"], "object"),
        (["0x10"], "object"),
        (["10:00"], "object"),
        (["infinity", "1"], "float64"),
    ],
)
def test_types_are_judged_by_what_is_there(delimited: Make, values: list[str], kind: str) -> None:
    assert str(delimited("a\n" + "\n".join(values) + "\n").to_pandas_dataframe()["a"].dtype) == kind


def test_days_come_first_where_a_month_cannot(delimited: Make) -> None:
    assert listed(delimited("a\n1/2/2020\n31/1/2020\n"))["a"][0] == pd.Timestamp("2020-02-01")
    assert listed(delimited("a\n1/2/2020\n1/31/2020\n"))["a"][0] == pd.Timestamp("2020-01-02")


def test_without_inference_everything_is_text(delimited: Make) -> None:
    assert listed(delimited("a,b\n01,2020-01-01\n", infer_column_types=False)) == {"a": ["01"], "b": ["2020-01-01"]}


def test_types_can_be_set(delimited: Make) -> None:
    types = {
        "day": DataType.to_datetime(["%d.%m.%Y", "%d %b %Y"]),
        "price": DataType.to_float(decimal_mark=","),
        "zip": DataType.to_string(),
        "yes": DataType.to_bool(),
        "count": DataType.to_long(),
    }
    content = "day;price;zip;yes;count\n31.01.2020;1.234,5;007;1;3\n1 Feb 2020;2;1;no;1.5\n"
    assert listed(delimited(content, separator=";", set_column_types=types)) == {
        "day": [pd.Timestamp("2020-01-31"), pd.Timestamp("2020-02-01")],
        "price": [1234.5, 2.0],
        "zip": ["007", "1"],
        "yes": [True, False],
        "count": [3.0, None],
    }


@pytest.mark.parametrize("types", [{"a": "long"}, ["a"], {"a": DataType}])
def test_types_that_are_none_are_refused(delimited: Make, types: Any) -> None:
    with pytest.raises(UserErrorException, match="set_column_types|DataType"):
        delimited("a\n1\n", set_column_types=types)


@pytest.mark.parametrize("formats", [[], ["day"], [1], ""])
def test_forms_of_times_that_are_none_are_refused(formats: Any) -> None:
    with pytest.raises(UserErrorException, match="formats"):
        DataType.to_datetime(formats)


def test_a_type_for_a_column_that_is_not_there_is_told(delimited: Make) -> None:
    with pytest.raises(DatasetValidationError, match="no column 'pric'") as error:
        delimited("price\n1\n", set_column_types={"pric": DataType.to_float()})
    assert error.value.hint == "did you mean 'price'?"


BEHAVIOURS = [
    (PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS, {"a": [1, 3], "b": ["x", "y"]}),
    (True, {"a": [1, 3], "b": ["x", "y"]}),
    (PromoteHeadersBehavior.COMBINE_ALL_FILES_HEADERS, {"a": [1, 3], "b": ["x", "y"]}),
    (PromoteHeadersBehavior.ONLY_FIRST_FILE_HAS_HEADERS, {"a": ["1", "a", "3"], "b": ["x", "b", "y"]}),
    (PromoteHeadersBehavior.NO_HEADERS, {"Column1": ["a", "1", "a", "3"], "Column2": ["b", "x", "b", "y"]}),
    (False, {"Column1": ["a", "1", "a", "3"], "Column2": ["b", "x", "b", "y"]}),
]


@pytest.mark.parametrize(("header", "wanted"), BEHAVIOURS)
def test_headings(write: Write, tmp_path: Path, header: Any, wanted: dict[str, list[Any]]) -> None:
    write("d/1.csv", "a,b\n1,x\n")
    write("d/2.csv", "a,b\n3,y\n")
    assert listed(from_files(str(tmp_path / "d" / "*.csv"), header=header)) == wanted


def test_files_with_other_columns_are_put_together_by_name(write: Write) -> None:
    paths = [
        write("1.csv", "a,b\n1,x\n"),
        write("2.csv", "b,c\ny,2\n"),
        write("3.csv", ""),
        write("4.csv", "b,a\nz,3\n"),
    ]
    wanted = {"a": [1, None, 3], "b": ["x", "y", "z"], "c": [None, 2, None]}
    combined = from_files(paths, header=PromoteHeadersBehavior.COMBINE_ALL_FILES_HEADERS)
    assert listed(combined) == wanted
    with pytest.warns(UserWarning, match=r"2\.csv lacks the columns \['a'\] and has \['c'\]"):
        dataset = from_files(paths)
    with pytest.warns(UserWarning, match="put together by name"):
        assert listed(dataset) == wanted


def test_names_of_columns(delimited: Make) -> None:
    assert list(listed(delimited('a,a,,"b;""c\'",A\n1,2,3,4,5\n'))) == ["a", "a_1", "Column3", "b;\"c'", "A"]


def test_two_hundred_columns(delimited: Make) -> None:
    names = [f"col {place}" for place in range(200)]
    content = ",".join(names) + "\n" + ",".join(map(str, range(200))) + "\n"
    assert listed(delimited(content)) == {name: [place] for place, name in enumerate(names)}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "::", "=====", "§", "'"])
def test_separators(delimited: Make, separator: str) -> None:
    content = f'a{separator}b\n1{separator}"x{separator}y"\n'
    assert listed(delimited(content, separator=separator)) == {"a": [1], "b": [f"x{separator}y"]}


@pytest.mark.parametrize("separator", ["\n", "\r\n"])
def test_by_line_breaks_each_line_is_one_field(delimited: Make, separator: str) -> None:
    lines = ['{"data": [[1, 2], [3, 4]]}', "[1, 2]", "a\tb;c|d", '{"data": [[1, 2], [3, 4]]}']
    dataset = delimited("\n".join(lines), separator=separator, header=PromoteHeadersBehavior.NO_HEADERS)
    assert listed(dataset) == {"Column1": lines}


@pytest.mark.parametrize("separator", ["", '"', "a\nb", None, 1])
def test_separators_that_are_none_are_refused(delimited: Make, separator: Any) -> None:
    with pytest.raises(UserErrorException, match="separator"):
        delimited("a\n1\n", separator=separator)


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        ("utf8", "utf-8"),
        ("utf8", "utf-8-sig"),
        ("utf8bom", "utf-8-sig"),
        ("latin1", "latin-1"),
        ("iso88591", "latin-1"),
        ("windows1252", "cp1252"),
        ("utf16", "utf-16"),
        ("utf32", "utf-32"),
        (FileEncoding.LATIN1, "latin-1"),
    ],
)
def test_encodings(write: Write, encoding: Any, codec: str) -> None:
    dataset = from_files(write("e.csv", "naïve,b\n1,é\n2,ü\n", codec), encoding=encoding)
    assert listed(dataset) == {"naïve": [1, 2], "b": ["é", "ü"]}
    assert listed(dataset.take(1)) == {"naïve": [1], "b": ["é"]}


def test_an_encoding_that_is_none_is_refused(delimited: Make) -> None:
    with pytest.raises(UserErrorException, match="encoding"):
        delimited("a\n1\n", encoding="klingon")


def test_a_file_that_says_that_it_is_utf16_is_believed(write: Write) -> None:
    with pytest.raises(DatasetValidationError, match=r"u\.csv is written in UTF-16") as error:
        from_files(write("u.csv", "a\n1\n", "utf-16"))
    assert error.value.hint == "encoding='utf16'"


def test_bytes_that_are_no_text_become_a_sign(delimited: Make) -> None:
    assert listed(delimited(b"a,b\n1,\xff\n2,x\n")) == {"a": [1, 2], "b": ["\ufffd", "x"]}


def test_packed_files(write: Write) -> None:
    assert listed(from_files(write("x.csv.gz", gzip.compress(b"a\n1\n2\n")))) == {"a": [1, 2]}


def test_fields_over_lines(delimited: Make) -> None:
    content = 'a,b\n1,"x\ny"\n2,"say ""hi"""\n'
    for wanted in (True, False):
        dataset = delimited(content, support_multi_line=wanted)
        assert listed(dataset) == {"a": [1, 2], "b": ["x\ny", 'say "hi"']}


def test_an_open_quote_ends_with_its_line(delimited: Make) -> None:
    assert listed(delimited('a,b\n1,"x\n2,y\n3,z\n')) == {"a": [1, 2, 3], "b": ['"x', "y", "z"]}


def test_empty_fields(delimited: Make) -> None:
    content = 'a,b\n,\n1,""\n2,x\n'
    assert listed(delimited(content)) == {"a": [None, 1, 2], "b": [None, None, "x"]}
    assert listed(delimited(content, empty_as_string=True)) == {"a": [None, 1, 2], "b": ["", "", "x"]}


def test_rows_of_other_lengths(delimited: Make) -> None:
    dataset = delimited("a,b\n1,x\n2\n3,y\n")
    assert listed(dataset) == {"a": [1, 2, 3], "b": ["x", None, "y"]}
    with pytest.warns(UserWarning, match="more fields than its 2 columns"):
        assert listed(delimited("a,b\n1,x,zz\n2,y\n")) == {"a": [1, 2], "b": ["x", "y"]}


def test_a_column_that_has_no_heading_in_any_row_is_called_by_its_place(delimited: Make) -> None:
    assert listed(delimited("a,b\n1,2,3\n4,5,6\n")) == {"a": [1, 4], "b": [2, 5], "Column3": [3, 6]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines(delimited: Make, end: str) -> None:
    assert listed(delimited(end.join(["a,b", "1,x", "", "2,y"]))) == {"a": [1, 2], "b": ["x", "y"]}


def test_values_far_below_that_are_of_another_kind(delimited: Make) -> None:
    rows = [f"{number},{number}.5,2020-01-01,true" for number in range(12_000)]
    dataset = delimited("\n".join(["n,f,t,b", *rows, "1.5,x,y,z", "0x10,1_0,infinity,2", "9,9,2020-02-02,False"]))
    tail = listed(dataset.skip(11_999))
    assert tail == {
        "n": [11_999, None, None, 9],
        "f": [11_999.5, None, None, 9.0],
        "t": [pd.Timestamp("2020-01-01"), None, None, pd.Timestamp("2020-02-02")],
        "b": [True, None, None, False],
    }
    with pytest.raises(
        DatasetExecutionError, match=r"The column 'n' has the value '1\.5', which is not a whole number"
    ):
        dataset.keep_columns(["n"]).to_pandas_dataframe(on_error="fail")


def test_times_that_pandas_cannot_hold(delimited: Make) -> None:
    dataset = delimited("t\n2020-01-01\n1066-10-14\n9999-12-31\n")
    assert listed(dataset) == {"t": [pd.Timestamp("2020-01-01"), None, None]}
    with pytest.raises(DatasetExecutionError, match="1066-10-14"):
        dataset.to_pandas_dataframe(out_of_range_datetime="throw")


@pytest.mark.parametrize("how", [{"on_error": "ignore"}, {"out_of_range_datetime": "fail"}])
def test_words_that_are_none_are_refused(delimited: Make, how: dict[str, str]) -> None:
    with pytest.raises(UserErrorException, match="must be"):
        delimited("a\n1\n").to_pandas_dataframe(**how)


@pytest.mark.parametrize("content", ["", "a,b\n", "\n\n"])
def test_files_without_rows(write: Write, content: str) -> None:
    path = write("none.csv", content)
    with pytest.raises(DatasetValidationError, match="Cannot load any data from the specified path"):
        from_files(path)
    frame = from_files(path, validate=False).to_pandas_dataframe()
    assert len(frame) == 0 and list(frame) == (["a", "b"] if "a" in content else [])


def test_the_path_and_what_stands_in_it(write: Write, tmp_path: Path) -> None:
    for country, day in (("US", "2020/01/31"), ("it's", "2021/12/01")):
        write(f"data/{country}/{day}/x.csv", "a\n1\n")
    dataset = from_files(
        f"{tmp_path}/data/**/x.csv",
        include_path=True,
        partition_format="/{country}/{day:yyyy/MM/dd}/x.csv",
    )
    frame = dataset.to_pandas_dataframe()
    assert list(frame) == ["Path", "country", "day", "a"]
    assert frame["Path"].tolist() == [f"{tmp_path}/data/US/2020/01/31/x.csv", f"{tmp_path}/data/it's/2021/12/01/x.csv"]
    assert frame["country"].tolist() == ["US", "it's"]
    assert frame["day"].tolist() == [pd.Timestamp("2020-01-31"), pd.Timestamp("2021-12-01")]
    assert dataset.partition_keys == ["country", "day"]
    assert dataset.get_partition_key_values(["day"]) == [{"day": datetime(2020, 1, 31)}, {"day": datetime(2021, 12, 1)}]
    assert len(dataset.filter(dataset["country"] == "US").to_pandas_dataframe()) == 1


def test_years_and_months_in_columns_of_their_own(write: Write, tmp_path: Path) -> None:
    write("2020/03/x.csv", "month\n1\n")
    dataset = from_files(f"{tmp_path}/2020/*/x.csv", partition_format="/{year:yyyy}/{month:MM}/x.csv")
    frame = dataset.to_pandas_dataframe()
    assert frame["year"].tolist() == [pd.Timestamp("2020-01-01")]
    assert frame["month"].tolist() == [pd.Timestamp("1900-03-01")]
    assert frame["month_1"].tolist() == [1]


@pytest.mark.parametrize("name", ["a'; DROP TABLE x; --.csv", "[1]*?.csv", "$v0_.csv", "k=v.csv", "ü\n.csv"])
def test_names_of_files_are_names(write: Write, name: str) -> None:
    heading = '"a""; SELECT 1; --","$v0_"'
    path = write(f"odd/{name}", heading + "\n1,x\n")
    dataset = from_files(str(Path(path).parent), include_path=True)
    assert listed(dataset) == {"Path": [path], 'a"; SELECT 1; --': [1], "$v0_": ["x"]}
    kept = dataset.filter(dataset["$v0_"] == "x' OR 1=1 --")
    assert len(kept.keep_columns('a"; SELECT 1; --').to_pandas_dataframe()) == 0


def test_a_file_that_vanished_is_told(write: Write) -> None:
    path = write("gone.csv", "a\n1\n")
    dataset = from_files(path)
    Path(path).unlink()
    with pytest.raises(DatasetExecutionError, match=r"gone\.csv.*vanished"):
        dataset.to_pandas_dataframe()


def test_a_file_that_changed_keeps_the_types_it_was_made_with(write: Write) -> None:
    dataset = from_files(write("changed.csv", "a,b\n1,x\n"))
    write("changed.csv", "c,a\n2.5,x\n3.5,7\n")
    assert listed(dataset) == {"c": [2.5, 3.5], "a": [None, 7]}


def test_missing_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetValidationError, match="has no file"):
        from_files(str(tmp_path / "none*.csv"))


def test_many_small_files_are_one_table(write: Write, tmp_path: Path) -> None:
    for number in range(300):
        write(f"many/{number:03d}.csv", f"n\n{number}\n")
    assert listed(from_files(str(tmp_path / "many")))["n"] == list(range(300))


def test_files_whose_paths_are_not_wanted_are_not_read(write: Write, tmp_path: Path) -> None:
    for day in ("01", "02", "03"):
        write(f"days/2020-01-{day}/{day}.csv", f"a,b\n{int(day)},x\n")
    form = "/{day:yyyy-MM-dd}/{name}.csv"
    dataset = from_files(f"{tmp_path}/days/**", partition_format=form).with_timestamp_columns("day")
    for unwanted in ("01", "03"):
        write(f"days/2020-01-{unwanted}/{unwanted}.csv", "a,b\n1,2\n1,2,3\n")  # reading it would warn
    second = datetime(2020, 1, 2)
    for chosen in (
        dataset.time_between(second, second, validate=False),
        dataset.filter(dataset["day"] == second),
        dataset.keep_columns(["name", "a", "day"]).filter((dataset["name"] == "02") & (dataset["day"] > "2019-12-31")),
    ):
        assert listed(chosen.keep_columns("a")) == {"a": [2]}
    assert listed(dataset.filter(dataset["name"] == "none").drop_columns("a")) == {"day": [], "name": [], "b": []}
    assert listed(dataset.take(1).filter(dataset["name"] == "02"))["a"] == []


def test_warnings_are_of_the_users_line(delimited: Make) -> None:
    with pytest.warns(UserWarning, match="more fields") as told:
        delimited("a,b\n1,2,3\n1,2\n").to_pandas_dataframe()
    assert Path(told[-1].filename).name == "test_delimited.py"
