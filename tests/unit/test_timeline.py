from components.ui.timeline import MOST, MOST_UPLOADS, Chosen, Timeline
from components.video.backdrop import Still


def step(name: str) -> Chosen:
    kind = "upload" if name.startswith("clip") else "scene"
    return Chosen(kind, name, Still.colour(0, 0, 0))


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


def test_what_stands_there_already_is_no_step_and_cuts_nothing_off() -> None:
    assert names("b", "c", "<", "b", ">") == ["b", "c", "b", "b", "c"]


def test_of_uploads_only_the_newest_few_are_kept_and_what_stood_between_them_once() -> None:
    clips = [f"clip {number}" for number in range(MOST_UPLOADS + 2)]
    line = Timeline([step("a")])
    for clip in clips:
        line.put(step(clip))
        line.put(step("a"))
    assert [clip for clip in clips if line.find("upload", clip)] == clips[2:]
    walked = [line.undo().name for _ in range(2 * MOST_UPLOADS)]
    assert walked == [name for clip in reversed(clips[2:]) for name in (clip, "a")]
    assert not line.can_undo


def test_what_stood_there_is_found_again_with_its_picture_until_it_is_cut_off() -> None:
    line, beach, lake = Timeline([step("a")]), step("beach"), step("lake")
    line.put(beach)
    line.put(lake)
    assert line.find("scene", "beach") is beach
    assert line.find("kept", "beach") is None
    line.undo()
    line.put(step("sea"))
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
