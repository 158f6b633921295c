"""What the tables say after all streams of the SDK's suite, written by hand from their files.

The files come one after the other in one input, in the order of their names. Documents are as JSON
reads them; the columns of the load are left out.
"""

from __future__ import annotations

from typing import Any

Row = tuple[Any, ...]

GOLDEN: dict[str, list[Row]] = {
    "test_array_data": [
        (1, ["apple", "orange", "pear"]),
        (2, ["banana", "apple"]),
        (3, ["pear"]),
        (4, ["orange", "banana", "apple", "pear"]),
    ],
    "testcamelcase": [("1", "Gitter Windows Desktop App"), ("2", "Gitter iOS App")],
    "forecastingtypetocategory": [],
    "test_duplicate_records": [(1, 100), (2, 20)],
    "test_strings": [
        (1, "simple string 2837"),
        (2, "απλή συμβολοσειρά"),
        (3, "简单的字串"),
        (4, "chaîne simple"),
        (5, 'quoted "string"'),
        (6, 'various " \\ / \n escape sequences'),
        (7, "m"),
        (8, "ā"),
        (9, "ƙ"),
        (10, "Double quoting: \\u0000 \\u0041 \\u0001"),
    ],
    "test_strings_in_objects": [
        (1, {"name": "simple", "value": "simple string 2837"}),
        (2, {"name": "greek", "value": "απλή συμβολοσειρά"}),
        (3, {"name": "chinese", "value": "简单的字串"}),
        (4, {"name": "french", "value": "chaîne simple"}),
        (5, {"name": "quoted string", "value": 'quoted "string"'}),
        (6, {"name": "escape sequences", "value": 'various " \\ / \n escape sequences'}),
        (7, {"name": "unicode", "value": "m"}),
        (8, {"name": "unicode", "value": "ā"}),
        (9, {"name": "unicode", "value": "ƙ"}),
        (10, {"name": "Double quoting", "value": " \\u0000 \\u0041 \\u0001"}),
    ],
    "test_strings_in_arrays": [
        (1, ["simple string", "απλή συμβολοσειρά", "简单的字串"]),
        (2, ["chaîne simple", 'quoted "string"']),
        (3, ['various " \\ / \n escape sequences']),
        (4, ["m", "ā", "ƙ"]),
        (5, ["aaa", "Double quoting: \\u0000 \\u0041 \\u0001"]),
    ],
    "test_multiple_state_messages_a": [
        *((1, 100), (2, 200), (3, 300), (4, 400), (5, 500), (6, 600)),
    ],
    "test_multiple_state_messages_b": [
        *((1, 110), (2, 220), (3, 330), (4, 440), (5, 550), (6, 660)),
    ],
    # two files: rows without keys are appended
    "test_no_pk": [
        *((1, 11), (1, 101), (2, 22), (2, 202), (3, 33), (3, 303), (4, 404), (5, 505)),
    ],
    "test_optional_attributes": [
        (1, "This is optional"),
        (2, None),
        (3, "Also optional"),
        (4, None),
    ],
    # its keys stand within the schema, where nobody looks for them
    "example_stream": [(1, "Alice", "alice@example.com"), (2, "Bob", "bob@example.com")],
    "record_missing_fields": [(1, "now you see me"), (2, None)],
    "test_object_schema_with_properties": [
        ({"id": 1, "metric": 187},),
        ({"id": 2, "metric": 203},),
    ],
    "test_object_schema_no_properties": [({"id": 1, "metric": 1},), ({"id": 2, "metric": 2},)],
    "test_schema_updates": [
        (1, 101.0, "string1", None, None, None, None),
        (2, 102.0, "string2", True, None, None, None),
        (3, 103.0, "string3", False, {"id": 1, "value": 1}, ["banana", "apple"], None),
        (4, 104.0, "string4", True, {"id": 2, "value": 22}, ["orange", "pear"], None),
        (5, 105.0, "string5", False, {"id": 3, "value": 33}, ["apple"], 985),
        (6, 106.0, "string6", True, {"id": 4, "value": 444}, ["banana", "orange"], 341),
    ],
    "test_specialchars_in_attributes": [
        ("a2e98886", {"env": "prod", "agent:type": "desktop", "agent:os:version": "10.13.1"}),
    ],
    # the first of two files, and what the second says otherwise
    "test_users": [
        *((1, "Johny"), (2, "George"), (3, "Jacob"), (4, "Josh"), (5, "Jim")),
        *((8, "Thomas"), (12, "Paul"), (13, "Mary")),
    ],
    "test_locations": [
        *((1, "Philly"), (2, "NY"), (3, "San Francisco"), (6, "Colorado"), (8, "Boston")),
    ],
    "test_user_in_location": [
        (1, 1, 4, {"weather": "rainy", "mood": "sad"}),
        (2, 2, 3, {"weather": "sunny", "mood": "satisfied"}),
        (3, 1, 3, {"weather": "sunny", "mood": "happy"}),
        (6, 3, 2, {"weather": "sunny", "mood": "happy"}),
        (14, 4, 1, {"weather": "cloudy", "mood": "ok"}),
    ],
}

REFUSED = {
    "invalid_schema": "a message without properties",
    "record_before_schema": "before a corresponding schema",
    "record_missing_key_property": "a record comes without id",
    "record_missing_required_property": r"breaks the stream's schema \(rule 'required': id\)",
}
"""The files that a target is to refuse, and what is said of each."""
