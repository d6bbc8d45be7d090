"""What a notebook does where a data package is missing."""

from rnnkit.course.experiments import fallback


def test_a_missing_package_is_said_and_data_is_generated(capsys):
    def missing():
        raise FileNotFoundError("no package; run `rnnkit fetch`.")

    assert fallback.recorded_or_generated(missing, lambda: 5) == 5
    assert "rnnkit fetch`. Until then: generated data." in capsys.readouterr().out
    assert fallback.recorded_or_generated(lambda: 4, missing) == 4
