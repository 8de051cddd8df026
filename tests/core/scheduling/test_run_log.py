"""F57: what a run says is bounded, and shows no secret."""

from dataviz_pipelines.core.scheduling.run_log import MOST_CHARS, RunLog


def test_a_secret_is_masked_wherever_it_stands() -> None:
    log = RunLog()
    log.hide("open-sesame")
    log.say("before open-sesame, and open-sesame after")
    assert log.text == "before ***, and *** after\n"
    assert log.masked("open-sesame!") == "***!"


def test_what_no_database_stores_is_left_out() -> None:
    log = RunLog()
    log.say("a file\0 called \udce9t\udce9.csv")
    assert log.text == "a file called ?t?.csv\n"
    assert log.masked("\0\udce9") == "?"


def test_beginning_and_end_are_kept_and_what_is_left_out_is_counted() -> None:
    log = RunLog()
    for number in range(50_000):
        log.say(f"line {number}")
    assert log.text.startswith("line 0\nline 1\n")
    assert log.text.endswith("line 49999\n")
    assert len(log.text) < MOST_CHARS + 100
    said = sum(len(f"line {number}\n") for number in range(50_000))
    assert f"… {said - MOST_CHARS:,} characters are left out …" in log.text


def test_what_fits_is_kept_whole() -> None:
    log = RunLog()
    log.say("a" * (MOST_CHARS - 1))
    assert log.text == "a" * (MOST_CHARS - 1) + "\n"
