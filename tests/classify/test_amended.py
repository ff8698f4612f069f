from likewise.classify.amended import corrected, extended
from likewise.classify.training_data import TrainingOptions, read
from likewise.files.read import open_table

OPTIONS = TrainingOptions(text="text", label="label")


def data_of(tmp_path, rows, name="learnt.csv"):
    path = tmp_path / name
    path.write_text("text,label\n" + "\n".join(rows) + "\n")
    return open_table(path)


def test_what_was_added_is_put_right_by_the_row_behind_the_last_of_the_table(tmp_path):
    table = data_of(tmp_path, ["a dog,pet", "a car,car", "a cat,pet", "a bus,car", "left out,"])
    more = extended(read(table, OPTIONS), [("an eel", "car"), ("a van", "car")], OPTIONS)
    assert [more.labelled.row(place) for place in range(6)] == [1, 2, 3, 4, 6, 7]
    assert more.labelled.place(3).startswith("row 4 of ")
    assert [more.labelled.place(place) for place in (4, 5)] == ["added text 1", "added text 2"]
    right = corrected(more, {5: "car", 6: "pet", 2: "pet"}, OPTIONS)
    assert right.labelled.answers == ["pet", "pet", "pet", "car", "pet", "car"]
    assert extended(more, [("a hen", "pet")], OPTIONS).labelled.row(6) == 8


def test_what_is_odd_is_found_again_in_what_was_put_right(tmp_path):
    learnt = data_of(tmp_path, ["a dog,pet", "a car,car", "a cat,pet", "a bus,car"])
    tested = data_of(tmp_path, ["A dog,pet", "a fish,pet"], "test.csv")
    data = read(learnt, OPTIONS, tested)
    [leak] = [one.message for one in data.findings if one.kind == "leakage"]
    assert leak.endswith(": results on it flatter.")
    changed = corrected(data, {1: "car"}, OPTIONS)
    [leak] = [one.message for one in changed.findings if one.kind == "leakage"]
    assert leak.endswith("with another answer: results on it are worse than on new texts.")
    kinds = {one.kind for one in extended(data, [("A DOG", "car")], OPTIONS).findings}
    assert "contradiction" in kinds
