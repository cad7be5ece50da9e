from components.ui.timeline import MOST, Chosen, Timeline
from components.video.backdrop import Still


def step(name: str) -> Chosen:
    return Chosen("scene", name, Still.colour(0, 0, 0))


def names(*moves: str) -> list[str]:
    """Plays moves on a line that starts at "a": a name puts it, "<" undoes, ">" redoes."""
    line, seen = Timeline([step("a")]), []
    for move in moves:
        if move == "<":
            line.undo()
        elif move == ">":
            line.redo()
        else:
            line.put(step(move))
        seen.append(line.current.name)
    return seen


def test_undo_and_redo_walk_the_line_and_stop_at_its_ends() -> None:
    assert names("b", "c", "<", "<", "<", ">", ">", ">") == ["b", "c", "b", "a", "a", "b", "c", "c"]


def test_a_new_choice_cuts_off_what_was_undone() -> None:
    assert names("b", "<", "c", ">", "<") == ["b", "a", "c", "c", "a"]


def test_what_stood_there_is_found_again_with_its_picture_until_it_is_cut_off() -> None:
    line, beach, lake = Timeline([step("a")]), step("beach"), step("lake")
    line.put(beach)
    line.put(lake)
    assert line.find("scene", "beach") is beach
    assert line.find("kept", "beach") is None
    line.undo()
    line.put(beach)
    assert line.find("scene", "lake") is None


def test_only_so_many_steps_are_kept() -> None:
    line = Timeline([step("a")])
    for number in range(2 * MOST):
        line.put(step(str(number)))
    for _ in range(2 * MOST):
        line.undo()
    assert line.current.name == str(MOST)
    assert not line.can_undo
    assert line.can_redo
